"""“Can I trust this picture?” on Translate: what it says, and what stands in the file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES, catalogue

TEXT = "The black cat."
SCHEMA = json.loads(Path("engine/schemas/trace.json").read_text(encoding="utf-8"))


def opened(visit: Open, text: str = TEXT, **query: str) -> AppTest:
    app = visit(t=text, **query)
    app.session_state["translate_trust"] = True  # the drawer is open
    return app.run()


def follows() -> list[str]:
    trust = importlib.import_module("webapp.views.translate.trust")
    return list(trust.FOLLOWS.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_tests_and_one_sentence_of_what_follows(visit: Open, language: str):
    app = opened(visit, language=language)
    assert not app.exception and not app.info and len(app.get("plotly_chart")) == 1
    said = [element.value for element in app.markdown]
    translated = [catalogue(language).gettext(sentence) for sentence in follows()]
    assert len([line for line in said if line.strip("*") in translated]) == 1


def test_nothing_is_worked_out_before_it_is_asked_for(visit: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gateway.sentences.__class__, "erasure", lambda *a: pytest.fail("nobody asked"))
    app = visit(t=TEXT)
    assert (not app.exception and app.get("plotly_chart") == []) or len(app.get("plotly_chart")) == 0


@pytest.mark.parametrize(
    ("name", "shuffles"), [("en-fr-transformer", False), ("en-fr-hard-exact", False), ("en-fr-dot", True)]
)
def test_models_whose_weights_cannot_be_replaced_say_so(visit: Open, name: str, shuffles: bool):
    app = opened(visit, m=f"translation/{name}")
    assert not app.exception
    assert any("cannot be tested here" in element.value for element in app.markdown) is not shuffles


def test_a_model_without_attention_offers_no_test(visit: Open):
    app = opened(visit, m="translation/en-fr-decoder2")
    assert not app.exception and not app.get("plotly_chart")


@pytest.mark.parametrize(("text", "wanted"), [("Cat", "one word"), ("cat " * 61, "too long")])
def test_sentences_that_leave_nothing_to_test_say_so(visit: Open, text: str, wanted: str):
    app = opened(visit, text)
    assert not app.exception and wanted in app.info[0].value


def test_the_file_holds_what_was_found(visit: Open, monkeypatch: pytest.MonkeyPatch):
    visit(t=TEXT)
    records: list[str] = []
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(
        frame, "take_away", lambda place, view, pictures, stamp, record, *more: records.append(record())
    )
    opened(visit)
    found = json.loads(records[-1])
    jsonschema.validate(found, SCHEMA)
    erasure, shuffled = found["trust"]["erasure"], found["trust"]["shuffled"]
    assert np.shape(erasure["random"]) == (19, len(erasure["gone"])) and len(shuffled["logprobs"]) == 19
    assert "trust" not in json.loads(records[0])
