"""The report on a classifier, where every figure can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from engine.evaluation.classification import confusion, evaluate, sample, scores
from engine.evaluation.faithfulness import Effort
from engine.evaluation.metrics import to_json
from tests.engine.bags import BagClassifier
from tests.engine.test_people import text

SCHEMAS = Path(__file__).parents[2] / "engine" / "schemas"
BAG = BagClassifier({"good": 2.0, "fine": 1.0, "dull": -3.0, "odd": -0.5})
QUICK = Effort(2, 3, 4)


@dataclass(frozen=True)
class One:
    text: str
    label: int


TEST = [
    One("A good film.", 1),
    One("A fine, good play.", 1),
    One("So odd.", 1),
    One("Dull? Not dull.", 0),
    One("A good joke, dull.", 0),
]
MARKED = {"by hand": [text("a good film", {1}, {1, 2}), text("dull odd", {0})]}
BASELINE = {"tfidf": scores(np.array([[2, 0], [1, 2]]))}


@pytest.fixture(scope="module")
def report():
    return evaluate(
        BAG, TEST, corpus="by/hand", marked=MARKED, with_effect=["by hand"], baseline=BASELINE, effort=QUICK
    )


def test_accuracy_and_confusion_are_counted(report):
    assert report["test"] == {"corpus": "by/hand", "documents": 5, "words": 24}
    # "So odd." is taken for negative
    assert report["confusion"] == [[2, 0], [1, 2]]
    assert report["accuracy"]["value"] == 0.8
    assert report["macro_f1"]["value"] == 0.8
    assert report["labels"] == ["negative", "positive"]


@pytest.mark.parametrize("labels", [2, 3, 5])
def test_scores_are_those_of_scikit_learn(labels):
    chance = np.random.default_rng(labels)
    truth, answers = chance.integers(labels, size=(2, 60))
    counts = confusion(truth, answers, labels)
    found = scores(counts)
    assert (counts == confusion_matrix(truth, answers, labels=range(labels))).all()
    assert found["accuracy"]["value"] == pytest.approx(accuracy_score(truth, answers), abs=1e-6)
    assert found["macro_f1"]["value"] == pytest.approx(f1_score(truth, answers, average="macro"), abs=1e-6)


def test_intervals_are_those_of_drawing_documents():
    found = scores(np.array([[40, 10], [5, 45]]))["accuracy"]
    right = np.arange(100) < 85
    drawn = np.random.default_rng(0).choice(right, size=(4000, 100)).mean(1)
    assert [found["low"], found["high"]] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.011)


def test_a_label_that_never_comes_up_has_no_part_in_accuracy_and_f1_of_nought():
    found = scores(np.array([[4, 0, 0], [0, 4, 0], [0, 0, 0]]))
    assert found["accuracy"]["value"] == 1 and found["macro_f1"]["value"] == pytest.approx(2 / 3, abs=1e-6)


def test_faithfulness_is_of_all_documents_where_there_are_few(report):
    assert report["faithfulness"]["documents"] == 5
    assert report["faithfulness"]["area"]["value"] > 0
    assert report["faithfulness"]["comprehensiveness"]["documents"] == 5


def test_the_sample_depends_on_what_texts_say_and_full_takes_all(monkeypatch, report):
    texts = [one.text for one in TEST]
    turned = texts[::-1]
    assert [texts[i] for i in sample(texts, 3)] == [turned[i] for i in sample(turned, 3)]
    monkeypatch.setattr(BagClassifier, "sample", 2)
    assert evaluate(BAG, TEST, effort=QUICK)["faithfulness"]["documents"] == 2
    assert evaluate(BAG, TEST, effort=QUICK, full=True)["faithfulness"] == report["faithfulness"]


def test_effects_are_read_on_fewer_documents_and_the_report_says_on_how_many(monkeypatch, report):
    assert report["faithfulness"]["effect"]["documents"] == 5
    monkeypatch.setattr(BagClassifier, "sample", 8)
    found = evaluate(BAG, TEST, effort=QUICK)["faithfulness"]
    assert (found["effect"]["documents"], found["gradients"]["documents"]) == (2, 5)
    assert evaluate(BAG, TEST, effort=QUICK, full=True)["faithfulness"]["effect"]["documents"] == 5


def test_people_stand_by_the_name_of_their_collection(report):
    found = report["people"]["by hand"]
    assert found["people"]["f1"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["word"]["auprc"]["value"] > found["random"]["auprc"]["value"]
    assert "effect" in found
    assert "effect" not in evaluate(BAG, TEST, marked=MARKED, effort=QUICK)["people"]["by hand"]


def test_progress_says_what_is_done():
    told: list[str] = []
    evaluate(BAG, TEST, marked=MARKED, effort=QUICK, progress=told.append)
    assert told == [
        "classified 5 of 5 documents",
        "judged attention in 5 of 5 documents",
        "compared with people: 2 of 2 texts of by hand",
    ]


def test_the_same_model_gives_the_same_bytes_again(report):
    again = evaluate(
        BAG, TEST, corpus="by/hand", marked=MARKED, with_effect=["by hand"], baseline=BASELINE, effort=QUICK
    )
    assert to_json(again) == to_json(report)
    assert json.loads(to_json(report)) == report


def test_the_report_is_what_its_schema_says(report):
    schema = json.loads((SCHEMAS / "metrics-classification.json").read_text(encoding="utf-8"))
    for one in (report, evaluate(BAG, TEST, effort=QUICK)):
        jsonschema.validate(one, schema)
    broken = json.loads(to_json(report))
    broken["accuracy"]["value"] = 80.0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)
