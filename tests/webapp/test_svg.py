"""What is drawn: well-formed, exact in its words, true in its shades, even to the eye."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.colours import colour, contrast, lightness
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.text import PALE
from webapp.figures.drawing.theme import DARK, LIGHT, SWITCH, settled
from webapp.figures.drawing.typeset import Label, clusters, escape, is_right_to_left, legal, width, wrapped
from webapp.figures.scenes.scene import LinesScene, Link, MatrixScene, TextScene
from webapp.figures.scenes.wording import Wording

NS = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>window.top.__xss=1</script>",
    '"><img src=x onerror="alert(1)">',
    "</text></svg><script>1</script>",
    "]]><!-- &lt;",
    "<s>",
    "</s>",
    "<unk>",
    "[CLS]",
    "##ing",
    "$x$",
    "&amp;",
    "_x_",
    "*it*",
    ":smile:",
    "NaN",
    "null",
    "=1+1",
    "var(--as-ink, #1c2733)",
    "url(http://xss.invalid/)",
    "中文",
    "مرحبا",
    "\U0001f469\u200d\U0001f4bb",
    "a\u2028b",
    "x y",
    " the",
    "\t",
    "Donaudampfschifffahrtsgesellschaftskapitänsmütze",
    "x" * 5000,
    "a" + "\u0316\u0301" * 500,
    "\u202eabc",
]
WORDS = st.lists(st.text(max_size=12), min_size=1, max_size=5)


def matrix(rows: list[str], columns: list[str], seed: int = 0, **more: object) -> MatrixScene:
    values = np.random.default_rng(seed).dirichlet(np.ones(len(columns)), len(rows))
    return MatrixScene(tuple(rows), tuple(columns), values, values, "share", **more)


def scenes(words: list[str]) -> list[MatrixScene | LinesScene | TextScene]:
    n = len(words)
    links = tuple(Link(k, n - 1 - k, 0.5, 0.5) for k in range(n))
    return [
        matrix(words, words, title=words[0], note=words[-1], links=frozenset({(0, 0)})),
        LinesScene(tuple(words), tuple(words), links, "share", title=words[0], note=words[-1]),
        TextScene(tuple(words), np.linspace(0, 1, n), np.linspace(0, 1, n), "share", title=words[0], note=words[-1]),
    ]


def words_of(picture: str) -> dict[tuple[str, int], set[str]]:
    """For each word element its text and its title: what it shows, and the whole it stands for."""
    found = {}
    for node in ElementTree.fromstring(picture).iter(f"{NS}text"):
        if "data-side" in node.attrib:
            found[node.get("data-axis"), int(node.get("data-index"))] = {node.text, node.findtext(f"{NS}title")}
    return found


def cells_of(picture: str) -> dict[tuple[int, int], ElementTree.Element]:
    nodes = ElementTree.fromstring(picture).iter()
    return {(int(n.get("data-row")), int(n.get("data-column"))): n for n in nodes if n.get("data-row")}


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_word_is_text_and_stays_whole(word):
    for scene in scenes([word, "plain"]):
        found = words_of(svg(scene))
        name = "U+0009 control character" if word == "\t" else word
        assert name in found["column", 0]
        assert "plain" in found["column", 1]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_title_note_unit_or_group_adds_no_element(word):
    plain = svg(matrix(["a", "b"], ["c", "d"], title="t", note="n"), group="g")
    hostile = svg(matrix(["a", "b"], ["c", "d"], title=word, note=word), group=word)
    assert {n.tag for n in ElementTree.fromstring(hostile).iter()} <= {
        n.tag for n in ElementTree.fromstring(plain).iter()
    }
    assert ElementTree.fromstring(hostile).get("data-group") == word


@settings(max_examples=150)
@given(WORDS)
def test_any_words_give_a_well_formed_picture_that_names_them_in_order(words):
    for scene in scenes(words):
        found = words_of(svg(scene))
        for k, word in enumerate(words):
            shown = Label.of(word)
            assert {legal(word), shown.full} & found["column", k]


@given(st.text(st.characters(exclude_categories=())))
def test_escaped_text_reads_back_and_encodes(text):
    escape(text).encode()
    assert ElementTree.fromstring(f"<a>{escape(text)}</a>").text == (legal(text) or None)
    assert ElementTree.fromstring(f'<a b="{escape(text)}"/>').get("b") == legal(text)


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ud800", "\ufffe", "\x7f", "\x85"])
def test_what_no_document_may_hold_is_replaced(bad):
    assert words_of(svg(matrix([f"a{bad}b"], ["c"])))["row", 0] == {"a\ufffdb", None}


@pytest.mark.parametrize("word", ["", " ", "\u200b", "\u200b\u200d\ufeff", "\u00a0", "\u3000", "\u202e", "\n"])
def test_a_word_without_ink_is_shown_by_a_sign_and_named(word):
    label = Label.of(word)
    assert label.shown.strip() and label.full and label.width > 0
    assert not word or f"U+{ord(word[0]):04X}" in label.full


@given(st.text(min_size=1, max_size=80), st.floats(20, 200))
def test_a_word_is_never_cut_without_a_sign(word, budget):
    label = Label.of(word, budget)
    assert label.shown == legal(word) or label.full is not None


@given(st.text(min_size=3, max_size=80), st.floats(60, 200))
def test_a_shortened_word_keeps_to_its_room_but_for_one_character(word, budget):
    label = Label.of(word, budget, 14)
    assert label.width <= budget + 14 * 3


def test_a_word_is_cut_between_characters_as_readers_see_them():
    assert clusters("e\u0301a") == ["e\u0301", "a"]
    assert clusters("\U0001f469\u200d\U0001f4bbx") == ["\U0001f469\u200d\U0001f4bb", "x"]
    assert width("e\u0301") == width("e") and width("中") > width("a")


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_a_darker_cell_never_has_the_smaller_value(values):
    row = np.array([values])
    picture = svg(MatrixScene(("r",), tuple("c" for _ in values), row, row, "share"))
    drawn = [float(cells_of(picture)[0, k].get("fill-opacity")) for k in range(len(values))]
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(drawn)[order]) >= 0).all()


def test_each_cell_says_its_row_column_and_value_in_three_digits():
    picture = svg(
        MatrixScene(("a", "b"), ("c", "d", "e"), [[0.1, 0.23456, 0], [1, 12.345, -0.5]], np.zeros((2, 3)), "nats")
    )
    assert {k: n.get("data-value") for k, n in cells_of(picture).items()} == {
        (0, 0): "0.100",
        (0, 1): "0.235",
        (0, 2): "0",
        (1, 0): "1.00",
        (1, 1): "12.3",
        (1, 2): "-0.500",
    }


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (25, 25), (60, 60), (1, 200), (200, 200)])
def test_every_value_can_be_read_from_a_matrix_of_any_size(rows, columns):
    scene = matrix([f"r{k}" for k in range(rows)], [f"c{k}" for k in range(columns)])
    root = ElementTree.fromstring(svg(scene))
    values = next(n for n in root.iter() if n.get("data-values")).get("data-values").split(",")
    assert np.allclose(np.array(values, float).reshape(rows, columns), scene.values, rtol=0.006)
    assert len(list(root.iter())) < 2_500 + 3 * (rows + columns) + 100


@pytest.mark.parametrize(("diverging", "images"), [(False, 1), (True, 2)])
def test_a_matrix_of_too_many_cells_for_words_holds_them_as_images(diverging, images):
    values = np.linspace(-1 if diverging else 0, 1, 300 * 300).reshape(300, 300)
    scene = MatrixScene(("r",) * 300, ("c",) * 300, values, values, "share", note="a note", diverging=diverging)
    root = ElementTree.fromstring(svg(scene))
    assert [node.tag.rpartition("}")[2] for node in root.iter()].count("image") == images
    assert "a note" in [node.text for node in root.iter()]


def test_the_columns_of_a_matrix_lie_where_the_picture_says():
    root = ElementTree.fromstring(svg(matrix(["a", "b", "c"], ["d", "e", "f", "g"])))
    x, y, cell = (float(root.get(f"data-{name}")) for name in ("x", "y", "cell"))
    for (i, j), node in cells_of(svg(matrix(["a", "b", "c"], ["d", "e", "f", "g"]))).items():
        assert x + j * cell <= float(node.get("x")) < x + (j + 1) * cell
        assert y + i * cell <= float(node.get("y")) < y + (i + 1) * cell


def test_zero_is_the_background():
    picture = svg(MatrixScene(("a",), ("b",), [[0]], [[0]], "share"))
    assert cells_of(picture)[0, 0].get("fill-opacity") == "0"


def test_words_of_a_right_to_left_sentence_begin_at_the_right():
    def places(scene):
        nodes = ElementTree.fromstring(svg(scene)).iter(f"{NS}text")
        return [float(n.get("x")) for n in nodes if n.get("data-axis") == "column"]

    arabic, english = ("مرحبا", "بالعالم", "</s>"), ("hello", "world", "</s>")
    for words, leftward in ((arabic, True), (english, False)):
        for scene in (LinesScene(words, ("a",), (), ""), TextScene(words, np.zeros(3), np.zeros(3), "")):
            assert (places(scene) == sorted(places(scene), reverse=True)) == leftward
    assert is_right_to_left("!مرحبا") and not is_right_to_left("a مرحبا")


def test_long_text_is_broken_into_lines_and_none_leaves_the_picture():
    words = tuple(f"word{k}" for k in range(200))
    root = ElementTree.fromstring(svg(TextScene(words, np.zeros(200), np.zeros(200), "")))
    assert float(root.get("width")) <= 740
    assert {float(n.get("x")) for n in root.iter(f"{NS}rect")} <= set(np.arange(0, 740, 0.01).round(2).tolist())
    assert wrapped("one two three", width("one two"), 14) == ["one two", "three"]


def test_the_picture_says_aloud_where_each_row_looked_most():
    scene = MatrixScene(("maison",), ("the", "house"), [[0.19, 0.81]], [[0.19, 0.81]], "share", title="Additive")
    label = ElementTree.fromstring(svg(scene)).get("aria-label")
    assert label == "Additive. “maison”: most at “house”, 0.810 share"


def test_the_picture_speaks_the_language_of_the_visitor():
    scene = MatrixScene(("maison",), ("house",), [[0.81]], [[0.81]], "份")
    chinese = {"{row}: most at {column}, {value} {unit}": "{row}最关注{column}，{value} {unit}"}
    said = svg(scene, t=lambda sentence: chinese.get(sentence, sentence))
    assert ElementTree.fromstring(said).get("aria-label") == "“maison”最关注“house”，0.810 份"


def test_a_figure_with_wording_names_its_axes_and_says_a_cell_as_a_sentence():
    wording = Wording("Translation", "Source", "“{row}” looked at “{column}”: {value}", "{value} %")
    values = [[0.0105, 0.9895], [0.0001, 0.5]]
    root = ElementTree.fromstring(
        svg(MatrixScene(("noir", "chat"), ("the", "black"), values, values, "share", wording=wording))
    )
    assert root.get("aria-label") == "“noir” looked at “black”: 99 %; “chat” looked at “black”: 50 %"
    assert {"Source →", "Translation ↓"} <= {node.text for node in root.iter(f"{NS}text")}
    assert root.get("data-says") == wording.cell and root.get("data-form") == wording.value
    assert [wording.written(value) for value in (0, 0.0001, 0.0105, 0.0996, 0.45, 1)] == [
        "0 %",
        "<0.1 %",
        "1.1 %",
        "10 %",
        "45 %",
        "100 %",
    ]


def test_colours_are_variables_on_screen_and_plain_on_paper():
    for scene in scenes(["var(--as-ink, #1c2733)", "b"]):
        picture = svg(scene)
        assert not re.findall(r'(?:fill|stroke)="#', picture)
        plain = settled(picture, DARK)
        assert 'fill="var(' not in plain and DARK["ink"] in plain
        assert "var(--as-ink, #1c2733)" in words_of(plain)["column", 0]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["weight", "negative"])
def test_the_scale_is_even_to_the_eye(palette, name):
    paper, full = colour(palette["paper"]), colour(palette[name])
    shades = np.linspace(0, 1, 21)
    found = np.array([lightness(paper * (1 - s) + full * s) for s in shades])
    even = found[0] + shades * (found[-1] - found[0])
    assert abs(found - even).max() < 5 and abs(found[-1] - found[0]) > 60
    assert (np.abs(np.diff(found)) > 1.8).all()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["weight", "negative"])
def test_words_can_be_read_on_any_shade(palette, name):
    """WCAG AA asks for 4.5 : 1."""
    seen = {key: colour(code) for key, code in palette.items()}
    for shade in np.linspace(0, 1, 101):
        ground = seen["paper"] * (1 - shade) + seen[name] * shade
        word = "reverse" if shade >= SWITCH else "word" if shade >= PALE else "ink"
        assert contrast(ground, seen[word]) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_words_and_notes_stand_out_from_the_paper(palette):
    for name in ("ink", "muted", "accent"):
        assert contrast(colour(palette["paper"]), colour(palette[name])) >= 4.5


def test_a_text_is_said_as_it_is_read_and_then_its_strongest_words():
    words = ("Je", "n'", "aime", "pas", "猫", ".")
    scene = TextScene(words, np.arange(6.0), np.zeros(6), "nats")
    drawn = ElementTree.fromstring(svg(scene))
    assert str(drawn.get("aria-label")).startswith("Je n' aime pas猫.. “.” 5.00 nats; “猫” 4.00 nats")
    spaced = [
        node.get("data-space") for node in drawn.iter("{http://www.w3.org/2000/svg}text") if node.get("data-side")
    ]
    assert spaced == [None, "1", "1", "1", None, None]
