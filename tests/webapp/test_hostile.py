"""Every text that means harm, and every odd one, through the pages: a picture of these very words, or one sentence."""

from __future__ import annotations

import os
import pickle
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine.capture.pictures import opened_safely
from engine.data.pairs import gold_file
from engine.data.tables.decode import read_text
from engine.errors import Refused
from engine.text.given import mended
from engine.traces import SPACE
from tests.hostile import ODD, PAYLOADS
from tests.seeds import parts
from tests.webapp.conftest import Open, figures, words
from webapp.figures.drawing.typeset import legal
from webapp.shell import view_file
from webapp.views.many_texts import job

TEXTS = [*PAYLOADS, *ODD]
PARTS = ["every sixth", "second", "third", "fourth", "fifth", "last"]


def inked(text: str) -> str:
    """What of a text leaves ink: no spaces, nor signs that only shape or turn their neighbours; controls as meant."""
    return "".join(c for c in legal(mended(text)) if not c.isspace() and c != SPACE and unicodedata.category(c) != "Cf")


def shown_words(app: AppTest, key: str, side: str) -> str:
    """All words of one side; of a word without any ink the picture gives the name instead ("U+202E RIGHT-TO-LEFT")."""
    return inked("".join(word for word in words(figures(app)[key], side) if not word.startswith("U+")))


def right_or_refused(app: AppTest, key: str, text: str) -> bool:
    """No fault; and the words in the picture are those typed, or there is one sentence instead."""
    assert not app.exception
    if key not in figures(app):
        assert len(app.info) == 1 and text.strip() not in ([app.info[0].value] if text.strip() else [])
        return False
    assert shown_words(app, key, "source") == inked(text)
    return True


@pytest.mark.parametrize("texts", parts(TEXTS, 6), ids=PARTS)
def test_translate_shows_what_was_typed(visit: Open, texts: list[str]):
    app = visit(o="1", y="x", x="1")
    shown = 0
    for text in texts:
        app.text_input(key="translate_text").set_value(text)
        app.text_input(key="translate_target").set_value(text).run()
        if right_or_refused(app, "translate_figure_attention", text):
            assert shown_words(app, "translate_figure_attention", "target") == inked(text)
            shown += 1
    assert shown >= sum(text in PAYLOADS for text in texts)


def test_pieces_and_effects_show_what_was_typed(visit: Open):
    app = visit(u="pieces", r="effect", x="1")
    shown = 0
    for text in TEXTS[::12]:
        app.text_input(key="translate_text").set_value(text).run()
        shown += right_or_refused(app, "translate_figure_effect", text)
    assert shown >= len(PAYLOADS) // 12


def test_no_text_is_a_fault_where_it_is_read_in_its_usual_form(visit: Open):
    app = visit(r="attention", b="1")
    for text in TEXTS[3::12]:
        app.text_input(key="translate_text").set_value(text).run()
        assert not app.exception, text
        assert "translate_figure_attention" in figures(app) or len(app.info) == 1


def test_the_table_shows_what_was_typed(visit: Open):
    app = visit(s="table", o="1", y="x", x="1")
    shown = 0
    for text in TEXTS[::12]:
        app.text_input(key="translate_text").set_value("one")
        app.text_input(key="translate_target").set_value(text).run()
        assert not app.exception
        if not app.info:
            assert inked("".join(app.dataframe[0].value["word"])) == inked(text)
            shown += 1
    assert shown >= len(PAYLOADS) // 12


@pytest.mark.parametrize("texts", parts(TEXTS, 6), ids=PARTS)
def test_mechanisms_shows_what_was_typed(visit: Open, texts: list[str]):
    app = visit("mechanisms", x="dot.location")
    shown = 0
    for text in texts:
        app.text_input(key="mechanisms_text").set_value(text).run()
        shown += right_or_refused(app, "mechanisms_map_dot", text)
    assert shown >= sum(text in PAYLOADS for text in texts)


class Evil:
    """Whoever unpickles it leaves a marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.marker}'",)


READERS: dict[str, Callable[[bytes], object]] = {
    "text": read_text,
    "table": lambda content: job.opened("x.csv", content),
    "view": view_file.opened,
    "links": lambda content: gold_file.parse(content, "x.json"),
    "picture": opened_safely,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("protocol", [0, 2, 4])  # the first is plain ASCII, and so may pass for a text
def test_a_pickle_that_a_visitor_brings_is_read_as_what_it_is_not_or_refused(
    reader: str, protocol: int, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    try:
        READERS[reader](pickle.dumps(Evil(marker), protocol))
    except Refused as refused:
        assert str(refused)
    else:
        assert protocol == 0 or reader == "links"
    assert not marker.exists()


@pytest.mark.parametrize("name", ["model.pt", "pytorch_model.bin", "x.csv.pkl"])
def test_no_page_takes_a_file_of_weights(
    visit: Open, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = visit("many_texts")
    app.file_uploader[0].set_value((name, pickle.dumps(Evil(tmp_path / "marker")), "text/csv")).run()
    assert "Invalid file extension" in caplog.text and not app.dataframe
    assert not (tmp_path / "marker").exists()
