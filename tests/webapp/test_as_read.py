"""What the Translate page reads of what is typed, what it says of that, and the way back to the very letters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from engine.inference.translation import GUESSING
from tests.webapp.conftest import Open, figures, words
from webapp.gateway.current import gateway

CAPITALS, USUAL = "WHERE IS THE CAT", ["Where", "is", "the", "cat", "?"]


def source(app: AppTest) -> list[str]:
    assert not app.exception
    return words(figures(app)["translate_figure_attention"], "source")


def button(app: AppTest, key: str) -> Any:
    return app.button(key=f"translate_{key}")


def test_capitals_are_read_in_their_usual_form_and_as_typed_where_that_is_wanted(visit: Open):
    app = visit()
    app.text_input(key="translate_text").set_value(CAPITALS).run()
    assert source(app) == USUAL
    assert any("Where is the cat?" in caption.value for caption in app.caption)
    button(app, "other form").click().run()
    assert source(app) == CAPITALS.split() and app.query_params["x"] == "1"
    again = visit(**dict(app.query_params))
    assert source(again) == CAPITALS.split()
    button(again, "other form").click().run()
    assert source(again) == USUAL


def test_links_of_earlier_versions_read_letter_for_letter(visit: Open):
    for version in ("1", "2"):
        assert source(visit(v=version, t=CAPITALS)) == CAPITALS.split()
    assert source(visit(v="3", t=CAPITALS)) == USUAL


def test_what_needs_no_change_is_not_spoken_of(visit: Open):
    app = visit(t="Where is the cat?")
    assert source(app) == USUAL and not [each for each in app.button if each.key == "translate_other form"]


def test_of_a_paragraph_each_sentence_has_its_own_picture_and_all_are_translated(visit: Open):
    app = visit(t="The cat sleeps. where is Tom? I love you")
    assert source(app) == ["The", "cat", "sleeps", "."]
    whole = next(each.value for each in app.markdown if each.value.startswith("Whole translation:"))
    bar = next(each for each in app.button_group if each.key.startswith("translate_sentence"))
    bar.set_value(3).run()
    assert source(app) == ["I", "love", "you", "."] and app.query_params["p"] == "3"
    other = next(each.value for each in app.markdown if each.value.startswith("Whole translation:"))
    assert whole != other and whole.replace("*", "") == other.replace("*", "")
    app.text_input(key="translate_text").set_value("I sleep. You sleep.").run()
    assert source(app) == ["I", "sleep", "."], "another text begins with its first sentence"
    assert source(visit(t="I sleep. You sleep.", p="2")) == ["You", "sleep", "."]


def test_a_sentence_of_another_language_is_read_as_typed_and_its_model_is_one_press_away(visit: Open):
    app = visit(t="où est le chat")
    assert source(app) == ["où", "est", "le", "chat"] and "looks like French" in app.info[0].value
    button(app, "other model").click().run()
    assert not app.info and app.selectbox(key="translate_model").value == "translation/fr-en-additive"
    assert source(app) == ["Où", "est", "le", "chat", "?"]


def test_a_text_in_a_script_that_the_model_does_not_read_is_read_as_typed(visit: Open):
    app = visit(t="我爱中国")
    assert source(app) == ["我", "爱", "中国"] and "reads only English" in app.info[0].value


def test_a_translation_that_the_model_was_not_sure_of_is_said_to_be_a_guess(visit: Open):
    for query in ({"t": "Where is the cat?", "b": "1"}, {"t": "The dog sleeps.", "b": "1"}):
        app = visit(**query)
        translation = gateway.sentences.translate(app.selectbox(key="translate_model").value, query["t"])
        sureness = math.exp(np.mean([token.logprob for token in translation.output.tokens]))
        guesses = [each.value for each in app.caption if "is guessing" in each.value]
        assert len(guesses) == (sureness < GUESSING)
        assert all(f"wrote {100 * sureness:.0f} %" in each for each in guesses)
    own = visit(t="Where is the cat?", o="1", y="le le le le")
    assert not [each for each in own.caption if "is guessing" in each.value], "what a visitor wrote is no guess"
