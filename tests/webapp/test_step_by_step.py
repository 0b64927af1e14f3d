"""The page Step by step: a step line by line, numbers changed by hand, and the usual mistakes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.attention import SCORES
from engine.inference.step_by_step.quantities import Place
from engine.inference.step_by_step.recurrent.mistakes import MISTAKES
from engine.inference.step_by_step.recurrent.small_case import SOURCE, TARGET, Form
from tests.hostile import PAYLOADS
from tests.webapp.conftest import SVG, Open, figures, open_file, words
from webapp.gateway.current import gateway
from webapp.i18n import catalogue
from webapp.shell import view_file
from webapp.views.step_by_step import changes

SMALL = {"m": "small"}


def line(app: AppTest, name: str, row: int = 0) -> list[float]:
    """The numbers in one row of a line's cells."""
    cells = [node for node in figures(app)[f"step_line_{name}"].iter(f"{SVG}rect") if node.get("data-row") == str(row)]
    return [float(node.get("data-value", "nan")) for node in cells]


def changed(app: AppTest) -> list[str]:
    return [each.value for each in app.subheader if "changed" in each.value]


@pytest.mark.parametrize("score", SCORES)
def test_the_small_case_shows_every_line_of_every_scoring_function(visit: Open, score: str):
    app = visit("step_by_step", x=score, **SMALL)
    assert not app.exception and not app.info
    drawn = figures(app)
    opened = gateway.steps.small_step(Form(score), 0, {}, "")
    assert [f"step_line_{quantity.name}" for quantity in opened.right.quantities] == list(drawn)
    assert words(drawn["step_line_scores"], "source") == list(SOURCE)
    assert SCORES[score].formula in " ".join(latex.value for latex in app.latex)


@pytest.mark.parametrize("placement", ["before", "after", "fed"])
def test_attention_can_stand_before_the_cell_after_it_and_be_fed(visit: Open, placement: str):
    drawn = figures(visit("step_by_step", w=placement, **SMALL))
    assert ("step_line_fed" in drawn) == (placement == "fed")
    order = list(drawn)
    assert (order.index("step_line_state") > order.index("step_line_context")) == (placement == "before")


def test_a_number_changed_by_hand_changes_what_follows_and_can_be_taken_back(visit: Open):
    app = visit("step_by_step", **SMALL)
    before = {name: line(app, name) for name in ("scores", "query", "weights", "context")}
    (box,) = app.number_input
    box.set_value(5.0).run()
    assert not app.exception
    assert line(app, "query") == before["query"]
    assert line(app, "scores")[0] == 5.0 and line(app, "weights")[0] > 0.9
    assert line(app, "weights", 1) == before["weights"]
    assert app.query_params["c"] == "scores:1:5"
    assert "Scores" in changed(app)[0]
    app.button(key="step_undo").click().run()
    assert line(app, "weights") == before["weights"] and not changed(app)
    (box,) = app.number_input
    box.set_value(-2.0).run()
    app.session_state["step_chosen"] = ("query", (0,))
    app.run().number_input[0].set_value(-3.0).run()
    app.button(key="step_reset").click().run()
    assert not app.exception and not changed(app) and app.query_params["c"] == ""


def test_taking_the_last_change_back_can_be_taken_back_and_so_can_a_reset(visit: Open):
    app = visit("step_by_step", c="scores:1:5", **SMALL)
    after = line(app, "weights")
    app.button(key="step_made_0_scores:1:5").click().run()
    assert not changed(app) and app.query_params["c"] == ""
    app.button(key="step_undo").click().run()
    assert line(app, "weights") == after and app.query_params["c"] == "scores:1:5"
    app.number_input[0].set_value(2.0).run()
    app.session_state["step_chosen"] = ("query", (0,))
    app.run().number_input[0].set_value(-3.0).run()
    app.button(key="step_reset").click().run()
    app.button(key="step_undo").click().run()
    assert app.query_params["c"] == "scores:1:2~query:1:-3" and not app.exception


def test_a_clicked_number_is_the_one_that_can_be_changed(visit: Open):
    app = visit("step_by_step", **SMALL)
    app.session_state["step_chosen"] = ("keys", (1, 2))
    app.run()
    (box,) = app.number_input
    assert box.value == pytest.approx(0.2) and "h_{2}[3]" in box.label
    box.set_value(0.9).run()
    assert app.query_params["c"] == "keys:2:3:0.9" and len(changed(app)) > 5


def test_only_a_cell_that_is_there_can_be_chosen(visit: Open):
    app = visit("step_by_step", **SMALL)
    from webapp.views.step_by_step import controls, stages

    view = controls.view()
    import streamlit as st

    for act in (None, {}, {"row": 9, "column": 0}, {"row": 0, "column": -1}, {"row": "0", "column": "0"}, "x"):
        stages.choose_cell(view, "keys", (((0,), (1,)), ((4,), (5,))), act)
        assert "step_chosen" not in st.session_state
    assert not app.exception


def test_changes_are_gone_with_their_step_and_stay_with_a_link(visit: Open):
    app = visit("step_by_step", c="scores:1:5~keys:3:0.25", **SMALL)
    assert not app.exception and not app.info and line(app, "scores")[0] == 5.0
    app.button(key="step_forward").click().run()
    assert not app.exception and not app.info and not changed(app) and "5" not in app.query_params["c"]


def test_a_change_that_does_not_fit_the_step_is_set_aside_in_a_sentence_and_can_be_taken_back(visit: Open):
    app = visit("step_by_step", c="scores:99:5~keys:2:3:0.9", **SMALL)
    assert not app.exception and figures(app) and line(app, "keys", 1)[2] == 0.9
    assert ["Scores [99] = 5" in note.value for note in app.info] == [True]
    app.button(key="step_made_0_scores:99:5").click().run()
    assert not app.info and line(app, "keys", 1)[2] == 0.9


def test_a_step_with_changes_is_computed_once_unless_one_of_them_fits_nowhere(
    visit: Open, monkeypatch: pytest.MonkeyPatch
):
    asked: list[object] = []
    opened = gateway.steps.small_step
    monkeypatch.setattr(gateway.steps, "small_step", lambda *question: (asked.append(question), opened(*question))[1])
    for codes, times in (("", 1), ("keys:2:3:0.9~scores:1:5", 1), ("keys:2:3:0.9~scores:99:5", 3)):
        asked.clear()
        assert not visit("step_by_step", c=codes, **SMALL).exception and len(asked) == times


@pytest.mark.parametrize(
    ("number", "said"), [("1000000", "1000000"), ("-123456.75", "−123456.75"), ("0.123457", "0.123457")]
)
def test_a_change_is_said_with_every_digit_that_was_given(number: str, said: str):
    assert changes.in_words(f"scores:2:{number}").endswith(f"[2] = {said}")


FILED = {
    "scores:1:5": ({"a": "recurrent", "m": "small"}, "p"),
    "scaled_scores:1:2:5": ({"a": "self_attention", "tm": "small"}, "th"),
    "word_scores:1:5": ({"a": "hierarchy", "dm": "small"}, "di"),
}


@pytest.mark.parametrize("code", FILED)
def test_a_file_brings_its_changes_along_though_the_same_ones_were_there_before(visit: Open, code: str):
    kind, place = FILED[code]
    app = visit("step_by_step", c=code, **kind)
    open_file(app, "step", dict(app.query_params) | {place: "2"})
    assert not app.exception and app.query_params[place] == "2"
    assert app.query_params["c"] == code and changed(app)


def test_steps_go_forward_and_back_and_stop_at_both_ends(visit: Open):
    app = visit("step_by_step", **SMALL)
    assert app.button(key="step_back").disabled
    for _ in TARGET[1:]:
        app.button(key="step_forward").click().run()
    assert app.query_params["p"] == str(len(TARGET)) and app.button(key="step_forward").disabled
    app.button(key="step_back").click().run()
    assert app.query_params["p"] == "3" and not app.exception


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_says_what_it_does_to_the_picture(visit: Open, mistake: str, language: str):
    score = {"scaling": "scaled_dot"}.get(mistake, "additive")
    app = visit("step_by_step", language=language, k=mistake, x=score, **SMALL)
    assert not app.exception
    (note,) = app.info
    meaning = MISTAKES[mistake].meaning
    assert note.value.startswith(meaning if language == "en" else catalogue("zh").gettext(meaning))
    weights, before = line(app, "weights"), line(app, "weights", 1)
    if mistake == "axis":
        assert weights == [1, 1, 1, 1] and sum(before) == pytest.approx(1, abs=0.01) and "4" in note.value
    if mistake == "padding":
        assert len(weights) == 6 and min(weights[4:]) > 0 and before[4:] == [0, 0]
    if mistake == "scores_weighted":
        assert len(set(line(app, "context"))) == 1


def test_a_mistake_that_a_function_cannot_make_is_not_offered(visit: Open):
    offered = visit("step_by_step", x="dot", **SMALL).selectbox(key="step_mistake").options
    assert "tanh left out" not in offered and "scaling left out" not in offered and len(offered) == 5


def test_a_models_step_has_the_weights_that_translate_shows(visit: Open):
    app = visit("step_by_step", t="Two black cats", p="2")
    assert not app.exception and not app.info
    trace = gateway.sentences.translate(gateway.listing.default_model(), "Two black cats").trace
    np.testing.assert_allclose(line(app, "weights"), trace.weights[0, 0, 1], rtol=6e-3)
    assert figures(app)["step_line_keys"].findall(f".//{SVG}image")
    assert len(line(app, "probabilities")) == 10


def test_all_numbers_of_a_long_line_are_shown_on_demand(visit: Open):
    app = visit("step_by_step", n="1", t="Two black cats")
    app.session_state["step_chosen"] = ("keys", (0, 0))
    app.run()
    assert not app.exception and len(app.dataframe[0].value) == 16


@pytest.mark.parametrize("name", ["decoder1", "decoder2", "decoder3", "reversed"])
def test_a_model_without_attention_is_refused_in_a_sentence(visit: Open, name: str):
    app = visit("step_by_step", m=f"translation/en-fr-{name}")
    assert not app.exception and len(app.info) == 1 and "has no attention" in app.info[0].value


@pytest.mark.parametrize("typed", [*PAYLOADS[::4], "", "word " * 1000, "a\x00b", "**x** `y` $z$ :smile:"])
def test_a_hostile_text_is_shown_as_text_or_refused(visit: Open, typed: str):
    app = visit("step_by_step", t=typed, g="global")
    assert not app.exception
    assert len(app.info) == (0 if figures(app) else 1)


def test_a_view_comes_back_from_its_link_and_from_its_file(visit: Open):
    app = visit("step_by_step", x="cosine", w="fed", p="3", j="2", k="state", c="keys:3:0.25", **SMALL)
    link = dict(app.query_params)
    again = visit("step_by_step", language="zh", **link)
    assert line(again, "probabilities") == line(app, "probabilities")
    opened = gateway.steps.small_step(
        Form("cosine", placement="after", feeding=True), 2, {Place("keys", 0, 2): 0.25}, "state"
    )
    record = view_file.taken_apart(opened, {"model": "small", "text": "我 爱 中国"}, link)
    assert view_file.opened(record.encode()) == link
    quantities = {each["name"]: each for each in json.loads(record)["quantities"]}
    assert quantities["keys"]["values"][0][2] == 0.25 and quantities["keys"]["computed"][0][2] == -0.2
    assert json.loads(record)["source"] == list(SOURCE)


def test_the_code_is_that_of_the_scoring_function(visit: Open):
    app = visit("step_by_step", x="general", **SMALL)
    app.session_state["step_code"] = True
    from inspect import getsource

    assert "query @ projected" in getsource(SCORES["general"])
    assert not app.run().exception
