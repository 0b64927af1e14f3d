"""The report on a model that continues text, and what is measured on which corpus, worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import pytest

from engine.data.documents import rationales, reviews
from engine.data.documents.reviews import Review, Reviews
from engine.data.pairs import corpora
from engine.errors import Refused
from engine.evaluation import classification, language, tfidf, translation
from engine.evaluation.cards.parts import row
from engine.evaluation.classification import confusion, sample, scores
from engine.evaluation.measure import SHORT, measure
from engine.store.catalogue import ModelInfo
from engine.text.bytepieces import END_ID

SCHEMAS = Path(__file__).parents[2] / "engine" / "schemas"
TEST = ["a b<br />c", "dd e", "f"]
TRAIN = ["a b a b", "c c d"]


class Even:
    """Finds each piece, of which every character is one, as likely as one in four."""

    name = "language/even"
    words = tuple(range(40))

    def ids(self, texts: list[str]) -> list[np.ndarray]:
        return [np.array([1 + ord(c) % 30 for c in text]) for text in texts]

    def logprobs(self, texts: list[np.ndarray]) -> list[np.ndarray]:
        return [np.full(len(text) + 1, -math.log(4)) for text in texts]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return language.evaluate(Even(), TEST, TRAIN, corpus="by/hand", full=True)


def test_perplexity_is_that_of_the_pieces_and_bits_are_spread_over_characters(report: dict[str, Any]):
    pieces = sum(len(text) + 1 for text in TEST)
    characters = len("a b\nc") + len("dd e") + len("f")
    assert report["test"] == {
        "corpus": "by/hand",
        "documents": 3,
        "pieces": pieces,
        "words": 6,
        "characters": characters,
    }
    assert report["perplexity"]["per_piece"] == {"value": 4, "low": 4, "high": 4}
    assert report["perplexity"]["per_word"]["value"] == pytest.approx(4 ** (pieces / 6), rel=1e-6)
    assert report["perplexity"]["bits_per_character"]["value"] == pytest.approx(2 * pieces / characters, abs=1e-6)


def test_what_is_gained_is_the_difference_of_both_in_nats_a_piece(report: dict[str, Any]):
    gained = report["nats_gained_per_piece"]
    baseline = report["baseline"]["five_gram"]["per_piece"]["value"]
    assert gained["value"] == pytest.approx(math.log(baseline) - math.log(4), abs=1e-5)
    assert gained["low"] <= gained["value"] <= gained["high"]


def test_the_same_texts_in_another_order_give_the_same_report(report: dict[str, Any]):
    again = language.evaluate(Even(), TEST[::-1], TRAIN, corpus="by/hand", full=True)
    assert again == report


def test_without_full_only_a_sample_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(language, "SAMPLE", 2)
    steps: list[str] = []
    found = language.evaluate(Even(), TEST, TRAIN, progress=steps.append)
    assert found["test"]["documents"] == 2 and steps == ["read 2 of 2 texts", "counting sequences of pieces"]


def test_the_report_fits_its_schema(report: dict[str, Any]):
    schema = json.loads((SCHEMAS / "metrics-language.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, schema)
    assert END_ID == 0


# --- which texts are measured on


def told(model: Any, corpus: str | None = None, **more: Any) -> tuple[dict[str, Any], list[str]]:
    steps: list[str] = []
    return measure(model, corpus, steps.append, **more), steps


def info(task: str, **config: Any) -> ModelInfo:
    return ModelInfo(f"{task}/x", task, "en", "fr", Path("nowhere"), {"corpora": ["own"], **config}, None, None)


def review(text: str, label: int = 0) -> Review:
    return Review(text, text, label)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Reviews]:
    known = {
        name: Reviews(
            name=name,
            language="en",
            labels=("no", "yes"),
            train=[review(f"train {name}"), review(f"more {name}", 1)],
            dev=[],
            test=[review(f"test {name}", 1)],
            dropped=0,
            skipped=0,
            sha256={},
            licence="",
            attribution="",
            home="",
        )
        for name in ("own", "second", "other")
    }
    monkeypatch.setattr(reviews, "read", lambda name: known[name])
    return known


def test_a_model_without_a_corpus_asks_for_one(texts: dict[str, Reviews]):
    for corpora_ in (None, [], "own", [3]):
        model = SimpleNamespace(info=info("language"))
        model.info.config["corpora"] = corpora_
        with pytest.raises(Refused, match="name a corpus with --on"):
            told(model)


def test_a_language_model_is_measured_on_its_own_corpus_beside_all_that_it_learnt_from(
    texts: dict[str, Reviews], monkeypatch: pytest.MonkeyPatch
):
    asked: list[Any] = []
    monkeypatch.setattr(language, "evaluate", lambda *a, **k: asked.append((a, k)) or {"task": "language"})
    model = SimpleNamespace(info=info("language", corpora=["own", "second"]))
    assert told(model, full=True)[0] == {"task": "language"}
    (_, test, train), options = asked[0]
    assert test == ["test own"] and train == ["train own", "more own", "train second", "more second"]
    assert (options["corpus"], options["full"]) == ("own", True)
    told(model, "other")
    (_, test, train), options = asked[1]
    # Of a corpus that it never learnt from, the baseline learns from that corpus alone.
    assert test == ["test other"] and train == ["train other", "more other"] and options["corpus"] == "other"


def test_a_classifier_is_measured_only_where_its_labels_fit(texts: dict[str, Reviews]):
    model = SimpleNamespace(info=info("classification"), labels=("no", "maybe"), language="zh", readings=())
    with pytest.raises(Refused, match=r"own has the labels no, yes, but classification/x answers no, maybe"):
        told(model)


def test_a_classifier_is_held_against_people_where_they_can_be_had(
    texts: dict[str, Reviews], monkeypatch: pytest.MonkeyPatch
):
    def read(name: str) -> list[str]:
        if name != SHORT[0]:
            raise Refused("{name} is not here", name=name)
        return ["marked"]

    asked: list[Any] = []
    monkeypatch.setattr(rationales, "read", read)
    monkeypatch.setattr(tfidf, "baseline", lambda learnt: {"learnt": len(learnt.train)})
    monkeypatch.setattr(classification, "evaluate", lambda *a, **k: asked.append(k) or {})
    model = SimpleNamespace(info=info("classification"), labels=("no", "yes"), language="en", readings=())
    _, steps = told(model)
    assert asked[0]["marked"] == {SHORT[0]: ["marked"]} and asked[0]["with_effect"] == SHORT
    assert asked[0]["baseline"] == {"tfidf": {"learnt": 2}}
    assert [step for step in steps if "not compared with people" in step and "is not here" in step]
    model.readings = ("rollout", "last")
    told(model)
    assert asked[1]["with_effect"] == SHORT[:1]
    model.language = "zh"
    told(model)
    assert asked[2]["marked"] == {}


def test_a_translator_is_measured_on_the_pairs_of_its_corpus(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    pairs = [SimpleNamespace(source="a", target="b")]
    monkeypatch.setattr(corpora, "load", lambda corpus, split: pairs if split == "test" else None)
    monkeypatch.setattr(translation, "evaluate", lambda *a, **k: asked.append((a, k)) or {})
    monkeypatch.delenv("ALIGNSCOPE_DATA", raising=False)
    model = SimpleNamespace(info=info("translation"))
    told(model, "tatoeba/en-fr", reverse="back")
    (_, given), options = asked[0]
    assert given == [("a", "b")] and options["language"] == "fr" and options["reverse"] == "back"
    assert options["gold"] is None and options["aligner_links"] is not None
    told(model)
    assert asked[1][1]["aligner_links"] is None  # nobody ever aligned a corpus of one's own


# --- classifiers, and rows of a card


def test_a_sample_is_the_same_set_whatever_the_order_and_grows_by_adding():
    texts_ = [f"text {k}" for k in range(30)]
    few, more = ({texts_[i] for i in sample(texts_, size)} for size in (5, 12))
    assert few < more and len(more) == 12
    assert {texts_[::-1][i] for i in sample(texts_[::-1], 5)} == few
    assert sorted(sample(texts_, 100)) == list(range(30))


def test_a_matrix_of_confusion_counts_each_document_once():
    chance = np.random.default_rng(0)
    truth, answers = chance.integers(3, size=(2, 50))
    found = confusion(truth, answers, 3)
    assert (
        found.sum() == 50
        and [[int(((truth == t) & (answers == a)).sum()) for a in range(3)] for t in range(3)] == found.tolist()
    )
    perfect = scores(confusion(truth, truth, 3))
    assert perfect["accuracy"] == perfect["macro_f1"] == {"value": 1, "low": 1, "high": 1}


@pytest.mark.parametrize(
    ("figure", "factor", "digits", "expected"),
    [
        ({"value": 0.12345, "low": 0.1, "high": 0.2}, 100, 1, "| AER % | 12.3 | 10.0 to 20.0 |"),
        ({"value": 4.5, "low": 4.25, "high": 4.75}, 1, 2, "| AER % | 4.50 | 4.25 to 4.75 |"),
    ],
)
def test_a_row_of_a_card_gives_a_figure_with_its_interval(
    figure: dict[str, float], factor: float, digits: int, expected: str
):
    assert row("AER %", figure, factor, digits) == expected
