"""Files of every kind of figure hold the numbers that it shows, and a page by itself says each of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.svg import NS, nodes
from webapp.figures.drawing.svg import svg
from webapp.figures.files import export, fonts, offline
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.scene import (
    BarsScene,
    DocumentScene,
    HeadsScene,
    LinesScene,
    Link,
    MatrixScene,
    Sentence,
    TextScene,
)
from webapp.figures.scenes.wording import Wording


def rows(scene: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(export.csv(scene), newline="")))


def sentence(number: int, first: int, words: tuple[str, ...], values: list[float], **more: Any) -> Sentence:
    spaces = (False, *(True for _ in words[1:]))
    shades = np.clip(np.array(values), -1, 1)
    return Sentence(number, first, words, spaced=spaces, values=np.array(values), shades=shades, **more)


def document(measures: dict[str, np.ndarray] | None = None) -> DocumentScene:
    sentences = (
        sentence(1, 0, ("A", "film"), [0.25, 0.75], weight=0.4, bar=0.4),
        sentence(2, 2, ("Bad", "!"), [0.5, 0.5], weight=0.6, bar=0.6, read=False),
    )
    return DocumentScene(sentences, "share", "share of all", measures=measures or {})


def test_a_table_of_a_document_has_a_row_a_word_with_its_sentence():
    head, *body = rows(document())
    assert head == ["sentence", "read", "sentence, share of all", "word number", "word", "share"]
    assert body == [
        ["1", "1", "0.4", "1", "A", "0.25"],
        ["1", "1", "0.4", "2", "film", "0.75"],
        ["2", "0", "0.6", "3", "Bad", "0.5"],
        ["2", "0", "0.6", "4", "!", "0.5"],
    ]


def test_what_is_drawn_has_a_column_of_its_own_only_where_it_is_none_of_the_measures():
    drawn = np.array([0.25, 0.75, 0.5, 0.5])
    assert rows(document({"p_w": drawn}))[0][5:] == ["p_w"]
    head, first, *_ = rows(document({"p_w": drawn / 2}))
    assert head[5:] == ["share", "p_w"] and first[5:] == ["0.25", "0.125"]


def test_a_number_that_is_not_there_is_an_empty_cell_and_null():
    scene = document({"effect (nats)": np.array([1.5, np.nan, -2.0, np.nan])})
    assert [row[-1] for row in rows(scene)] == ["effect (nats)", "1.5", "", "-2.0", ""]
    assert [row[-1] for row in json.loads(export.json(scene))["rows"]] == [1.5, None, -2.0, None]


def test_measures_that_do_not_fit_the_words_of_a_document_are_refused():
    with pytest.raises(ValueError, match="p_w has 3 numbers for 4 words"):
        document({"p_w": np.zeros(3)})


@pytest.mark.parametrize("more", [{"bar": 1.5}, {"bar": -0.5}])
def test_a_bar_of_a_document_lies_between_nought_and_one(more: dict[str, float]):
    with pytest.raises(ValueError, match="shades must lie"):
        DocumentScene((sentence(1, 0, ("a",), [0.5], weight=1, **more),), "share", "share")


def test_a_sentence_needs_a_space_and_a_detail_for_each_word():
    for wrong in ({"spaced": (False,)}, {"spaced": (False, True), "details": ("one",)}):
        with pytest.raises(ValueError, match="do not fit the 2 words of sentence 7"):
            Sentence(7, 0, ("a", "b"), values=np.zeros(2), shades=np.zeros(2), weight=0, bar=0, **wrong)


def test_bars_and_lines_become_tables():
    bars = BarsScene(("negative", "=1+1"), np.array([0.25, 0.75]), "probability")
    assert rows(bars) == [["", "probability"], ["negative", "0.25"], ["'=1+1", "0.75"]]
    assert json.loads(export.json(bars))["kind"] == "bars"
    lines = LinesScene(("the", "cat"), ("le", "chat"), (Link(1, 1, 0.75, 0.75), Link(0, 0, 0.5, 0.5)), "share")
    assert rows(lines) == [
        ["target", "source", "target word", "source word", "share"],
        ["1", "1", "chat", "cat", "0.75"],
        ["0", "0", "le", "the", "0.5"],
    ]


def test_a_table_of_heads_has_the_heads_that_are_shown_in_their_order():
    tiles = np.zeros((2, 2, 1, 1), np.uint8)
    entropy = np.array([[0.5, 1.0], [1.5, 2.0]])
    scene = HeadsScene(tiles, ("a",), ("b",), "share", order=((1, 0), (0, 1)), measures={"entropy": entropy})
    assert rows(scene) == [["layer", "head", "entropy"], ["2", "1", "1.5"], ["1", "2", "1.0"]]


def test_a_table_of_a_picture_names_rows_and_columns_of_squares_and_none_of_marks():
    values = np.array([0.4, 0.1, 0.2, 0.3])
    scene = PictureScene(np.zeros((2, 6, 3), np.uint8), (1, 3), ("[CLS]",), values, values, "share")
    assert rows(scene) == [
        ["place", "row", "column", "share"],
        ["[CLS]", "", "", "0.4"],
        ["1·1", "1", "1", "0.1"],
        ["1·2", "1", "2", "0.2"],
        ["1·3", "1", "3", "0.3"],
    ]


def test_json_of_a_matrix_says_its_links_in_order_and_which_way_round():
    pairs = frozenset({(1, 0), (0, 1)})
    values = np.array([[0.75, 0.25], [0.5, 0.5]])
    scene = MatrixScene(("le", "chat"), ("the", "cat"), values, values, "share", links=pairs, sure=frozenset({(1, 1)}))
    body = json.loads(export.json(scene))
    assert (body["kind"], body["rows"], body["columns"]) == ("matrix", ["le", "chat"], ["the", "cat"])
    assert (body["links"], body["sure"], body["possible"]) == ([[0, 1], [1, 0]], [[1, 1]], [])
    assert body["values"] == values.tolist()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_of_a_table_is_read_back_to_its_last_bit(value: float):
    scene = TextScene(("a",), [value], [0], "nats")
    assert float(rows(scene)[1][2]) == value
    assert json.loads(export.json(scene))["values"] == [value]


@pytest.mark.parametrize("version", ["alignscope", "model"])
def test_the_name_of_a_fact_holds_a_space_so_that_no_word_is_taken_for_it(version: str):
    head = next(csv.reader(io.StringIO(export.csv(TextScene(("a",), [1], [1], "share"), {version: "x"}))))
    assert head[-1] == ("alignscope version" if version == "alignscope" else "alignscope model")


# --- a page by itself


def page(scene: Any, **facts: str) -> ElementTree.Element:
    text = offline.html(svg(scene), "A title & more", facts or None).decode()
    picture = text[text.index("<svg") : text.index("</svg>") + 6] if text.count("</svg>") == 1 else ""
    return ElementTree.fromstring(picture)


def titles(root: ElementTree.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(NS + "title")]


def test_in_a_page_by_itself_each_cell_says_its_number():
    values = np.array([[0.75, 0.25]])
    root = page(MatrixScene(("le",), ("the", "cat"), values, values, "share"))
    assert titles(root) == ["0.750 share", "0.250 share"]


def test_with_wording_a_cell_of_the_page_is_a_sentence_that_names_long_words_whole():
    wording = Wording("Translation", "Source", "“{row}” looked at “{column}”: {value}", "{value} %")
    long = "Donaudampfschifffahrtsgesellschaft"
    values = np.array([[0.75, 0.25]])
    root = page(MatrixScene(("le",), (long, "cat"), values, values, "share", wording=wording))
    found = titles(root)
    assert f"“le” looked at “{long}”: 75 %" in found and "“le” looked at “cat”: 25 %" in found


def test_a_word_of_the_page_says_its_value_and_what_else_is_known_of_it_once():
    root = page(TextScene(("good", "film"), [0.5, 0.25], [1, 0.5], "share", details=("first guess", "")))
    assert titles(root) == ["good  0.500 share\nfirst guess", "film  0.250 share"]
    for group in nodes(root, "g"):
        assert len(list(group.iter(NS + "title"))) <= 1


def test_sentences_of_the_page_are_told_in_the_unit_of_their_bars():
    found = titles(page(document()))
    assert "1  0.400 share of all" in found and "film  0.750 share" in found
    assert not [title for title in found if title.startswith(("2  ", "Bad"))]  # it was switched off


def test_a_page_by_itself_runs_nothing_fetches_nothing_and_says_what_it_shows():
    scene = MatrixScene(("<script>",), ("b",), [[1]], [[1]], "share")
    text = offline.html(svg(scene), "A <b> title", {"model": 'm "quoted"', "text": "<i>\x00"}).decode()
    assert "<script" not in text and "default-src 'none'" in text and "<title>A &lt;b&gt; title</title>" in text
    described = ElementTree.fromstring(
        text[text.index('<meta name="description"') :].partition(">")[0].rstrip("/") + "/>"
    )
    assert json.loads(described.get("content", "")) == {"model": 'm "quoted"', "text": "<i>\ufffd"}


# --- fonts


def test_a_family_covers_the_ends_of_its_ranges_and_nothing_between_them():
    cover = fonts.Cover([(0x61, 0x63), (0x41, 0x41)])
    assert [c in cover for c in "@AB`abcd"] == [False, True, False, False, True, True, True, False]
    assert "a" not in fonts.Cover([])


@pytest.mark.parametrize(
    ("character", "package"),
    [
        ("猫", "fonts-noto-cjk"),
        ("한", "fonts-noto-cjk"),
        ("Ａ", "fonts-noto-cjk"),
        ("👍", "fonts-noto-color-emoji"),
        ("𓀀", "fonts-noto-core"),
        ("ي", "fonts-noto-core"),
    ],
)
def test_what_no_font_can_write_is_sought_in_the_package_of_its_script(monkeypatch, character: str, package: str):
    monkeypatch.setattr(fonts, "installed", lambda: {"Any": fonts.Cover([(0x20, 0x7E)])})
    assert fonts.missing(f"a {character} b") == (fonts.Missing(character, package),)
    assert fonts.warnings("plain text") == []


def test_each_package_is_named_once_with_all_its_characters(monkeypatch):
    monkeypatch.setattr(fonts, "installed", lambda: {"Any": fonts.Cover([(0x20, 0x7E)])})
    assert fonts.missing("猫a狗👍猫") == (
        fonts.Missing("狗猫", "fonts-noto-cjk"),
        fonts.Missing("👍", "fonts-noto-color-emoji"),
    )
    (first, _) = fonts.warnings("猫👍", lambda sentence: f"zh: {sentence}")
    assert first == "zh: No font on this machine can draw 猫 in a PNG or PDF. Install the package fonts-noto-cjk."


def test_the_first_family_that_can_write_all_is_chosen_else_the_one_that_can_write_most(monkeypatch):
    first, second = fonts.WANTED[1], fonts.WANTED[4]
    here = {
        second: fonts.Cover([(0x20, 0x7E), (0x4E00, 0x9FFF)]),
        first: fonts.Cover([(0x20, 0x7E)]),
        "Other": fonts.Cover([(0, 0x10FFFF)]),
    }
    monkeypatch.setattr(fonts, "installed", lambda: here)
    assert fonts.family("abc") == first and fonts.family("猫a") == second
    assert fonts.family("") == first
    monkeypatch.setattr(fonts, "installed", lambda: {"Other": here["Other"]})
    assert fonts.family("abc") is None


def test_a_list_of_fonts_is_read_with_all_the_names_of_each(monkeypatch):
    listing = "Noto Sans,Noto Sans Thin:charset=20-7e a0\nNoto Sans:charset=4e00\n\nBare:charset=\n"
    monkeypatch.setattr(fonts.shutil, "which", lambda name: "/usr/bin/fc-list")
    monkeypatch.setattr(fonts.subprocess, "run", lambda *a, **k: type("Done", (), {"stdout": listing})())
    here = fonts.installed.__wrapped__()
    assert {"Noto Sans", "Noto Sans Thin", "Bare"} <= here.keys()
    assert all(c in here["Noto Sans"] for c in (" ", "~", "\u00a0", "一")) and "一" not in here["Noto Sans Thin"]
    assert "\x7f" not in here["Noto Sans"] and "a" not in here["Bare"]
    monkeypatch.setattr(fonts.shutil, "which", lambda name: None)
    assert fonts.installed.__wrapped__() == {}
