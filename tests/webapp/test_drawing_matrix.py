"""A matrix drawn: marks in their cells, words at their rows and columns, a legend that says what darkest means."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.svg import Box, nodes, number, path, root_of, texts, words
from webapp.figures.drawing import large, raster
from webapp.figures.drawing.matrix import ALL_CELLS, EACH_CELL, ends
from webapp.figures.scenes.scene import MatrixScene
from webapp.figures.scenes.wording import Wording

SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def scene(rows: int, columns: int, seed: int = 0, **more: object) -> MatrixScene:
    values = np.random.default_rng(seed).dirichlet(np.ones(columns), rows)
    names = (tuple(f"{letter}{k}" for k in range(size)) for letter, size in (("r", rows), ("c", columns)))
    return MatrixScene(*names, values, values, "share", **more)


def cell(root, row: int, column: int) -> Box:
    """Where a cell lies according to the facts that the browser goes by."""
    x, y, side = (number(root, f"data-{name}") for name in ("x", "y", "cell"))
    return Box(x + column * side, y + row * side, side, side)


@given(SIZES, st.data(), st.booleans())
@settings(max_examples=40)
def test_every_mark_lies_in_the_cell_that_it_marks(size: tuple[int, int], data: st.DataObject, compact: bool):
    rows, columns = size
    pairs = st.frozensets(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)), max_size=6)
    sure, possible, links = (data.draw(pairs) for _ in range(3))
    root = root_of(scene(rows, columns, sure=sure, possible=possible, links=links), compact=compact)
    for kind, wanted in (("sure", sure), ("possible", possible - sure)):
        boxes = [Box.of(node) for node in nodes(root, "rect", data_mark=kind)]
        assert len(boxes) == len(wanted)
        for box, (row, column) in zip(boxes, sorted(wanted), strict=True):
            around = cell(root, row, column)
            assert around.left < box.left and box.right < around.right
            assert around.top < box.top and box.bottom < around.bottom
    drawn = nodes(root, "circle", data_mark="link")
    dots = drawn[: len(links)]
    assert len(drawn) == len(links) + (bool(links) and not compact)  # one more stands in the legend
    for dot, (row, column) in zip(dots, sorted(links), strict=True):
        around = cell(root, row, column)
        middle = (around.left + around.width / 2, around.top + around.height / 2)
        assert (number(dot, "cx"), number(dot, "cy")) == pytest.approx(middle, abs=0.02)


def test_a_sure_link_has_a_whole_frame_and_a_possible_one_a_broken_one():
    root = root_of(scene(2, 2, sure=frozenset({(0, 0)}), possible=frozenset({(0, 0), (1, 1)})))
    (sure,), (possible,) = (nodes(root, "rect", data_mark=kind) for kind in ("sure", "possible"))
    assert sure.get("stroke-dasharray") is None and possible.get("stroke-dasharray") is not None


@given(SIZES, st.booleans())
@settings(max_examples=30)
def test_a_row_word_stands_at_the_height_of_its_row_and_left_of_it(size: tuple[int, int], compact: bool):
    root = root_of(scene(*size), compact=compact)
    font = number(root, "font-size")
    for k, node in enumerate(words(root, "row")):
        around = cell(root, k, 0)
        assert number(node, "y") - font * 0.35 == pytest.approx(around.top + around.height / 2, abs=0.02)
        assert number(node, "x") < around.left and node.get("text-anchor") == "end"
    for k, node in enumerate(words(root, "column")):
        around = cell(root, 0, k)
        assert around.left < number(node, "x") < around.right and number(node, "y") < around.top


def test_long_words_over_narrow_columns_are_tilted_and_short_ones_stand_level():
    def turns(columns: tuple[str, ...]) -> list[str | None]:
        values = np.zeros((1, len(columns)))
        root = root_of(MatrixScene(("a",), columns, values, values, "share"))
        return [node.get("transform") for node in words(root, "column")]

    assert turns(("a", "b")) == [None, None]
    tilted = turns(("Donaudampfschiff", "b"))
    assert all(turn is not None and turn.startswith("rotate(-") for turn in tilted)


def test_chinese_over_narrow_columns_stands_upright():
    values = np.zeros((1, 2))
    root = root_of(MatrixScene(("a",), ("不喜欢黑色", "b" * 30), values, values, "share"))
    upright, tilted = words(root, "column")
    assert upright.get("writing-mode") == "tb" and upright.get("transform") is None
    assert tilted.get("writing-mode") is None and tilted.get("transform") is not None


def test_the_whole_of_every_word_lies_within_the_picture():
    long = tuple("incomprehensibilities" for _ in range(4))
    values = np.zeros((4, 4))
    root = root_of(MatrixScene(long, long, values, values, "share"))
    assert number(root, "data-x") > 100 and number(root, "data-y") > 80
    last = words(root, "column")[-1]
    assert number(last, "x") + 60 < number(root, "width")


def test_a_row_that_is_marked_is_bold_and_details_go_with_their_words():
    root = root_of(scene(2, 2, marked=frozenset({1}), details=(("first row", "second"), ("x", "first column"))))
    assert [node.get("font-weight") for node in words(root, "row")] == [None, "700"]
    assert [node.get("data-detail") for node in words(root, "row")] == ["first row", "second"]
    assert [node.get("data-detail") for node in words(root, "column")] == ["x", "first column"]
    plain = root_of(scene(2, 2))
    assert all(node.get("data-detail") is None for axis in ("row", "column") for node in words(plain, axis))


def test_details_that_do_not_fit_the_words_are_refused():
    with pytest.raises(ValueError, match="2 rows, 3 columns"):
        scene(2, 3, details=(("a",), ()))
    with pytest.raises(ValueError, match="2 rows, 3 columns"):
        scene(2, 3, details=((), ("a", "b")))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ("0", "1 share")),
        ({"maximum": 0.2576}, ("0", "0.258 share")),
        ({"maximum": 2.0, "diverging": True}, ("−2", "2 share")),
        ({"ends": ("0.1 %", "100 %")}, ("0.1 %", "100 %")),
    ],
)
def test_the_scale_says_what_its_ends_stand_for(more: dict[str, object], expected: tuple[str, str]):
    one = scene(2, 2, **more)
    assert ends(one) == expected
    found = texts(root_of(one))
    assert all(end in found for end in expected)


def test_the_legend_explains_the_marks_that_are_there_and_no_others():
    everything = {"sure": frozenset({(0, 0)}), "possible": frozenset({(0, 0), (1, 1)}), "links": frozenset({(1, 0)})}
    found = texts(root_of(scene(2, 2, **everything)))
    assert {"sure", "possible", "link found"} <= set(found)
    for left_out, word in (("sure", "sure"), ("links", "link found")):
        some = {name: pairs for name, pairs in everything.items() if name != left_out}
        assert word not in texts(root_of(scene(2, 2, **some)))
    # A possible link that is sure too is drawn as sure and needs no explanation of its own.
    both = frozenset({(0, 0)})
    assert "possible" not in texts(root_of(scene(2, 2, sure=both, possible=both)))


def test_a_small_matrix_has_no_legend_no_note_and_no_names_of_axes():
    wording = Wording("Translation", "Source", "{row} {column} {value}", "{value} %")
    one = scene(2, 2, note="each row sums to 1", links=frozenset({(0, 0)}), wording=wording, title="Head 3")
    whole, small = texts(root_of(one)), texts(root_of(one, compact=True))
    named = {"Source →", "Translation ↓", "each row sums to 1", "link found", "100 %"}
    assert named <= set(whole) and not named & set(small)
    assert "Head 3" in whole and "Head 3" in small


def test_an_axis_that_has_no_name_gets_no_arrow():
    for wording in (Wording(rows="Translation"), Wording(columns="Source"), Wording()):
        assert not [text for text in texts(root_of(scene(2, 2, wording=wording))) if "→" in text or "↓" in text]


@pytest.mark.parametrize("shade", [-1.0, -0.4, 0.0, 0.4, 1.0])
def test_below_zero_a_cell_has_the_other_hue_as_strong_as_its_size(shade: float):
    one = MatrixScene(("a",), ("b",), [[shade]], [[shade]], "share", diverging=True)
    (drawn,) = nodes(root_of(one), "rect", data_row="0", data_column="0")
    assert number(drawn, "fill-opacity") == abs(shade)
    assert ("negative" in drawn.get("fill", "")) == (shade < 0)


def test_cells_too_pale_to_see_are_elements_only_where_each_may_be_pointed_at():
    for side, drawn in ((5, 25), (25, 1)):
        values = np.zeros((side, side))
        values[2, 3] = 1
        names = tuple(map(str, range(side)))
        root = root_of(MatrixScene(names, names, values, values, "share"))
        assert len([node for node in nodes(root, "rect") if node.get("data-row")]) == drawn
        assert (side * side <= ALL_CELLS) == (drawn == side * side)


def test_very_many_cells_are_paths_of_one_step_of_shade_each():
    side = 60
    assert side * side > EACH_CELL
    shades = np.zeros((side, side))
    shades[4, 7], shades[59, 0], shades[1, 1] = 1, 0.5, 0.004
    names = tuple(map(str, range(side)))
    root = root_of(MatrixScene(names, names, shades, shades, "share"))
    levels = {number(node, "fill-opacity"): path(node) for node in nodes(root, "path") if node.get("fill-opacity")}
    assert set(levels) == {1.0, 0.5}
    for opacity, (row, column) in ((1.0, (4, 7)), (0.5, (59, 0))):
        box = cell(root, row, column)
        assert levels[opacity][:2] == [box.left, box.top] and levels[opacity][2] == box.width


def test_a_title_longer_than_the_matrix_makes_the_picture_wider():
    narrow, wide = (number(root_of(scene(1, 1, title=title), compact=True), "width") for title in ("", "x" * 40))
    assert wide > narrow + 100


def test_a_matrix_without_columns_is_drawn_and_says_nothing_of_its_rows():
    root = root_of(MatrixScene(("a",), (), np.zeros((1, 0)), np.zeros((1, 0)), "share"))
    assert root.get("aria-label") == "" and [node.text for node in words(root, "row")] == ["a"]


def test_of_many_rows_a_screen_reader_hears_twelve_and_how_many_more_there_are():
    label = root_of(scene(20, 2)).get("aria-label", "")
    assert label.count("most at") == 12 and label.endswith("more rows: 8")
    assert "more rows" not in root_of(scene(12, 2)).get("aria-label", "")


def test_in_a_very_large_matrix_each_number_stands_at_the_row_that_it_names():
    values = np.zeros((250, 170))
    one = MatrixScene(("r",) * 250, ("c",) * 170, values, values, "share", title="All")
    values_seen = replace(one, values=np.eye(250, 170), shades=np.eye(250, 170))
    root = root_of(values_seen)
    (image,) = nodes(root, "image")
    box = Box.of(image)
    assert box.height / 250 == box.width / 170 == large.LONGEST // 250
    side = box.height / 250
    for node in nodes(root, "text", text_anchor="end"):
        assert number(node, "y") - 4 == pytest.approx(box.top + (int(node.text or 0) - 0.5) * side, abs=0.02)
    for node in nodes(root, "text", text_anchor="middle"):
        assert number(node, "x") == pytest.approx(box.left + (int(node.text or 0) - 0.5) * side, abs=0.02)


@pytest.mark.parametrize(
    ("count", "every"),
    [(1, 1), (12, 1), (13, 2), (24, 2), (25, 5), (60, 5), (61, 10), (120, 10), (121, 20), (5000, 500)],
)
def test_numbers_along_an_edge_are_ones_twos_and_fives_with_noughts(count: int, every: int):
    assert large.step(count) == every


def test_a_raster_of_anything_but_bytes_in_rows_is_refused():
    for wrong in (np.zeros((2, 2)), np.zeros(4, np.uint8), np.zeros((0, 3), np.uint8)):
        with pytest.raises(ValueError, match="matrix of uint8"):
            raster.png(wrong, "#000000")
