"""The card of a classifier says what its metrics say, in words."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Refused
from engine.evaluation.cards.card import _limits, card
from engine.evaluation.classification import evaluate, scores
from engine.store.catalogue import ModelInfo
from tests.engine.bags import BagClassifier
from tests.engine.test_classification import BASELINE, MARKED, QUICK, TEST

MODEL = {"cell": "gru", "pooling": "attention", "score": "dot", "selection": "soft"}
TRAINING = {
    "documents": 23456,
    "corpora_sha256": {"imdb": {"train.tsv.xz": "a" * 64}},
    "versions": {"torch": "2"},
    "updates": 1110,
    "seconds": 600.0,
    "threads": 1,
    "device": "cpu",
    "precision": "bf16",
    "seed": 1,
    "parameters": 4_000_000,
}
BAG = BagClassifier({"good": 2.0, "fine": 1.0, "dull": -3.0, "odd": -0.5})
METRICS = evaluate(BAG, TEST, corpus="imdb", marked=MARKED, with_effect=["by hand"], baseline=BASELINE, effort=QUICK)


def written(metrics=METRICS, kind: str = "alignscope-han", **choices: str) -> str:
    config = {
        "model_type": kind,
        "corpora": ["imdb"],
        "labels": ["negative", "positive"],
        "model": {**MODEL, **choices},
    }
    name = "classification/imdb-han"
    return card(ModelInfo(name, "classification", "en", None, Path(name), config, metrics, TRAINING))


def test_it_names_its_texts_their_terms_and_how_to_make_it_again():
    found = written()
    assert "**imdb**, https://ai.stanford.edu/~amaas/data/sentiment/: none stated; the authors ask" in found
    assert "no terms are stated for the texts that they come from" in found
    assert "23,456 training documents" in found and "a" * 64 in found
    assert "python -m engine train pretrained/classification/imdb-han/train.toml" in found


def test_accuracy_stands_beside_the_baseline_and_the_confusion():
    found = written()
    assert "| accuracy % | 80.00 | " in found
    assert "| accuracy %: TF-IDF of words and pairs with logistic regression, for comparison | 80.00 | " in found
    assert "| positive | 1 | 2 |" in found


def test_what_was_not_measured_is_not_spoken_of():
    found = written(evaluate(BAG, TEST, effort=QUICK, corpus="imdb"))
    assert "TF-IDF" not in found and "Do people mark" not in found


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [(0.01, 0.2, "down faster than"), (-0.2, -0.01, "down slower than"), (-0.1, 0.1, "down no faster than")],
)
def test_the_verdict_follows_the_interval(low, high, sentence):
    metrics = copy.deepcopy(METRICS)
    metrics["faithfulness"]["area"] |= {"low": low, "high": high}
    assert sentence in written(metrics)


@pytest.mark.parametrize(
    ("kind", "pooling", "sentence"),
    [
        ("alignscope-han", "attention", "in the vector of its sentence"),
        ("alignscope-bilstm", "attention", "in the vector of the text."),
        ("alignscope-han", "average", "There is none: all words of a sentence"),
        ("alignscope-han", "max", "There is none: what is shown as a weight is the share of the dimensions"),
    ],
)
def test_it_says_what_a_weight_is(kind, pooling, sentence):
    assert sentence in written(kind=kind, pooling=pooling)


def test_people_stand_with_chance_and_with_another_person():
    rows = [line for line in written().splitlines() if line.startswith("| by hand")]
    assert [row.split(" | ")[1] for row in rows] == [
        "√(sentence weight × word weight)",
        "word weight",
        "effect of the word",
        "chance",
        "another person",
    ]
    assert "66.7 %" not in written() and "2 texts, 3 annotations" in written()


def test_every_table_has_as_many_cells_in_each_row():
    for table in written().split("\n\n"):
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({row.count(" | ") for row in rows if "---" not in row}) <= 1, table


def test_a_model_that_was_not_measured_has_no_card():
    with pytest.raises(Refused, match="evaluate it first"):
        written(None)


def test_the_share_of_a_third_label_stands_too():
    metrics = {**METRICS, "labels": ["a", "b", "c"], "confusion": np.eye(3, dtype=int).tolist()}
    metrics |= scores(np.eye(3, dtype=int))
    assert "| true label | answered a | answered b | answered c |" in written(metrics)


def test_a_card_counts_its_minutes_and_calls_its_numbers_by_their_names():
    training = {**TRAINING, "seconds": 40.0, "precision": "no"}
    config = {"model_type": "alignscope-han", "corpora": ["imdb"], "labels": ["negative", "positive"], "model": MODEL}
    info = ModelInfo("classification/x", "classification", "en", None, Path("x"), config, METRICS, training)
    assert "in 1 minute on 1 cpu thread(s) (float32), seed 1" in card(info)


@pytest.mark.parametrize(
    ("corpus", "sentence"), [("tatoeba/en-fr", "everyday sentences"), ("own:x", "texts like those")]
)
def test_what_a_translator_knows_is_what_it_learnt_from(corpus: str, sentence: str):
    config = {"model_type": "alignscope-seq2seq", "corpora": [corpus], "model": {"score": "dot"}}
    info = ModelInfo("translation/x", "translation", "en", "fr", Path("x"), config, None, None)
    assert sentence in _limits({}, info)
