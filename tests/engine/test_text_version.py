"""Figures are of texts as they were read when they were measured, and a model's are measured anew when that changes."""

from __future__ import annotations

import json

import pytest

from engine.store import names
from engine.text.version import READING
from tests.engine.readings import FROZEN, READ

MEASURED = sorted(names.PRETRAINED.glob("*/*/metrics.json"))


@pytest.mark.parametrize("task", READING)
def test_texts_are_read_as_the_version_says_under_which_figures_were_measured(task: str):
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))[task]
    assert frozen["version"] == READING[task], "the sample was frozen under another version"
    assert READ[task]() == frozen["sample"], (
        f"texts of {task} come out otherwise: raise READING, freeze the sample again (tests/engine/readings.py) and "
        "measure the models of this task anew"
    )


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_a_shipped_model_was_measured_under_how_texts_are_read_now(path):
    metrics = json.loads(path.read_text(encoding="utf-8"))
    assert metrics["reading"] == READING[path.parent.parent.name], "evaluate this model again"


def test_every_task_has_models_that_were_measured():
    assert {path.parent.parent.name for path in MEASURED} == READING.keys() == READ.keys()
