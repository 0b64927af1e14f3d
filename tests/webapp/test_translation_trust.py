"""“Can I trust this picture?” on Translate: what it says, and what stands in the file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.inference.translation_faithfulness import Erasure, Shuffled
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES, catalogue
from webapp.views.translate.conclusion import conclusion

TEXT = "The black cat."
SCHEMA = json.loads(Path("engine/schemas/trace.json").read_text(encoding="utf-8"))


def opened(visit: Open, text: str = TEXT, **query: str) -> AppTest:
    app = visit(t=text, **query)
    app.session_state["translate_trust"] = True  # the drawer is open
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_tests_and_one_sentence_of_what_follows(visit: Open, language: str):
    app = opened(visit, language=language)
    assert not app.exception and not app.info and len(app.get("plotly_chart")) == 1
    begins = catalogue(language).gettext("Do the words that the map highlights matter here?")
    assert len([line for line in app.markdown if line.value.startswith(f"**{begins}")]) == 1


def erasure(attention: float, effect: float) -> Erasure:
    """As if ln p had fallen by so much in these two orders, and by -9 to 9 in those by chance."""
    curves = {"attention": np.array([0.0, -attention, 0.0]), "effect": np.array([0.0, -effect, 0.0])}
    by_chance = np.array([[0, fall, 0] for fall in range(-9, 10)], dtype=float)
    return Erasure(2, 0.0, (0, 1, 2), curves, by_chance)


@pytest.mark.parametrize(
    ("attention", "effect", "begins", "holds"),
    [
        (10, 10, "Yes. ", "unlikely faster"),
        (10, 0, "The translation becomes unlikely faster", "poor test of the map"),
        (0, 10, "Undecided", "there was something to find"),
        (0, 0, "Undecided", "no test of the map"),
        (-10, 10, "No. ", "unlikely more slowly"),
        (-10, 0, "The translation becomes unlikely more slowly", "poor test of the map"),
    ],
)
def test_only_where_effect_the_control_is_better_than_chance_is_the_answer_yes_or_no(
    attention, effect, begins: str, holds: str
):
    sentence = conclusion(erasure(attention, effect), None).partition("** ")[2]
    assert sentence.startswith(begins) and holds in sentence


@pytest.mark.parametrize(("own", "holds"), [(-1.0, "than all 19"), (-30.0, "All 19"), (-10.5, "undecided")])
def test_what_shuffled_weights_say_is_said_of_these_shuffles_alone(own: float, holds: str):
    others = Shuffled(own, np.arange(-20.0, -1.0), "a", ("a",))
    assert holds in conclusion(erasure(10, 10), others)


def test_nothing_is_worked_out_before_it_is_asked_for(visit: Open, monkeypatch: pytest.MonkeyPatch):
    asked: list[object] = []
    erasure = gateway.sentences.__class__.erasure
    monkeypatch.setattr(
        gateway.sentences.__class__, "erasure", lambda self, *a: (asked.append(a), erasure(self, *a))[1]
    )
    app = visit(t=TEXT)
    assert not app.exception and not asked
    opened(visit)
    assert len(asked) == 1


def test_the_caption_says_what_stands_in_the_place_of_a_word_and_what_chance_does(visit: Open):
    said = " ".join(caption.value for caption in opened(visit).caption)
    assert "`<unk>`" in said and "1 of 20 sentences" in said


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
    app = opened(visit, text, x="1")
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
