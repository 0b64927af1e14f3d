"""The page Step by step with both levels of a hierarchical classifier: lines, sentences, mistakes, hidden layers."""

from __future__ import annotations

import numpy as np
import pytest

from engine.inference.step_by_step.hierarchy.mistakes import MISTAKES
from engine.inference.step_by_step.hierarchy.small_case import SENTENCES
from engine.inference.step_by_step.quantities import Place
from tests.hostile import PAYLOADS
from tests.webapp.conftest import Open, figures, words
from tests.webapp.test_step_by_step import changed, line
from webapp.gateway.current import gateway
from webapp.i18n import catalogue
from webapp.shell import view_file

LEVELS = {"a": "hierarchy"}
SMALL = {**LEVELS, "dm": "small"}
REVIEW = "The film was long. I loved it."


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_small_case_shows_every_line_of_both_levels(visit: Open, language: str):
    app = visit("step_by_step", language=language, **SMALL)
    assert not app.exception and not app.info
    drawn, right = figures(app), gateway.steps.small_text(0, {}, "", bare=False).right
    assert [f"step_line_{quantity.name}" for quantity in right.quantities] == list(drawn)
    formulas = " ".join(latex.value for latex in app.latex)
    assert all(quantity.formula in formulas for quantity in right.quantities)
    assert words(drawn["step_line_word_scores"], "source") == list(SENTENCES[0])


def test_the_equation_has_the_numbers_of_the_word_and_sentence_that_are_chosen(visit: Open):
    app = visit("step_by_step", dw="4", **SMALL)
    stages = gateway.steps.small_text(0, {}, "", bare=False).right
    assert f"= {stages['word_scores'].value[3]:.2f}" in app.latex[0].value and "e_{1,4}" in app.latex[0].value
    assert f"= {stages['sentence_weights'].value[0]:.2f}" in app.latex[4].value
    app.button(key="step_forward").click().run()
    assert app.query_params["di"] == "2" and "e_{2,4}" in app.latex[0].value and not app.exception


def test_a_number_changed_by_hand_changes_what_follows_and_can_be_taken_back(visit: Open):
    app = visit("step_by_step", **SMALL)
    before = line(app, "class_probabilities")
    (box,) = app.number_input
    box.set_value(6.0).run()
    assert not app.exception and app.query_params["c"] == "word_scores:1:6"
    assert line(app, "word_weights")[0] > 0.9 and line(app, "class_probabilities") != before
    assert any("instead of" in caption.value for caption in app.caption)
    app.button(key="step_undo").click().run()
    assert line(app, "class_probabilities") == before and not changed(app)


def test_from_a_sentence_that_is_too_long_one_click_leads_back_to_the_first(visit: Open):
    app = visit("step_by_step", dt="Good film. " + "Very " * 70 + "good.", di="2", **LEVELS)
    assert any("60 words at most" in info.value for info in app.info)
    app.button(key="step_first").click().run()
    assert not app.exception and not app.info and "step_line_word_scores" in figures(app)


def test_no_click_leads_to_the_first_sentence_where_it_is_the_text_that_cannot_be_taken_apart(visit: Open):
    for text in ("", "Good film. " * 31):
        app = visit("step_by_step", dt=text, di="2", **LEVELS)
        assert app.info and not [button for button in app.button if button.key == "step_first"]


def test_the_hidden_layers_can_be_left_out(visit: Open):
    app = visit("step_by_step", db="1", **SMALL)
    drawn = figures(app)
    assert not app.exception and "step_line_word_hidden" not in drawn and "step_line_sentence_hidden" not in drawn
    assert "tanh left out" not in app.selectbox(key="step_mistake").options
    assert any("instead of" in caption.value for caption in app.caption)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_says_what_it_does_to_the_picture(visit: Open, mistake: str, language: str):
    app = visit("step_by_step", language=language, k=mistake, **SMALL)
    assert not app.exception
    (note,) = app.info
    meaning = MISTAKES[mistake].meaning
    assert note.value.startswith(meaning if language == "en" else catalogue("zh").gettext(meaning))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_change_to_a_hidden_layer_that_is_left_out_is_set_aside_until_it_is_back(visit: Open, language: str):
    app = visit("step_by_step", language=language, c="word_hidden:1:2~word_scores:1:3", db="1", **SMALL)
    assert not app.exception and line(app, "word_scores")[0] == 3
    assert ["[1] = 2" in note.value for note in app.info] == [True]
    app.toggle(key="step_bare").set_value(False).run()
    assert not app.exception and not app.info and line(app, "word_hidden")[0] == 2
    assert app.query_params["c"] == "word_hidden:1:1:2~word_scores:1:3"


def test_a_models_levels_have_the_weights_that_documents_shows(visit: Open):
    app = visit("step_by_step", dt=REVIEW, di="2", **LEVELS)
    assert not app.exception and not app.info
    name = next(iter(name for name in gateway.listing.models("classification") if name.endswith("imdb-han")))
    reading = gateway.documents.read(name, REVIEW)
    assert reading.sentences is not None
    np.testing.assert_allclose(line(app, "word_weights"), reading.words[1].weights[0, 0, 0], rtol=6e-3)
    np.testing.assert_allclose(line(app, "sentence_weights"), reading.sentences.weights[0, 0, 0], rtol=6e-3)
    np.testing.assert_allclose(line(app, "class_probabilities"), reading.probabilities, rtol=6e-3)


@pytest.mark.parametrize("typed", [*PAYLOADS[::6], "", "word " * 100, "One. " * 40])
def test_a_hostile_text_is_shown_as_text_or_refused(visit: Open, typed: str):
    app = visit("step_by_step", dt=typed, **LEVELS)
    assert not app.exception
    assert len(app.info) == (0 if figures(app) else 1)


def test_a_view_comes_back_from_its_link_and_from_its_file(visit: Open):
    app = visit("step_by_step", di="3", dw="2", k="mean", c="word_states:3:0.25", **SMALL)
    link = dict(app.query_params)
    again = visit("step_by_step", language="zh", **link)
    assert line(again, "class_probabilities") == line(app, "class_probabilities") and not again.exception
    opened = gateway.steps.small_text(2, {Place("word_states", 0, 2): 0.25}, "mean", bare=False)
    assert view_file.opened(view_file.taken_apart(opened, {"model": "small"}, link).encode()) == link


def test_a_link_holds_what_is_taken_apart_and_nothing_of_the_other_kinds(visit: Open):
    app = visit("step_by_step", db="1", **LEVELS)
    assert {"a", "dm", "dt", "di", "dw", "db", "k", "c"} <= app.query_params.keys()
    assert not {"m", "t", "tm", "tt"} & app.query_params.keys()
    app.segmented_control(key="step_kind").set_value("self_attention").run()
    assert {"tm", "tt"} <= app.query_params.keys() and not {"m", "t", "dt"} & app.query_params.keys()
    app.segmented_control(key="step_kind").set_value("hierarchy").run()
    assert app.query_params["db"] == "1" and not app.exception
