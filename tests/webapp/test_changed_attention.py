"""Attention changed by a visitor of Translate: what is shown, kept in the link and the file, and taken back."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.conftest import SVG, Open, figures, open_file, words
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES, escaped
from webapp.views.shared import imposed
from webapp.views.translate.marking import marked

TEXT = "The black cat."


def opened(visit: Open, **query: str) -> AppTest:
    app = visit(t=TEXT, **query)
    app.session_state["translate_surgery"] = True  # the drawer is open
    return app.run()


def row(picture: Element, number: int) -> list[float]:
    cells = [cell for cell in picture.iter(f"{SVG}rect") if cell.get("data-row") == str(number)]
    return [
        float(cell.get("data-value", "nan")) for cell in sorted(cells, key=lambda c: int(c.get("data-column", "0")))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pinned_row_is_drawn_beside_the_old_one_and_undo_takes_it_back(visit: Open, language: str):
    app = opened(visit, u="pieces", language=language)
    assert "translate_figure_changed" not in figures(app) and app.button(key="translate_make").disabled
    app.selectbox(key=next(box.key for box in app.selectbox if "pin_row" in str(box.key))).set_value(1).run()
    app.multiselect[0].set_value([0, 2]).run()
    app.button(key="translate_make").click().run()
    assert not app.exception and not app.info
    shown = figures(app)
    old, new = (row(shown[f"translate_figure_{name}"], 1) for name in ("was", "changed"))
    assert [new[0], new[2]] == [0.5, 0.5] and sum(new) == 1 and old != new
    assert row(shown["translate_figure_changed"], 0) == row(shown["translate_figure_was"], 0)
    assert words(shown["translate_rise"], "target") == words(shown["translate_figure_was"], "target")
    assert app.query_params["w"] == "pin-2-1_3-100"
    app.button(key="translate_undo").click().run()
    assert "translate_figure_changed" not in figures(app) and app.query_params["w"] == ""


@pytest.mark.parametrize("kind", ["mute", "uniform", "permute"])
def test_every_other_change_is_one_click(visit: Open, kind: str):
    app = opened(visit)
    app.button_group(key="translate_change").set_value(kind).run()
    app.button(key="translate_make").click().run()
    assert not app.exception and not app.info
    assert [code.split("-")[0] for code in app.session_state["translate_imposed"]] == [kind]
    changed = figures(app)["translate_figure_changed"]
    if kind == "mute":
        assert {row(changed, k)[0] for k in range(len(words(changed, "target")))} == {0}
    assert "translate_figure_attention" in figures(app)  # what the page shows by itself stays


def test_a_link_brings_changes_along_and_every_one_can_be_taken_back(visit: Open):
    codes = "mute-1.pin-1-2-60.uniform-3"
    app = visit(t=TEXT, w=codes, f="new")
    assert not app.exception and "translate_figure_changed" in figures(app)
    assert ".".join(app.session_state["translate_imposed"]) == codes == app.query_params["w"]
    app.button(key="translate_made_1_pin-1-2-60").click().run()
    assert app.query_params["w"] == "mute-1.uniform-3"
    app.button(key="translate_reset").click().run()
    assert app.query_params["w"] == "" and "translate_figure_changed" not in figures(app)
    app.button(key="translate_undo").click().run()
    assert app.query_params["w"] == "mute-1.uniform-3" and "translate_figure_changed" in figures(app)
    app.button(key="translate_reset").click().run()
    app.button_group(key="translate_reading").set_value("attention").run()
    assert not app.exception


@pytest.mark.parametrize("bad", ["mute", "mute-0", "pin-1-2-101", "sell-1", ".".join(["mute-1"] * 21)])
def test_a_link_with_what_is_no_change_says_so_and_shows_the_page(visit: Open, bad: str):
    app = visit(t=TEXT, w=bad)
    assert not app.exception and len(app.info) == 1 and figures(app)


def test_changes_that_do_not_fit_are_refused_in_a_sentence_and_can_be_taken_back(visit: Open):
    app = visit(t=TEXT, w="mute-99")
    assert not app.exception and "99" in app.info[0].value
    app.button(key="translate_undo").click().run()
    assert not app.info


def test_another_sentence_begins_without_changes(visit: Open):
    app = visit(t=TEXT, w="mute-1")
    app.text_input(key="translate_text").set_value("A dog.").run()
    assert not app.exception and app.query_params["w"] == ""


def test_a_file_brings_its_changes_along_though_the_same_ones_were_there_before(visit: Open):
    app = visit(t=TEXT, w="mute-1")
    open_file(app, "translate", dict(app.query_params) | {"t": "A dog."})
    assert not app.exception and app.query_params["t"] == "A dog."
    assert app.query_params["w"] == "mute-1" and "translate_figure_changed" in figures(app)


def test_the_last_word_of_a_translation_that_was_stopped_is_compared_too(visit: Open, monkeypatch: pytest.MonkeyPatch):
    visit(t=TEXT)
    rewritten = importlib.import_module("webapp.views.translate.rewritten")
    whole = gateway.sentences.translate(gateway.listing.default_model(), TEXT)
    stopped = replace(whole, queries=whole.queries.only(range(len(whole.ids) - 1)), ids=whole.ids[:-1], finished=False)
    compared: list[tuple[str, ...]] = []
    monkeypatch.setattr(rewritten, "marked", lambda text, words, new: compared.append(words) or "")
    rewritten._sentences(whole, stopped)
    assert compared == 2 * [whole.queries.words().labels[:-1]]


@pytest.mark.parametrize("name", ["en-fr-transformer", "en-fr-hard-exact", "en-fr-decoder2"])
def test_models_whose_attention_cannot_be_changed_show_no_control(visit: Open, name: str):
    app = opened(visit, m=f"translation/{name}", w="mute-1")
    assert not app.exception and "translate_figure_changed" not in figures(app)
    assert not any(button.key == "translate_make" for button in app.button)


def test_the_file_tells_the_changes_and_what_came_of_them(visit: Open, monkeypatch: pytest.MonkeyPatch):
    visit(t=TEXT)
    records: list[str] = []
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(
        frame, "take_away", lambda place, view, pictures, stamp, record, *more: records.append(record())
    )
    visit(t=TEXT, w="pin-2-1_3-100", u="pieces")
    found = json.loads(records[-1])
    assert found["imposed"]["changes"] == ["pin-2-1_3-100"] and found["view"]["w"] == "pin-2-1_3-100"
    weights = found["imposed"]["same"]["traces"][0]["weights"][0][0]
    assert [weights[1][0], weights[1][2]] == [0.5, 0.5]
    rises = zip(found["imposed"]["same"]["output"]["tokens"], found["output"]["tokens"], strict=True)
    assert found["imposed"]["rise"] == pytest.approx([a["logprob"] - b["logprob"] for a, b in rises], abs=1e-3)
    visit(t=TEXT)
    assert "imposed" not in json.loads(records[-1])


def test_a_pin_takes_the_place_of_those_it_leaves_no_room_for():
    assert imposed.with_change(["pin-1-2-70"], "pin-1-3-30") == ["pin-1-2-70", "pin-1-3-30"]
    assert imposed.with_change(["pin-1-2-70"], "pin-1-3-40") == ["pin-1-3-40"]
    assert imposed.with_change(["mute-4", "pin-1-2-70", "pin-2-2-100"], "pin-1-2-10") == [
        "mute-4",
        "pin-2-2-100",
        "pin-1-2-10",
    ]
    assert imposed.with_change(["mute-4"], "mute-4") == ["mute-4"]


def test_changes_are_said_in_the_words_that_they_are_about(visit: Open):
    visit(t=TEXT)
    translation = gateway.sentences.translate(gateway.listing.default_model(), "The *black* cat.")
    trace = translation.trace
    assert trace is not None
    said = imposed.in_words("mute-1_90", trace.queries, trace.keys)
    assert said == "Mute: The, 90"
    assert "`" in imposed.in_words("pin-1-4-50", trace.queries, trace.keys)  # nothing of a text is markup


def test_the_words_that_are_new_are_marked_and_nothing_passes_for_markup():
    assert marked("a *b* c", ["a", "*", "b", "*", "c"], {2}) == r"a \*:blue-background[b]\* c"
    assert marked("黑猫。", ["黑", "猫", "。"], {0}) == ":blue-background[黑]猫。"
    assert not re.search(r"(?<!\\)[*_`$\[\]]", escaped("*x* _y_ `z` $q$ [a](b)"))
