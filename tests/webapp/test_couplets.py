"""The Couplets page: both lines upright, held to what a visitor fixed, and judged by the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.inference.translation import Translation
from engine.text.couplet import CoupletForm, Place
from engine.text.tones import Tone
from tests.webapp.conftest import SVG, Open, figures, words
from webapp.examples.couplets import FIRST_LINES
from webapp.gateway.current import gateway
from webapp.views.couplets import controls, rules

FIRST = "风声雨声读书声声声入耳"


def test_both_lines_stand_upright_the_first_on_the_right_with_lines_between(visit: Open):
    shown = figures(visit("couplets"))["couplets_figure_couplet"]
    assert shown.get("data-upright") == "1"
    assert "".join(words(shown, "source")) == FIRST_LINES[0]
    assert len(words(shown, "target")) == len(FIRST_LINES[0])

    def across(side: str) -> set[float]:
        return {float(node.get("x", "0")) for node in shown.iter(f"{SVG}text") if node.get("data-side") == side}

    assert min(across("source")) > max(across("target"))
    assert len(list(shown.iter(f"{SVG}path"))) >= len(FIRST_LINES[0])


def test_fixed_characters_stand_in_every_second_line_and_in_the_link(visit: Open):
    app = visit("couplets", t=FIRST, y="_天__人", n="3")
    assert not app.exception and not app.info
    answer = gateway.couplets.write("couplet/global", FIRST, fixed="_天__人", equal=True, lines=6, choose=2)
    drawn = words(figures(app)["couplets_figure_couplet"], "target")
    assert "".join(drawn) == answer.output.text and (drawn[1], drawn[4]) == ("天", "人")
    assert len({line.text for line in answer.hypotheses}) == 6
    assert [app.query_params[param] for param in "tyn"] == [FIRST, "_天__人", "3"]


def test_a_second_line_is_chosen_by_a_click_and_another_first_line_begins_with_the_best(visit: Open):
    app = visit("couplets")
    (pills,) = [group for group in app.button_group if (group.key or "").startswith("couplets_second")]
    best = words(figures(app)["couplets_figure_couplet"], "target")
    pills.set_value(2).run()
    assert words(figures(app)["couplets_figure_couplet"], "target") != best
    app.button_group(key="couplets_example").set_value(1).run()
    assert app.text_input(key="couplets_text").value == FIRST_LINES[1] and app.session_state["couplets_candidate"] == 1


def test_a_line_in_a_pill_is_text_and_no_markup(visit: Open, monkeypatch: pytest.MonkeyPatch):
    def priced(*asked: Any, **named: Any) -> Translation:
        written = write(*asked, **named)
        first, *others = written.hypotheses
        return replace(written, hypotheses=(replace(first, text="$春$ *风*"), *others))

    write = gateway.couplets.write
    monkeypatch.setattr(gateway.couplets, "write", priced)
    (pills,) = [group for group in visit("couplets").button_group if (group.key or "").startswith("couplets_second")]
    assert pills.options[0] == r"\$春\$ \*风\*"


def test_every_other_question_begins_with_the_best_line(visit: Open):
    for change in (
        lambda app: app.selectbox(key="couplets_model").set_value("couplet/no-attention"),
        lambda app: app.text_input(key="couplets_fixed").set_value("_天"),
        lambda app: app.toggle(key="couplets_equal").set_value(False),
        lambda app: app.text_input(key="couplets_text").set_value("明月松间照"),
    ):
        app = visit("couplets", t=FIRST, n="3")
        change(app).run()
        assert not app.exception and app.session_state["couplets_candidate"] == 1 == int(app.query_params["n"])


def test_the_line_of_a_search_that_was_stopped_is_drawn_whole(visit: Open, monkeypatch: pytest.MonkeyPatch):
    write = gateway.couplets.write

    def stopped(*asked: Any, **how: Any) -> Translation:
        written = write(*asked, **how)
        return replace(written, queries=written.queries.only(range(len(written.queries) - 1)), finished=False)

    monkeypatch.setattr(gateway.couplets.__class__, "write", lambda self, *asked, **how: stopped(*asked, **how))
    drawn = figures(visit("couplets", m="couplet/no-attention", t=FIRST))["couplets_figure_couplet"]
    assert len(words(drawn, "target")) == len(FIRST)


def test_a_tone_that_is_not_known_is_marked_as_such_and_not_as_wrong():
    form = CoupletForm((4, 4), (Place(1, Tone.LEVEL, None), Place(3, Tone.LEVEL, Tone.OBLIQUE)), None, Tone.LEVEL, ())
    even, first, second = rules.tones(form)
    assert first.startswith(rules.UNKNOWN) and "not known" in first and second.startswith(rules.HELD)
    assert "1 of 1 opposed" in even and "At 1 more place the tones are not known" in even
    nothing = CoupletForm((2, 2), (Place(1, None, Tone.LEVEL),), Tone.LEVEL, None, ())
    assert [line.split()[0] for line in rules.tones(nothing)] == [rules.UNKNOWN, rules.MISSED, rules.UNKNOWN]


def test_the_page_says_how_wide_its_beam_is_and_how_wide_that_of_the_measure_was(visit: Open):
    metrics = {"equal_length": {"beam5": {"value": 0.9, "low": 0.8, "high": 1.0}}, "test": {"first_lines": 7}}
    app = visit("couplets", t=FIRST)
    (pills,) = [group for group in app.button_group if (group.key or "").startswith("couplets_second")]
    assert pills.label.endswith(f"(beam {controls.LINES})")
    assert "with beam 5" in rules.measured(metrics) and rules.measured({}) == ""
    for lacks in ("equal_length", "test"):
        for wrong in (None, [], "x", {"beam5": None}, {"beam5": {"value": 0.9}, "first_lines": "7"}):
            assert rules.measured({**metrics, lacks: wrong}) == ""


def test_the_rules_are_said_in_sentences_and_tones_place_by_place(visit: Open):
    app = visit("couplets", t=FIRST)
    (rules,) = [text.value for text in app.markdown if "Equal length" in text.value]
    assert "11 characters each. The search was held to it." in rules
    assert "Tones at the even places" in rules and "“声” stands at places 2 and 4" in rules
    assert "away from its own place" in rules and "should be oblique (仄)" in rules
    (table,) = [frame.value for frame in app.dataframe if "Opposed" in frame.value]
    assert table["Place"].tolist() == [2, 4, 6, 8, 10]


def test_a_model_without_attention_says_so_and_draws_no_line(visit: Open):
    app = visit("couplets", m="couplet/no-attention", t=FIRST)
    assert not app.exception
    shown = figures(app)
    assert list(shown) == ["couplets_figure_couplet"]
    assert not list(shown["couplets_figure_couplet"].iter(f"{SVG}path"))
    assert words(shown["couplets_figure_couplet"], "target")
    assert any("No attention" in caption.value for caption in app.caption)


def test_what_cannot_be_written_is_said_in_a_sentence(visit: Open):
    for query, sentence in (({"t": ""}, "Type a first line"), ({"t": "明月", "y": "__风"}, "fixed at place 3")):
        app = visit("couplets", **query)
        assert not app.exception and [sentence in note.value for note in app.info] == [True]


def test_writers_of_couplets_stand_in_no_menu_of_translators(visit: Open):
    app = visit()
    (box,) = [box for box in app.selectbox if box.key == "translate_model"]
    assert not [name for name in gateway.listing.models() if name.startswith("couplet/")]
    assert "couplet" not in json.dumps(box.options) and "Chinese → Chinese" not in json.dumps(box.options)
