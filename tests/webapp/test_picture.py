"""A picture with weights laid over it: drawn true, taken away whole."""

from __future__ import annotations

import base64
import csv
import io
import json
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from engine.traces import Axis
from tests.webapp.test_canvas import unpacked
from webapp.figures import canvas, picture
from webapp.figures.drawing.picture import EACH_SQUARE
from webapp.figures.drawing.svg import spoken, svg
from webapp.figures.files import export, offline
from webapp.figures.scale import STANDS_OUT
from webapp.figures.scenes.picture import PictureScene

NS = "{http://www.w3.org/2000/svg}"


def scene(rows: int = 3, columns: int = 4, marks: int = 1, **more: Any) -> PictureScene:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 256, (rows * 4, columns * 4, 3), dtype=np.uint8)
    values = chance.dirichlet(np.ones(marks + rows * columns))
    top = float(values[marks:].max())
    names = ("[CLS]", "[DIST]")[:marks]
    shades = np.clip(values / top, 0, 1)
    return PictureScene(pixels, (rows, columns), names, values, shades, "share", "[CLS]", maximum=top, **more)


def image(drawn: str) -> np.ndarray:
    (href,) = [node.get("href") for node in ElementTree.fromstring(drawn).iter(f"{NS}image")]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(href.removeprefix("data:image/png;base64,")))))


def squares(drawn: str) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(drawn).iter(f"{NS}rect") if node.get("data-value")]


def test_each_square_lies_on_its_part_of_the_picture_as_dark_as_its_share():
    one = scene()
    root = ElementTree.fromstring(svg(one))
    x, y, cell = (float(root.get(f"data-{name}")) for name in ("x", "y", "cell"))
    found = squares(svg(one))
    assert len(found) == 12
    for k, node in enumerate(found):
        assert (float(node.get("x")), float(node.get("y"))) == (x + cell * (k % 4), y + cell * (k // 4))
        assert float(node.get("fill-opacity")) == pytest.approx(one.shades[1 + k], abs=6e-3)
    (drawn,) = root.iter(f"{NS}image")
    assert (float(drawn.get("width")), float(drawn.get("height"))) == (4 * cell, 3 * cell)


def test_points_are_enlarged_and_never_smoothed():
    one = scene(plain=True)
    shown = image(svg(one))
    times = shown.shape[0] // one.pixels.shape[0]
    assert times > 1
    np.testing.assert_array_equal(shown, one.pixels.repeat(times, 0).repeat(times, 1))


def test_under_weights_the_picture_is_grey_and_pale_and_in_its_own_colours_nothing_is_laid_over_it():
    assert image(svg(scene())).ndim == 2 and squares(svg(scene()))
    assert image(svg(scene(plain=True))).ndim == 3 and not squares(svg(scene(plain=True)))


@pytest.mark.parametrize("side", [8, 40])
def test_every_value_can_be_read_however_many_squares_there_are(side: int):
    one = scene(side, side)
    drawn = svg(one)
    (found,) = [node.get("data-values") for node in ElementTree.fromstring(drawn).iter() if node.get("data-values")]
    np.testing.assert_allclose(np.array(found.split(","), float), one.values, rtol=6e-3)
    assert len(squares(drawn)) == (side * side if side * side <= EACH_SQUARE else 0)
    assert len(list(ElementTree.fromstring(drawn).iter())) < EACH_SQUARE + 100


def test_the_one_that_looks_is_outlined_in_both_pictures():
    for plain in (False, True):
        root = ElementTree.fromstring(svg(scene(chosen=(1, 2), plain=plain)))
        x, y, cell = (float(root.get(f"data-{name}")) for name in ("x", "y", "cell"))
        outlines = [node for node in root.iter(f"{NS}rect") if node.get("pointer-events") == "none"]
        assert {(float(n.get("x")), float(n.get("y"))) for n in outlines} == {(x + 2 * cell, y + cell)}
        assert root.get("data-chosen") == "1 2"


@pytest.mark.parametrize("chosen", [(3, 0), (0, 4), (-1, 1), (-2, 0)])
def test_a_square_that_is_not_there_cannot_be_the_one_that_looks(chosen: tuple[int, int]):
    with pytest.raises(ValueError, match="no square"):
        scene(chosen=chosen)


def test_numbers_that_do_not_fit_the_squares_are_refused():
    nothing = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="fit"):
        PictureScene(nothing, (2, 2), (), np.zeros(3), np.zeros(3), "")
    with pytest.raises(ValueError, match="uint8"):
        PictureScene(nothing.astype(float), (1, 1), (), np.zeros(1), np.zeros(1), "")
    with pytest.raises(ValueError, match="shades"):
        PictureScene(nothing, (1, 1), (), np.zeros(1), np.full(1, 2.0), "")


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "]]>&amp;", "\x00"])
def test_hostile_words_stay_words(hostile: str):
    one = scene(title=hostile, note=hostile)
    one = PictureScene(
        one.pixels, one.grid, (hostile,), one.values, one.shades, hostile, hostile, (-1, 0), False, hostile, hostile
    )
    kinds = {node.tag for node in ElementTree.fromstring(svg(one)).iter()}
    assert kinds <= {NS + name for name in ("svg", "g", "text", "title", "rect", "path", "image")}


def test_a_screen_reader_hears_the_strongest_squares_of_the_weights_and_the_title_of_the_picture():
    one = scene(title="Layer 1")
    best = one.labels[int(one.values.argmax())]
    assert spoken(one).startswith(f"Layer 1. “{best}” ")
    assert spoken(scene(title="Layer 1", plain=True)) == "Layer 1"


def test_a_small_picture_by_itself_has_nothing_to_point_at():
    drawn = svg(scene(plain=True), compact=True)
    root = ElementTree.fromstring(drawn)
    assert root.get("data-still") == "1" and image(drawn).ndim == 3
    assert not [node for node in root.iter() if node.get("data-values") or node.get("data-side")]


def test_files_hold_the_picture_and_all_numbers():
    one = scene(title="Layer 1", note="a note", chosen=(0, 0))
    drawn = svg(one)
    assert Image.open(io.BytesIO(export.png(drawn))).size[0] > 600
    assert export.pdf(drawn).startswith(b"%PDF")
    assert b"data:image/png;base64," in export.svg_file(drawn)
    page = offline.html(drawn, "Layer 1").decode()
    assert "img-src data:" in page and "data:image/png;base64," in page and "<script" not in page
    head, *rows = csv.reader(io.StringIO(export.csv(one)))
    assert head == ["place", "row", "column", "share"] and len(rows) == 13
    assert rows[0][:3] == ["[CLS]", "", ""] and rows[-1][:3] == ["3·4", "3", "4"]
    np.testing.assert_array_equal([float(row[3]) for row in rows], one.values)
    assert json.loads(export.json(one))["kind"] == "picture"


def test_a_file_shows_the_picture_where_nothing_was_looked_at_and_the_weight_where_all_was():
    one = scene(2, 2, 0)
    only = np.array([1.0, 0, 0, 0])
    white = PictureScene(np.full((8, 8, 3), 255, np.uint8), (2, 2), (), only, only, one.unit)
    shown = np.asarray(Image.open(io.BytesIO(export.png(svg(white), scale=1))).convert("RGB")).astype(int)
    root = ElementTree.fromstring(svg(white))
    x, y, cell = (int(float(root.get(f"data-{name}"))) for name in ("x", "y", "cell"))
    np.testing.assert_allclose(shown[y + cell // 2, x + cell // 2], (9, 49, 132), atol=2)  # the colour of weights
    np.testing.assert_allclose(shown[y + cell // 2, x + cell + cell // 2], 255, atol=2)


SEEN = SimpleNamespace(
    shown=np.zeros((6, 8, 3), np.uint8),
    grid=(3, 4),
    marks=1,
    axis=Axis.of(("[CLS]", *(f"{r}·{c}" for r in range(1, 4) for c in range(1, 5)))),
)


def test_a_position_and_its_place_in_the_picture_lead_to_each_other():
    for position in range(13):
        assert picture.position(SEEN, *picture.place(SEEN, position)) == position
    for place in ((-1, 1), (3, 0), (0, 4), (-2, 0), (0, -1)):
        assert picture.position(SEEN, *place) is None


def test_squares_alone_sum_to_one_and_are_even_where_the_marks_took_all():
    found = picture.squares_alone(np.array([[0.5, 0.25, 0.25], [1.0, 0, 0]]), 1)
    np.testing.assert_allclose(found, 0.5)


def test_a_head_that_looks_everywhere_alike_is_pale_and_one_that_looks_at_one_square_dark():
    even, sharp = np.full(13, 1 / 13), np.zeros(13)
    sharp[7] = 0.01  # the rest goes to the mark before the picture
    nothing = np.zeros((1, 2))
    found = SimpleNamespace(entropy=nothing, distance=nothing, toward={}, left_out=None)
    pale, dark = picture.tiles(SEEN, found, np.stack([even, sharp])[None], 0, unit="share").tiles[0]
    assert pale.max() == round(255 / STANDS_OUT) and dark.max() == 255 and (dark > 0).sum() == 1


def test_a_tile_holds_where_each_head_looks_and_what_its_darkest_square_stands_for():
    looks = np.random.default_rng(1).dirichlet(np.ones(13), (2, 3))
    nothing = np.zeros((2, 3))
    found = SimpleNamespace(entropy=nothing, distance=nothing, toward={"marks": nothing}, left_out=None)
    grid = picture.tiles(SEEN, found, looks, 0, unit="share")
    assert grid.tops is not None
    np.testing.assert_allclose(grid.tiles.reshape(2, 3, 12) / 255 * grid.tops[..., None], looks[..., 1:], atol=2e-3)
    (told,) = unpacked(canvas.packet([canvas.heads(grid)], {}))["figures"]
    assert told["looking"] == "[CLS]" and len(told["tops"]) == 6
    assert "distance (squares)" in export.csv(grid).splitlines()[0]
    assert "image" in svg(grid)
