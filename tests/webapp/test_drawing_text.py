"""Words on grounds, bars of classes and heads on paper: nothing overlaps, and every length is its number."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.svg import Box, nodes, number, root_of, texts, words
from webapp.figures.drawing import heads as drawing_heads
from webapp.figures.drawing.bars import percent
from webapp.figures.drawing.marks import Drawing, length, note, scale, short, tag, whole
from webapp.figures.drawing.marks import number as written
from webapp.figures.drawing.panels import GAP, ROOM, panels, size
from webapp.figures.drawing.theme import DARK, LIGHT, paint, settled
from webapp.figures.scenes.scene import BarsScene, HeadsScene, TextScene
from webapp.figures.scenes.wording import percent as spoken_percent

WORDS = st.lists(
    st.sampled_from(["a", "word", "猫", "喜欢", "incomprehensible", ",", "مرحبا"]), min_size=1, max_size=60
)


def text(labels: list[str], **more: object) -> TextScene:
    values = np.linspace(0, 1, len(labels))
    return TextScene(tuple(labels), values, values, "share", **more)


def grounds(root) -> list[Box]:
    return [Box.of(node) for node in nodes(root, "rect", rx="4")]


@given(WORDS, st.booleans(), st.booleans())
@settings(max_examples=40)
def test_no_two_words_share_a_place_and_all_lie_within_the_picture(labels: list[str], compact: bool, large: bool):
    root = root_of(text(labels), compact=compact, large=large)
    boxes = grounds(root)
    assert len(boxes) == len(labels)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    width, height = number(root, "width"), number(root, "height")
    assert all(box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= height for box in boxes)


@given(WORDS)
@settings(max_examples=30)
def test_each_word_stands_in_the_middle_of_its_own_ground(labels: list[str]):
    root = root_of(text(labels))
    for box, node in zip(grounds(root), words(root, "column"), strict=True):
        assert number(node, "x") == pytest.approx(box.left + box.width / 2, abs=0.02)
        assert box.holds(number(node, "x"), number(node, "y"))


def test_lines_of_a_text_follow_one_another_and_a_word_never_stands_before_one_that_it_follows():
    boxes = grounds(root_of(text(["word"] * 80)))
    assert all((a.top, a.left) < (b.top, b.left) for a, b in pairwise(boxes))
    assert len({box.top for box in boxes}) > 2 and len({box.left for box in boxes if box.left < 5}) == 1


@pytest.mark.parametrize(
    ("shade", "role"), [(0.0, "ink"), (0.19, "ink"), (0.2, "word"), (0.66, "word"), (0.67, "reverse"), (1.0, "reverse")]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_ink_of_a_word_follows_its_ground(shade: float, role: str, sign: int):
    scene = TextScene(("a",), [sign * shade], [sign * shade], "nats", diverging=True)
    root = root_of(scene)
    (node,) = words(root, "column")
    assert node.get("fill") == paint(role)
    (ground,) = nodes(root, "rect", rx="4")
    assert ground.get("fill") == paint("negative" if sign * shade < 0 else "weight")
    assert number(ground, "fill-opacity") == shade


def test_a_shade_that_nobody_sees_is_not_drawn_at_all():
    root = root_of(TextScene(("a", "b"), [0.004, 0.005], [0.004, 0.005], "share"))
    assert [number(node, "fill-opacity") for node in nodes(root, "rect", rx="4")] == [0, 0.01]


@pytest.mark.parametrize(
    ("more", "low", "high"),
    [
        ({"maximum": 0.5}, "0", "0.5 share"),
        ({"low": 2.0, "maximum": 0.25}, "2", "0.25 share"),
        ({"maximum": 3.0, "diverging": True}, "−3", "3 share"),
    ],
)
def test_the_scale_under_a_text_says_what_pale_and_dark_stand_for(more: dict[str, object], low: str, high: str):
    scene = TextScene(("a",), [0.1], [0.1], "share", note="a note", **more)
    found = texts(root_of(scene))
    assert low in found and high in found and "a note" in found
    for small in (texts(root_of(scene, compact=True)), texts(root_of(scene, large=True))):
        assert high not in small and "a note" not in small


def test_details_of_a_text_stand_with_their_words_and_must_fit_them():
    root = root_of(TextScene(("a", "b"), [0, 1], [0, 1], "share", details=("first", "second")))
    assert [node.get("data-detail") for node in words(root, "column")] == ["first", "second"]
    with pytest.raises(ValueError, match="1 details do not fit 2 words"):
        TextScene(("a", "b"), [0, 1], [0, 1], "share", details=("first",))


# --- bars


def bars(values: list[float], before: list[float] | None = None, **more: object) -> BarsScene:
    labels = tuple(f"class {k}" for k in range(len(values)))
    return BarsScene(labels, np.array(values), "probability", None if before is None else np.array(before), **more)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.booleans())
@settings(max_examples=40)
def test_a_bar_is_as_long_as_its_share_of_the_track_behind_it(values: list[float], compact: bool):
    groups = [group for group in nodes(root_of(bars(values), compact=compact), "g") if nodes(group, "rect")]
    assert len(groups) == len(values)
    for group, value in zip(groups, values, strict=True):
        track, bar = (Box.of(node) for node in nodes(group, "rect")[:2])
        assert (bar.left, bar.top, bar.height) == (track.left, track.top, track.height)
        assert bar.width == pytest.approx(max(value * track.width, 1), abs=0.01)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
@settings(max_examples=30)
def test_where_a_bar_stood_before_is_marked_at_that_very_place(before: list[float]):
    root = root_of(bars([0.5] * len(before), before))
    for group, was in zip([g for g in nodes(root, "g") if nodes(g, "rect")], before, strict=True):
        track, _, mark = (Box.of(node) for node in nodes(group, "rect"))
        assert mark.left + mark.width / 2 == pytest.approx(track.left + was * track.width, abs=0.02)
        (name,) = nodes(group, "text", data_axis="column")
        assert name.get("data-detail") == f"{written(was)} →"


def test_bars_have_one_track_a_label_none_over_another():
    boxes = [Box.of(node) for node in nodes(root_of(bars([0.1, 0.2, 0.3], title="Classes", note="n")), "rect")[::2]]
    assert len({(box.left, box.width) for box in boxes}) == 1
    assert all(a.bottom < b.top for a, b in pairwise(boxes))


@pytest.mark.parametrize("wrong", [[1.5], [-0.1], [float("nan")]])
def test_what_is_no_share_has_no_bar(wrong: list[float]):
    with pytest.raises(ValueError, match=r"shades must lie|must be finite"):
        bars(wrong)
    with pytest.raises(ValueError, match=r"shades must lie|must be finite"):
        bars([0.5], wrong)


@given(st.floats(0, 1))
def test_a_probability_in_per_cent_is_near_what_it_is_and_never_certain_unless_it_is(value: float):
    shown = percent(value)
    assert (shown == "0") == (value == 0) and (shown == "100") == (value == 1)
    if shown[0] not in "<>":
        within = 0.5 if 0.01 <= value <= 0.99 else 0.05
        assert abs(float(shown) - 100 * value) <= within + 1e-9


@given(st.floats(0, 1))
def test_a_share_in_a_sentence_is_near_what_it_is_and_never_rounded_to_nothing(value: float):
    shown = spoken_percent(value)
    assert (shown == "0") == (value == 0)
    if shown.startswith("<"):
        assert value < 0.0005
    else:
        assert abs(float(shown) - 100 * value) <= (0.5 if value >= 0.0995 else 0.05) + 1e-9


# --- heads on paper


def heads(layers: int, count: int, rows: int = 4, columns: int = 5, **more: object) -> HeadsScene:
    tiles = np.random.default_rng(3).integers(0, 256, (layers, count, rows, columns), dtype=np.uint8)
    return HeadsScene(tiles, tuple("abcdefghij"[:rows]), tuple("klmnopqrst"[:columns]), "share", **more)


def test_heads_stand_a_row_a_layer_and_a_column_a_head():
    boxes = [Box.of(node) for node in nodes(root_of(heads(3, 4)), "image")]
    assert len(boxes) == 12 and not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    for k, box in enumerate(boxes):
        layer, head = divmod(k, 4)
        assert box.top == boxes[layer * 4].top and box.left == boxes[head].left
    assert len({box.top for box in boxes}) == 3 and len({box.left for box in boxes}) == 4


def test_in_an_order_of_their_own_heads_fill_lines_of_twelve_each_under_its_name():
    order = tuple((k % 3, (k * 5) % 7) for k in range(20))
    root = root_of(heads(3, 7, order=order))
    boxes = [Box.of(node) for node in nodes(root, "image")]
    assert [box.top for box in boxes[:12]] == [boxes[0].top] * 12 and boxes[12].top > boxes[11].top
    assert boxes[12].left == boxes[0].left
    names = {(number(node, "x"), node.text) for node in nodes(root, "text") if "·" in (node.text or "")}
    assert names == {(box.left, f"{layer + 1} · {head + 1}") for box, (layer, head) in zip(boxes, order, strict=True)}


@pytest.mark.parametrize(
    ("rows", "columns", "share"), [(5, 5, 1.0), (10, 5, 2.0), (10, 1, 2.0), (1, 10, 0.4), (2, 4, 0.5)]
)
def test_a_tile_has_the_shape_of_its_matrix_within_bounds(rows: int, columns: int, share: float):
    (image,) = nodes(root_of(heads(1, 1, rows, columns)), "image")
    assert number(image, "height") == whole(number(image, "width") * share)


def test_the_legend_of_heads_names_a_weight_of_one_only_where_one_scale_serves_all():
    assert "1 share" in texts(root_of(heads(1, 2)))
    for more in ({"each": True}, {"tops": np.ones((1, 2))}):
        found = texts(root_of(heads(1, 2, **more)))
        assert "share" in found and "1 share" not in found


def test_heads_that_are_not_there_cannot_be_shown():
    for order in (((1, 0),), ((0, 2),), ((-1, 0),)):
        with pytest.raises(ValueError, match="there is no head"):
            heads(1, 2, order=order)
    assert heads(2, 2).shown == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert heads(2, 2, order=((1, 1), (0, 0))).shown == ((1, 1), (0, 0))
    assert heads(2, 2, order=()).shown == ()


def test_a_head_by_its_own_scale_keeps_the_order_of_its_cells():
    scene = heads(1, 1, each=True)
    tile, drawn = scene.tiles[0, 0].ravel(), drawing_heads.shades(scene, 0, 0).ravel()
    assert drawn.max() == 255
    order = np.argsort(tile, kind="stable")
    assert (np.diff(drawn[order].astype(int)) >= 0).all()
    assert np.array_equal(drawing_heads.shades(heads(1, 1), 0, 0), scene.tiles[0, 0])


# --- the small parts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (0.1, "0.100"),
        (0.12345, "0.123"),
        (1, "1.00"),
        (12.345, "12.3"),
        (123.4, "123"),
        (-0.5, "-0.500"),
        (1234.5, "1.23e+03"),
    ],
)
def test_a_number_has_three_significant_digits(value: float, expected: str):
    assert written(value) == expected


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_numbers_are_read_back_to_half_of_their_third_digit(value: float):
    for shown in (written(value), short(value)):
        assert float(shown) == pytest.approx(value, rel=5.01e-3, abs=1e-300)


@given(st.floats(-5000, 5000, allow_nan=False) | st.integers(-5000, 5000))
def test_a_length_is_read_back_to_a_hundredth_of_a_pixel(value: float):
    shown = length(value)
    assert abs(float(shown) - value) <= 0.00501 and len(shown.partition(".")[2]) <= 2
    assert "." not in shown or not shown.endswith(("0", "."))


def test_a_tag_escapes_words_and_leaves_markup_and_what_is_none_alone():
    assert tag("g", tag("rect", x=1, fill=paint("ink")), data_row=3, title=None) == (
        f'<g data-row="3"><rect x="1" fill="{paint("ink")}"/></g>'
    )
    assert tag("text", title='"<&>"') == '<text title="&quot;&lt;&amp;&gt;&quot;"/>'
    assert tag("svg", viewBox="0 0 1 1") == '<svg viewBox="0 0 1 1"/>'
    # What a visitor typed that looks like a colour variable is never one.
    assert "var(" not in tag("text", title="var(--as-ink, #000000)")


@pytest.mark.parametrize(
    ("diverging", "opacities"),
    [(False, [0, 0.2, 0.4, 0.6, 0.8, 1]), (True, [1, 0.75, 0.5, 0.25, 0, 0.25, 0.5, 0.75, 1])],
)
def test_the_scale_goes_from_its_low_end_to_its_high_end_in_even_steps(diverging: bool, opacities: list[float]):
    part, end = scale("low", "high", diverging, 4, 0)
    root = root_of_part(part)
    steps = [node for node in nodes(root, "rect") if node.get("fill-opacity")]
    assert [number(node, "fill-opacity") for node in steps] == opacities
    assert [node.get("fill") == paint("negative") for node in steps] == [diverging and k < 4 for k in range(len(steps))]
    low, high = nodes(root, "text")
    assert low.text == "low" and high.text == "high"
    boxes = [Box.of(node) for node in steps]
    assert number(low, "x") < boxes[0].left and boxes[-1].right < number(high, "x") < end
    assert all(a.right == pytest.approx(b.left, abs=0.02) for a, b in pairwise(boxes))


def root_of_part(part: str):
    from xml.etree import ElementTree

    return ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{part}</svg>')


def test_a_note_stands_line_below_line_and_says_how_high_it_is():
    part, height = note("one two three four five six", 4, 10, 60)
    lines = nodes(root_of_part(part), "text")
    assert " ".join(line.text or "" for line in lines) == "one two three four five six" and len(lines) > 1
    assert {round(number(b, "y") - number(a, "y"), 6) for a, b in pairwise(lines)} == {15}
    assert height == 15 * len(lines)
    assert note("", 4, 10, 60) == ("", 0)


def test_drawings_do_not_share_their_parts():
    first, second = Drawing(1, 1, 1), Drawing(1, 1, 1)
    first.parts.append("x")
    first.facts["y"] = 1
    assert second.parts == [] and second.facts == {}


# --- several figures in one


def test_panels_fill_a_line_before_they_begin_another_and_all_of_one_line_stand_level():
    named = [(f"figure {k}", heads(1, 4)) for k in range(7)]
    root = root_of_part(panels(named, note="where from"))
    inner = [Box.of(node) for node in nodes(root, "svg") if node.get("x")]
    assert len(inner) == 7
    lines = sorted({box.top for box in inner})
    fits = int((ROOM + GAP) // (inner[0].width + GAP))
    assert next(sum(box.top == line for box in inner) for line in lines) == fits
    assert all(b.left == a.right + GAP for a, b in pairwise(inner) if a.top == b.top)
    assert all(b.left == 0 for a, b in pairwise(inner) if a.top != b.top)


def test_a_picture_says_how_large_it_is():
    picture = panels([("one", heads(1, 1))])
    root = root_of_part(picture)
    (whole_picture,) = [
        node
        for node in nodes(root, "svg")
        if node.get("role") and not node.get("x") and node.get("viewBox") and node is not root
    ][:1]
    assert size(picture) == (number(whole_picture, "width"), number(whole_picture, "height"))


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_colour_that_is_painted_can_be_settled(palette):
    assert LIGHT.keys() == DARK.keys()
    for name in LIGHT:
        assert settled(f'fill="{paint(name)}"', palette) == f'fill="{palette[name]}"'
