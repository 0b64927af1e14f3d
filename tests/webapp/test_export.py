"""What is taken away holds what was seen, and does no harm where it is opened."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
import zlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from webapp.figures.drawing.panels import panels
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.theme import DARK, LIGHT
from webapp.figures.drawing.typeset import END, ISOLATE, is_right_to_left, isolated, legal, wrapped
from webapp.figures.files import export, fonts, offline
from webapp.figures.files.archive import archived
from webapp.figures.scenes.scene import LinesScene, Link, MatrixScene, TextScene

FACTS = {"model": "translation/en-fr-additive", "text": 'a "quoted" <b> & 中文 \x00'}
FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", '=HYPERLINK("http://x")', "＝1"]
needs_fontconfig = pytest.mark.skipif(shutil.which("fc-list") is None, reason="fontconfig is not installed")


def matrix(rows: tuple[str, ...] = ("la", "maison"), columns: tuple[str, ...] = ("the", "house")) -> MatrixScene:
    values = np.random.default_rng(0).dirichlet(np.ones(len(columns)), len(rows))
    return MatrixScene(rows, columns, values, values, "share", links=frozenset({(0, 0)}))


def lines(words: tuple[str, ...] = ("a", "b")) -> LinesScene:
    return LinesScene(words, words, (Link(0, 1, 0.1234567, 0.12), Link(1, 0, 0.5, 0.5)), "share", shown=0.9)


def text(words: tuple[str, ...] = ("a", "b")) -> TextScene:
    return TextScene(words, np.array([0.1234567, -2]), np.array([0.1, 0]), "nats")


def pixels(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGB")


def rgb(code: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(code[1:]))


@pytest.mark.parametrize("scene", [matrix(), lines(), text()])
def test_each_scene_becomes_an_svg_a_png_and_a_pdf(scene):
    picture = svg(scene)
    width, height = (int(ElementTree.fromstring(picture).get(side)) for side in ("width", "height"))
    assert pixels(export.png(picture, scale=2)).size == (2 * width, 2 * height)
    assert export.pdf(picture).startswith(b"%PDF-")
    assert ElementTree.fromstring(export.svg_file(picture)).get("width") == str(width)


def test_a_saved_svg_needs_no_style_from_elsewhere_and_says_what_it_shows():
    saved = export.svg_file(svg(matrix()), FACTS)
    assert b"var(" not in saved and LIGHT["weight"].encode() in saved
    stamp = ElementTree.fromstring(saved).findtext(f"{{{export.NAMESPACE}}}metadata")
    assert json.loads(stamp) == {"model": FACTS["model"], "text": legal(FACTS["text"])}


def test_a_png_is_whole_and_says_what_it_shows():
    image = export.png(svg(matrix()), FACTS)
    opened = Image.open(io.BytesIO(image))
    opened.load()
    assert json.loads(opened.text["Description"])["model"] == FACTS["model"]
    at, chunks = 8, 0
    while at < len(image):
        size = int.from_bytes(image[at : at + 4], "big")
        body = image[at + 4 : at + 8 + size]
        assert zlib.crc32(body) == int.from_bytes(image[at + 8 + size : at + 12 + size], "big")
        at, chunks = at + 12 + size, chunks + 1
    assert chunks >= 4


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_png_has_the_colours_of_the_scale(palette):
    scene = MatrixScene(("a",), ("b", "c"), [[1, 0]], [[1, 0]], "share")
    root = ElementTree.fromstring(svg(scene))
    x, y, cell = (float(root.get(f"data-{name}")) for name in ("x", "y", "cell"))
    image = pixels(export.png(svg(scene), scale=1, palette=palette))
    assert image.getpixel((int(x + cell / 2), int(y + cell / 2))) == rgb(palette["weight"])
    assert image.getpixel((int(x + cell * 1.5), int(y + cell / 2))) == rgb(palette["paper"])


def test_words_on_paper_are_those_of_the_picture():
    picture = svg(matrix(("maison", "مرحبا!"), ("<s>", "var(--as-x)")))
    assert all(word in export.words(picture) for word in ("maison", "مرحبا!", "<s>", "var(--as-x)"))


@needs_fontconfig
def test_words_of_each_script_ask_for_a_font_that_can_write_them():
    here = fonts.installed()
    for word in ("house", "− →", "maison"):
        assert all(c in here[fonts.family(word)] for c in word.replace(" ", ""))


@needs_fontconfig
def test_what_no_font_can_draw_is_named_with_the_package_to_install():
    nobody = "\U0003fffd"
    assert fonts.missing(f"a{nobody}") == (fonts.Missing(nobody, "fonts-noto-cjk"),)
    assert nobody in fonts.warnings(nobody)[0] and "fonts-noto-cjk" in fonts.warnings(nobody)[0]
    assert fonts.warnings("abc \u200d\ufe0f") == []


def test_without_fontconfig_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr(fonts, "installed", lambda: {})
    assert fonts.warnings("\U0003fffd") == [] and fonts.family("a") is None
    assert export.png(svg(matrix()), scale=1).startswith(b"\x89PNG")


ARABIC = "لا أحب القطة السوداء لأنها تأكل السمك كل يوم"


@pytest.mark.parametrize("room", [120, 200, 2000])
def test_a_quotation_from_right_to_left_turns_no_line_round(room: int):
    said = f"model (1234), “{isolated(ARABIC)}”, Alignscope"
    lines = wrapped(said, room, 11)
    assert " ".join(lines).translate({ord(ISOLATE): None, ord(END): None}) == said.replace(ISOLATE, "").replace(END, "")
    for line in lines:
        assert line.count(ISOLATE) == line.count(END)
        assert not any(is_right_to_left(c) for c in re.sub(f"{ISOLATE}[^{END}]*{END}", "", line))


def test_a_note_keeps_its_direction_in_a_file_and_a_word_has_its_own():
    scene = replace(matrix((ARABIC[:4], "b")), note=f"{isolated(ARABIC)} is read")
    drawn = ElementTree.fromstring(export.on_paper(svg(scene), LIGHT))
    texts = [node.text or "" for node in drawn.iter(f"{{{export.NAMESPACE}}}text")]
    assert f"\u2067{ARABIC[:4]}\u2069" in texts
    assert not any(text.startswith("\u2067") and "is read" in text for text in texts)


def test_many_figures_become_one_that_holds_the_numbers_of_each():
    named = [(f"figure {k}", matrix()) for k in range(9)]
    picture = panels(named, note="where from")
    root = ElementTree.fromstring(picture)
    inner = root.findall(f"{{{export.NAMESPACE}}}svg")
    assert len(inner) == 9
    boxes = [tuple(float(one.get(key, "0")) for key in ("x", "y", "width", "height")) for one in inner]
    across, down = float(root.get("width", "0")), float(root.get("height", "0"))
    assert all(x >= 0 and y >= 0 and x + w <= across and y + h <= down for x, y, w, h in boxes)
    assert not [(a, b) for a in boxes for b in boxes if a < b and overlap(a, b)]
    assert len({y for _, y, _, _ in boxes}) > 1  # more than one line of them
    words = export.words(picture)
    assert all(name in words for name, _ in named) and "where from" in words
    assert len(root.findall(f".//{{{export.NAMESPACE}}}rect[@data-value]")) == 9 * 4
    assert pixels(export.png(picture, scale=1)).size == (across, down)
    assert export.pdf(picture).startswith(b"%PDF-")
    assert b"<title>" in offline.html(picture, "all")


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def test_an_archive_holds_every_file_under_its_name_and_is_the_same_each_time():
    files = [("a.csv", lambda: "é,1\r\n"), ("b.png", lambda: b"\x89PNG")]
    made = archived(files)
    assert made == archived(files)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "a.csv": "é,1\r\n".encode(),
            "b.png": b"\x89PNG",
        }


@pytest.mark.parametrize("word", FORMULAS)
def test_no_word_of_a_table_is_run_as_a_formula(word):
    for scene in (matrix((word, "b"), (word, "c")), lines((word, "b")), text((word, "b"))):
        cells = [cell for row in csv.reader(io.StringIO(export.csv(scene), newline="")) for cell in row]
        assert f"'{word}" in cells and word not in cells


def test_numbers_of_a_table_stay_numbers_also_below_zero():
    rows = list(csv.reader(io.StringIO(export.csv(text()))))
    assert rows[0] == ["", "word", "nats"] and float(rows[2][2]) == -2


@pytest.mark.parametrize("scene", [matrix(), lines(), text()])
def test_each_row_of_a_table_says_where_it_comes_from(scene):
    plain, told = (list(csv.reader(io.StringIO(export.csv(scene, facts)))) for facts in (None, FACTS))
    assert [row[: len(plain[0])] for row in told] == plain
    assert told[0][len(plain[0]) :] == ["alignscope model", "alignscope text"]
    assert {tuple(row[len(plain[0]) :]) for row in told[1:]} == {(FACTS["model"], legal(FACTS["text"]))}


@given(st.lists(st.text(max_size=8), min_size=1, max_size=4))
def test_every_word_and_number_of_a_table_reads_back(words):
    scene = matrix(tuple(words), tuple(words))
    rows = list(csv.reader(io.StringIO(export.csv(scene), newline="")))
    assert [cell.removeprefix("'") for cell in rows[0][1:]] == [legal(word).removeprefix("'") for word in words]
    assert np.array_equal(np.array([row[1:] for row in rows[1:]], float), scene.values)


@pytest.mark.parametrize("scene", [matrix(), lines(), text()])
def test_json_holds_numbers_in_full_and_words_exactly(scene):
    body = json.loads(export.json(scene, {"model": "m"}))
    assert body["format"] == 1 and body["model"] == "m" and body["unit"] == scene.unit
    if isinstance(scene, LinesScene):
        assert body["links"][0] == {"row": 0, "column": 1, "value": 0.1234567}
    else:
        assert np.array_equal(body["values"], scene.values)


@given(st.text(st.characters(exclude_categories=())))
def test_json_keeps_any_word_as_it_is(word):
    assert json.loads(export.json(text((word, "b"))))["words"] == [word, "b"]
