"""The page Step by step with a self-attention layer: its lines, heads, mistakes, and what the division is for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.inference.step_by_step.quantities import Place
from engine.inference.step_by_step.self_attention.mistakes import MISTAKES
from engine.inference.step_by_step.self_attention.small_case import WORDS
from tests.hostile import PAYLOADS
from tests.webapp.conftest import Open, figures, words
from tests.webapp.test_step_by_step import changed, line
from webapp.gateway.current import gateway
from webapp.i18n import catalogue
from webapp.shell import view_file

LAYER = {"a": "self_attention"}
SMALL = {**LAYER, "tm": "small"}
MODEL = "translation/en-fr-transformer"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_small_case_shows_every_line_with_its_formula(visit: Open, language: str):
    app = visit("step_by_step", language=language, **SMALL)
    assert not app.exception and not app.info
    drawn, right = figures(app), gateway.steps.small_layer(0, False, {}, "").right
    lines = [f"step_line_{quantity.name}" for quantity in right.quantities]
    assert [name for name in drawn if name.startswith("step_line")] == lines
    formulas = " ".join(latex.value for latex in app.latex)
    assert all(quantity.formula in formulas for quantity in right.quantities)
    matrix = drawn["step_line_attention_weights"]
    assert words(matrix, "source") == words(matrix, "target") == list(WORDS)


def test_the_equation_has_the_numbers_of_the_pair_that_is_chosen(visit: Open):
    app = visit("step_by_step", ti="1", tj="1", **SMALL)
    formulas = [latex.value.strip("$\n") for latex in app.latex]
    assert formulas[0] == r"z_{1,1} = q_{1}^\top k_{1} = 1.11 \cdot 1.63 + 0.24 \cdot (-0.29) = 1.74"
    assert formulas[1] == r"e_{1,1} = \frac{1.74}{\sqrt{2}} = 1.23"
    app.button(key="step_forward").click().run()
    assert app.query_params["ti"] == "2" and "z_{2,1} = " in app.latex[0].value
    assert not app.exception


def test_a_number_changed_by_hand_changes_what_follows_and_can_be_taken_back(visit: Open):
    app = visit("step_by_step", **SMALL)
    before = {name: line(app, name) for name in ("dot_products", "attention_weights", "layer_output")}
    (box,) = app.number_input
    box.set_value(6.0).run()
    assert not app.exception and app.query_params["c"] == "scaled_scores:1:1:6"
    assert line(app, "dot_products") == before["dot_products"] and line(app, "attention_weights")[0] > 0.9
    assert line(app, "attention_weights", 1) == before["attention_weights"]
    assert "Scores" in changed(app)[0] and len(changed(app)) == 5
    app.button(key="step_undo").click().run()
    assert line(app, "layer_output") == before["layer_output"] and not changed(app)


def test_a_change_stays_at_its_row_and_column_where_a_mistake_makes_rows_longer(visit: Open):
    app = visit("step_by_step", **SMALL)
    app.session_state["step_chosen"] = ("scaled_scores", (1, 2))
    app.run().number_input[0].set_value(6.0).run()
    app.selectbox(key="step_mistake").set_value("padding").run()
    assert not app.exception and len(line(app, "scaled_scores")) == len(WORDS) + 2
    assert app.number_input[0].value == 6 and "e_{2,3}" in app.number_input[0].label
    assert 6 in line(app, "scaled_scores", 1) + line(app, "scaled_scores", 2)
    assert app.query_params["c"] == "scaled_scores:2:3:6"


def test_an_older_link_means_the_number_that_it_meant_and_a_change_to_padding_waits_for_it(visit: Open):
    app = visit("step_by_step", c="scaled_scores:5:6", k="padding", **SMALL)
    assert not app.exception and line(app, "scaled_scores")[4] == 6
    assert app.query_params["c"] == "scaled_scores:1:5:6"
    app.selectbox(key="step_mistake").set_value("none").run()
    assert not app.exception and not changed(app) and "[1][5] = 6" in app.info[0].value
    app.selectbox(key="step_mistake").set_value("padding").run()
    assert line(app, "scaled_scores")[4] == 6
    app.button(key="step_made_0_scaled_scores:1:5:6").click().run()
    assert line(app, "scaled_scores")[4] != 6 and app.query_params["c"] == ""


def test_a_mistake_that_this_layer_cannot_make_changes_nothing_of_it(visit: Open):
    app = visit("step_by_step", tc="1", k="padding", **SMALL)
    assert app.selectbox(key="step_mistake").value == "none" and len(line(app, "scaled_scores")) == len(WORDS)


def test_head_and_mask_are_the_visitors_choice_and_changes_go_with_another(visit: Open):
    app = visit("step_by_step", c="scaled_scores:1:6", **SMALL)
    first = line(app, "queries")
    app.toggle(key="step_causal").set_value(True).run()
    assert line(app, "attention_weights") == [1, 0, 0, 0] and not changed(app)
    second = visit("step_by_step", th="2", **SMALL)
    assert line(second, "queries") != first and not second.exception


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_says_what_it_does_to_the_picture(visit: Open, mistake: str, language: str):
    app = visit("step_by_step", language=language, k=mistake, tc=str(int(mistake == "causal")), **SMALL)
    assert not app.exception
    (note,) = app.info
    meaning = MISTAKES[mistake].meaning
    assert note.value.startswith(meaning if language == "en" else catalogue("zh").gettext(meaning))
    if mistake == "padding":
        assert len(line(app, "attention_weights")) == len(WORDS) + 2
    if mistake == "heads":
        assert len(line(app, "queries")) == 4


def test_mistakes_of_another_kind_are_not_offered(visit: Open):
    app = visit("step_by_step", k="state", **SMALL)
    offered = app.selectbox(key="step_mistake")
    assert not app.exception and offered.value == "none" and "tanh left out" not in offered.options


def test_a_models_layer_has_the_weights_that_self_attention_shows(visit: Open):
    text = "Two black cats"
    app = visit("step_by_step", tt=text, tl="2", th="2", **LAYER)
    assert not app.exception and not app.info
    looked = gateway.heads.look(MODEL, text)
    trace = gateway.heads.head(MODEL, looked, "encoder", 1, 1)
    for row in range(3):
        np.testing.assert_allclose(line(app, "attention_weights", row), trace.weights[0, 0, row], rtol=6e-3, atol=1e-3)
    assert words(figures(app)["step_line_scaled_scores"], "source") == list(trace.keys.labels)


def test_the_division_is_shown_beside_its_absence(visit: Open):
    drawn = figures(visit("step_by_step", **SMALL))
    assert {"step_scaling_divided", "step_scaling_slopes", "step_scaling_sizes"} <= drawn.keys()
    assert words(drawn["step_scaling_slopes"], "source") == list(WORDS)


def test_a_text_of_too_many_tokens_is_refused_in_a_sentence(visit: Open):
    app = visit("step_by_step", tt="word " * 60, **LAYER)
    assert not app.exception and len(app.info) == 1 and "shorten it" in app.info[0].value


@pytest.mark.parametrize("typed", [*PAYLOADS[::5], "", "a\x00b", "**x** `y` $z$"])
def test_a_hostile_text_is_shown_as_text_or_refused(visit: Open, typed: str):
    app = visit("step_by_step", tt=typed, **LAYER)
    assert not app.exception
    assert len(app.info) == (0 if figures(app) else 1)


def test_a_view_comes_back_from_its_link_and_from_its_file(visit: Open):
    app = visit("step_by_step", tc="1", th="2", ti="3", k="scaling", c="head_keys:3:0.25", **SMALL)
    link = dict(app.query_params)
    again = visit("step_by_step", language="zh", **link)
    assert line(again, "layer_output") == line(app, "layer_output") and not again.exception
    opened = gateway.steps.small_layer(1, True, {Place("head_keys", 1, 0): 0.25}, "scaling")
    record = view_file.taken_apart(opened, {"model": "small", "head": 2}, link)
    assert view_file.opened(record.encode()) == link
    quantities = {each["name"]: each for each in json.loads(record)["quantities"]}
    assert quantities["head_keys"]["values"][1][0] == 0.25 and quantities["queries"]["axes"] == ["word", "number"]
    assert json.loads(record)["key"] == list(WORDS)


def test_the_code_is_that_of_the_models_own_layer(visit: Open):
    app: AppTest = visit("step_by_step", **LAYER)
    app.session_state["step_code"] = True
    app.run()
    opened = gateway.steps.layer(MODEL, "Two cats", 0, 0, {}, "")
    assert not app.exception and opened.code.__name__ == "MarianAttention"
