"""What is measured of a writer of couplets, against the same counted by hand, and its card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest

from engine.evaluation.cards.card import card
from engine.evaluation.couplets import evaluate
from engine.evaluation.diagonal import mean_distance, off_diagonal
from engine.inference.couplets import CoupletWriter
from engine.store.catalogue import ModelInfo
from engine.text.tokenizer import Tokenizer
from engine.traces import Axis, Trace
from tests.couplet_lines import COUPLETS
from tests.engine import readme
from tests.engine.learnt import facts

SCHEMA = json.loads(Path("engine/schemas/metrics-couplet.json").read_text(encoding="utf-8"))
TRAINING = facts("couplets")


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


def test_the_card_says_so_where_the_weights_are_not_the_last(writer: CoupletWriter) -> None:
    metrics = evaluate(writer, COUPLETS, corpus="couplets")
    cards = [
        card(replace(writer.info, metrics=metrics, training=TRAINING | {"updates": 24, "best_update": best}))
        for best in (24, 16)
    ]
    assert [", stored as after update 16, where development loss was least" in each for each in cards] == [False, True]


def test_the_card_says_where_the_lines_come_from_and_what_was_measured(writer: CoupletWriter) -> None:
    text = card(replace(writer.info, metrics=evaluate(writer, COUPLETS, corpus="couplets"), training=TRAINING))
    assert "ziaoang/duilian at commit 29763d1" in text and "Rolight/duilian at commit 06415df" in text
    assert "| as long as the first line, %: beam 5 |" in text and "Pingshui" in text
    assert "counting no more than a short" in text or not writer.info.attends
    assert ("**additive** attention" in text) == ("distance of attention" in text) == writer.info.attends


LINES = Axis.of(["甲", "乙", "</s>"], end=True)


def trace(*weights: tuple[float, float, float]) -> Trace:
    return Trace("cross", LINES, LINES, np.array([*weights, (0.0, 0.0, 1.0)])[None, None])


def test_the_distance_from_the_diagonal_is_the_mean_of_places_by_attention_without_the_ends() -> None:
    assert off_diagonal(trace((0.6, 0.2, 0.2), (0.1, 0.3, 0.6))).tolist() == pytest.approx([0.2 / 0.8, 0.1 / 0.4])
    away = off_diagonal(trace((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)))
    assert np.isnan(away[0]) and away[1] == mean_distance(away) == 1
    assert np.isnan(mean_distance(away[:1]))


class Recited:
    """Answers each first line with one that was written before, and looks where it was told to."""

    name = "couplet/recited"

    def __init__(self, answers: dict[str, str], looked: dict[str, Trace]) -> None:
        self.answers, self.looked = answers, looked

    def translate_many(self, texts: Sequence[str], beam: int = 1) -> list[str]:
        return [self.answers[text] for text in texts]

    def logprobs_many(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        return [(-2.0 * (len(second) + 1), len(second) + 1) for _, second in pairs]

    def translate(self, text: str, *, target: str) -> SimpleNamespace:
        return SimpleNamespace(trace=self.looked[text])


def test_each_line_counts_alike_and_a_character_that_looked_at_the_end_alone_does_not_count() -> None:
    long = Axis.of([*"一二三四五六", "</s>"], end=True)
    first_alone = np.zeros((7, 7))
    first_alone[:, 0] = 1  # |i - j| is 0, 1, … 5, on the mean 2.5
    looked = {
        "甲乙": trace((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),  # 0 by its first character, and its second does not count
        "丙丁": trace((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)),  # nothing of it counts
        "一二三四五六": Trace("cross", long, long, first_alone[None, None]),
    }
    report = evaluate(Recited({first: first for first in looked}, looked), [(first, first) for first in looked])
    jsonschema.validate(report, SCHEMA)
    distance = report["diagonal_distance"]
    assert (distance["value"], distance["documents"], distance["left_out"]) == (1.25, 2, 3)


def test_lengths_tones_and_repeats_of_lines_that_are_known_are_those_counted_by_hand() -> None:
    pairs = [("书山有路", "学海无涯"), ("天天", "日日")]
    answers = {"书山有路": "学海无路", "天天": "年月人"}
    report = evaluate(Recited(answers, dict.fromkeys(answers, trace((1.0, 0, 0), (0, 1.0, 0)))), pairs)
    opposed, level = report["tones"]["opposed_at_even_places"], report["tones"]["second_ends_level"]
    assert [report["equal_length"][who]["value"] for who in ("people", "greedy")] == [1, 0.5]
    assert opposed["people"]["value"] == pytest.approx(1, abs=1e-6)  # 山-海, 路-涯, 天-日
    assert opposed["greedy"]["value"] == pytest.approx(2 / 3, abs=1e-6)  # 山-海, 天-月
    assert [level[who]["value"] for who in ("people", "greedy")] == [0.5, 0.5]  # 涯 and 日; 路 and 人
    assert report["tones"]["first_ends_oblique"]["value"] == 0.5  # 路, and 天 is level
    assert [report["repeats_mirrored"][who]["value"] for who in ("people", "greedy")] == [1, 0]


def _row(label: str, metrics: dict[str, Any], who: str) -> str:
    """A row of the table in the README; people wrote no BLEU, no perplexity and no attention."""
    own = who != "people"
    return readme.row(
        label,
        readme.cell(metrics["equal_length"][who], 100, 1),
        readme.cell(metrics["bleu"][who] if own else None, 1, 1),
        readme.cell(metrics["perplexity"]["per_piece"] if own else None, 1, 1),
        readme.cell(metrics["tones"]["opposed_at_even_places"][who], 100, 1),
        readme.cell(metrics.get("diagonal_distance") if own else None, 1, 2),
    )


def test_the_table_of_couplets_in_the_readme_says_what_was_measured() -> None:
    metrics = readme.measured("couplet")
    labels = {"global": "the whole first line", "local-m": "a window, local-m", "no-attention": "none"}
    assert labels.keys() == metrics.keys(), "a writer of couplets is missing from the table"
    rows = [_row(label, metrics[name], "beam5") for name, label in labels.items()]
    assert readme.holds([*rows, _row("people's own lines", metrics["global"], "people")])
