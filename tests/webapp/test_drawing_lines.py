"""Lines between two sentences begin and end at the very words that they join, the stronger the darker."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.svg import nodes, number, path, root_of, texts, words
from webapp.figures.scenes.scene import LinesScene, Link
from webapp.figures.scenes.wording import Wording

WORDS = st.lists(st.text("abcdefg", min_size=1, max_size=9), min_size=1, max_size=7)
SHARES = st.floats(0, 1, width=32)


@st.composite
def scenes(draw: st.DrawFn, upright: bool) -> LinesScene:
    top, bottom = tuple(draw(WORDS)), tuple(draw(WORDS))
    pairs = draw(st.sets(st.tuples(st.integers(0, len(bottom) - 1), st.integers(0, len(top) - 1)), max_size=12))
    links = tuple(Link(row, column, value := draw(SHARES), value) for row, column in sorted(pairs))
    title = draw(st.sampled_from(["", "Head 3"]))
    return LinesScene(top, bottom, links, "share", title=title, upright=upright)


def drawn(scene: LinesScene, compact: bool) -> tuple[dict[tuple[int, int], list[float]], list[float], list[float]]:
    """The path of each line, and where the words of the rows and columns stand along them."""
    root = root_of(scene, compact=compact)
    size = number(root, "font-size")
    along = (lambda node: number(node, "y") - size * 0.35) if scene.upright else (lambda node: number(node, "x"))
    lines = {
        (int(number(node, "data-row")), int(number(node, "data-column"))): path(node) for node in nodes(root, "path")
    }
    return lines, *([along(node) for node in words(root, axis)] for axis in ("row", "column"))


@given(scenes(upright=False), st.booleans())
@settings(max_examples=40)
def test_a_line_runs_from_the_middle_of_its_row_word_to_the_middle_of_its_column_word(scene: LinesScene, compact: bool):
    lines, rows, columns = drawn(scene, compact)
    assert lines.keys() == {(link.row, link.column) for link in scene.links}
    for (row, column), (x1, y1, cx1, _, cx2, _, x2, y2) in lines.items():
        assert (x1, x2) == pytest.approx((rows[row], columns[column]), abs=0.02)
        assert (cx1, cx2) == (x1, x2)  # it leaves and arrives upright
        assert y2 < y1


@given(scenes(upright=True), st.booleans())
@settings(max_examples=40)
def test_between_columns_a_line_runs_from_the_height_of_one_word_to_that_of_the_other(scene: LinesScene, compact: bool):
    lines, rows, columns = drawn(scene, compact)
    for (row, column), (x1, y1, _, cy1, _, cy2, x2, y2) in lines.items():
        assert (y1, y2) == pytest.approx((rows[row], columns[column]), abs=0.02)
        assert (cy1, cy2) == (y1, y2)  # it leaves and arrives level
        assert x1 < x2


@given(scenes(upright=False), st.booleans())
@settings(max_examples=40)
def test_no_two_words_of_a_sentence_meet_and_both_sentences_stand_in_the_middle(scene: LinesScene, compact: bool):
    _, rows, columns = drawn(scene, compact)
    across = number(root_of(scene, compact=compact), "width")
    for places in (rows, columns):
        assert all(a < b for a, b in itertools.pairwise(places))
        assert places[0] > 0 and places[-1] < across
    one_word = [places for places in (rows, columns) if len(places) == 1]
    assert all(places[0] == pytest.approx(across / 2, abs=1) for places in one_word)


@given(scenes(upright=True), st.booleans())
@settings(max_examples=40)
def test_in_columns_words_are_a_line_apart_and_the_shorter_column_stands_in_the_middle(
    scene: LinesScene, compact: bool
):
    _, rows, columns = drawn(scene, compact)
    steps = {round(b - a, 1) for places in (rows, columns) for a, b in itertools.pairwise(places)}
    assert len(steps) <= 1
    assert np.mean(rows) == pytest.approx(np.mean(columns), abs=0.02)
    root = root_of(scene, compact=compact)
    assert min(rows + columns) > 0 and max(rows + columns) < number(root, "height")


@pytest.mark.parametrize("upright", [False, True])
def test_a_stronger_line_is_darker_and_wider_and_lies_above_the_weaker(upright: bool):
    shades = [0.9, 0.1, 0.5, 0.0, 1.0]
    links = tuple(Link(0, k, shade, shade) for k, shade in enumerate(shades))
    scene = LinesScene(tuple("abcde"), ("x",), links, "share", upright=upright)
    paths = nodes(root_of(scene), "path")
    assert [int(number(node, "data-column")) for node in paths] == [3, 1, 2, 0, 4]
    for name in ("stroke-opacity", "stroke-width"):
        values = [number(node, name) for node in paths]
        assert all(a < b for a, b in itertools.pairwise(values)) and values[0] > 0
    assert number(paths[-1], "stroke-opacity") == 1


@pytest.mark.parametrize("upright", [False, True])
def test_a_line_says_its_value_and_a_word_whose_it_is(upright: bool):
    scene = LinesScene(
        ("the", "cat"), ("le",), (Link(0, 1, 0.7654, 0.8),), "share", sides=("target", "source"), upright=upright
    )
    root = root_of(scene)
    assert [node.get("data-value") for node in nodes(root, "path")] == ["0.765"]
    assert [(node.text, node.get("data-side")) for node in words(root, "column")] == [
        ("the", "source"),
        ("cat", "source"),
    ]
    assert [(node.text, node.get("data-side")) for node in words(root, "row")] == [("le", "target")]
    assert (root.get("data-rows"), root.get("data-columns"), root.get("data-sides")) == ("1", "2", "target source")


@pytest.mark.parametrize("upright", [False, True])
def test_a_small_figure_of_lines_has_its_title_and_no_note(upright: bool):
    scene = LinesScene(("a",), ("b",), (), "share", title="Head 3", note="each row sums to 1", upright=upright)
    whole, small = texts(root_of(scene)), texts(root_of(scene, compact=True))
    assert "Head 3" in whole and "Head 3" in small
    assert "each row sums to 1" in whole and "each row sums to 1" not in small


def test_what_a_cell_is_called_goes_with_the_lines_where_the_page_says_so():
    wording = Wording("Translation", "Source", "“{row}” looked at “{column}”: {value}", "{value} %")
    root = root_of(LinesScene(("the",), ("le",), (Link(0, 0, 0.5, 0.5),), "share", wording=wording))
    assert (root.get("data-says"), root.get("data-form")) == (wording.cell, wording.value)
    assert root.get("aria-label") == "“le” looked at “the”: 50 %"
    plain = root_of(LinesScene(("the",), ("le",), (Link(0, 0, 0.5, 0.5),), "share"))
    assert plain.get("data-says") is None and plain.get("aria-label") == "“le”: most at “the”, 0.500 share"


def test_aloud_only_the_strongest_line_of_a_word_is_said():
    links = (Link(1, 0, 0.2, 0.2), Link(0, 1, 0.3, 0.3), Link(1, 1, 0.6, 0.6), Link(0, 0, 0.25, 0.25))
    root = root_of(LinesScene(("the", "cat"), ("le", "chat"), links, "share", title="Lines"))
    assert root.get("aria-label") == "Lines. “le”: most at “cat”, 0.300 share; “chat”: most at “cat”, 0.600 share"
