"""What is measured of a writer of couplets, against the same counted by hand, and its card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from engine.evaluation.cards.card import card
from engine.evaluation.couplets import evaluate
from engine.evaluation.diagonal import off_diagonal
from engine.inference.couplets import CoupletWriter
from engine.store.catalogue import ModelInfo
from engine.text.tokenizer import Tokenizer
from engine.traces import Axis, Trace
from tests.couplet_lines import COUPLETS

SCHEMA = json.loads(Path("engine/schemas/metrics-couplet.json").read_text(encoding="utf-8"))
TRAINING = {
    "updates": 1,
    "seconds": 60.0,
    "parameters": 1,
    "pairs": 8,
    "threads": 1,
    "device": "cpu",
    "precision": "no",
    "seed": 1,
    "versions": {"torch": "2"},
    "corpora_sha256": {"couplets": {"train.tsv.xz": "ab"}},
}


@pytest.fixture(scope="module", params=["attention", "none"])
def writer(request: pytest.FixtureRequest, make_model) -> CoupletWriter:
    characters = Tokenizer.of_characters([line for couplet in COUPLETS for line in couplet], 500)
    choices = {"placement": "after", "feeding": True}
    if request.param == "none":
        choices = {"design": "decoder3", "direction": "forward"}
    model = {"cell": "gru", "score": "additive", "vocabulary": len(characters), **choices}
    config = {"model_type": "alignscope-seq2seq", "task": "couplet", "corpora": ["couplets"], "model": model}
    info = ModelInfo("couplet/tiny", "couplet", "zh", "zh", Path("nowhere"), config, None, None)
    return CoupletWriter(info, make_model(len(characters), **choices), characters)


def test_the_report_counts_lengths_tones_and_repeats_and_fits_its_schema(writer: CoupletWriter) -> None:
    report = evaluate(writer, COUPLETS, corpus="own", full=True)
    jsonschema.validate(report, SCHEMA)
    for name, beam in (("greedy", 1), ("beam5", 5)):
        lines = writer.translate_many([first for first, _ in COUPLETS], beam)
        equal = [len(line) == len(first) for (first, _), line in zip(COUPLETS, lines, strict=True)]
        assert report["equal_length"][name]["value"] == pytest.approx(np.mean(equal), abs=1e-6)
        assert [line[name] for line in report["lines"]] == lines
    people = report["tones"]["opposed_at_even_places"]["people"]
    assert 0.5 < people["low"] <= people["value"] <= people["high"] <= 1
    assert report["equal_length"]["people"]["value"] == report["repeats_mirrored"]["people"]["value"] == 1
    assert ("diagonal_distance" in report) == writer.info.attends


def test_the_card_says_where_the_lines_come_from_and_what_was_measured(writer: CoupletWriter) -> None:
    text = card(replace(writer.info, metrics=evaluate(writer, COUPLETS, corpus="couplets"), training=TRAINING))
    assert "ziaoang/duilian at commit 29763d1" in text and "Rolight/duilian at commit 06415df" in text
    assert "| as long as the first line, %: beam 5 |" in text and "Pingshui" in text
    assert ("**additive** attention" in text) == ("distance of attention" in text) == writer.info.attends


def test_the_distance_from_the_diagonal_is_the_mean_of_places_by_attention_without_the_ends() -> None:
    lines = Axis.of(["甲", "乙", "</s>"], end=True)
    weights = np.array([[0.6, 0.2, 0.2], [0.1, 0.3, 0.6], [0.0, 0.0, 1.0]])[None, None]
    assert off_diagonal(Trace("cross", lines, lines, weights)).tolist() == pytest.approx([0.2 / 0.8, 0.1 / 0.4])
    away = np.array([[0.0, 0.0, 1.0]] * 3)[None, None]
    assert off_diagonal(Trace("cross", lines, lines, away)).tolist() == [0.0, 0.0]
