"""What goes to the browser as bytes holds the very numbers, and files show the same picture."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from webapp.figures.canvas import Canvas, heads, packet, pooled, sheet
from webapp.figures.drawing import heads as drawing_heads
from webapp.figures.drawing import raster
from webapp.figures.drawing.large import step
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.theme import LIGHT
from webapp.figures.files import export, offline
from webapp.figures.scale import STANDS_OUT
from webapp.figures.scenes.scene import HeadsScene, LinesScene, Link, MatrixScene

HREF = "href"
SHADES = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9))
VALUES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-9, 9, width=32))


def grid(layers: int = 2, count: int = 3, rows: int = 4, columns: int = 5, block: int = 1, **more: Any) -> HeadsScene:
    tiles = np.random.default_rng(0).integers(0, 256, (layers, count, rows, columns), dtype=np.uint8)
    words = [tuple(f"{name}{k}" for k in range(n * block)) for name, n in (("q", rows), ("k", columns))]
    return HeadsScene(tiles, *words, "share", (block, block), **more)


def matrix(values: np.ndarray) -> MatrixScene:
    names = [tuple(f"{name}{k}" for k in range(n)) for name, n in zip("qk", values.shape, strict=True)]
    return MatrixScene(*names, values, np.clip(values / 9, -1, 1), "share", maximum=9, diverging=True)


def unpacked(packed: bytes) -> dict[str, Any]:
    (length,) = struct.unpack("<I", packed[:4])
    told: dict[str, Any] = json.loads(packed[4 : 4 + length])
    at = 4 + length
    for figure in told["figures"]:
        figure["parts"] = []
        for size in figure["lengths"]:
            figure["parts"].append(packed[at : at + size])
            at += size
    assert at == len(packed), "nothing is left over"
    return told


@pytest.mark.parametrize("block", [1, 3])
def test_every_head_goes_out_byte_for_byte(block):
    scene = grid(block=block)
    told = unpacked(packet([heads(scene)], {"acts": True}))
    (found,) = told["figures"]
    shape = (found["layers"], found["heads"], *found["tile"])
    assert np.array_equal(np.frombuffer(found["parts"][0], np.uint8).reshape(shape), scene.tiles)
    assert found["rows"] == list(scene.rows) and found["columns"] == list(scene.columns)
    assert told["acts"] is True


@given(VALUES)
def test_a_matrix_goes_out_with_three_digits(values):
    (found,) = unpacked(packet([sheet(matrix(values))], {}))["figures"]
    sent = np.frombuffer(found["parts"][0], "<f2").reshape(values.shape)
    assert np.allclose(sent, values, rtol=5e-4, atol=1e-7)


def test_several_figures_share_one_run_of_bytes():
    scenes = [heads(grid()), sheet(matrix(np.eye(3))), heads(grid(layers=1))]
    found = unpacked(packet(scenes, {}))["figures"]
    assert [figure["parts"] for figure in found] == [list(scene.parts) for scene in scenes]


def test_the_same_figure_has_the_same_key_and_another_has_another():
    def key(canvas: Canvas) -> str:
        return str(canvas.facts["key"])

    assert key(heads(grid())) == key(heads(grid()))
    others = [grid(layers=1), grid(each=True), grid(order=((0, 1),)), grid(title="a")]
    assert len({key(heads(scene)) for scene in [grid(), *others]}) == 1 + len(others)


@given(VALUES, st.integers(1, 40))
def test_a_block_holds_the_value_farthest_from_zero_and_every_cell_is_in_one(values, most):
    found, block = pooled(values, most)
    assert max(found.shape) <= most or max(found.shape) == 1
    for (row, column), value in np.ndenumerate(found):
        rows, columns = (slice(k * size, (k + 1) * size) for k, size in zip((row, column), block, strict=True))
        cells = values[rows, columns]
        assert abs(value) == np.abs(cells).max() and value in cells
    assert all(-(-n // size) == m for n, size, m in zip(values.shape, block, found.shape, strict=True))


def test_a_word_that_means_harm_goes_out_as_text_in_json():
    word = "</script><script>window.top.__xss=1</script>\x00\ud800"
    scene = MatrixScene((word,), (word,), [[1]], [[1]], "share")
    (found,) = unpacked(packet([sheet(scene)], {}))["figures"]
    whole = found["rows"][0][-1]
    assert whole.startswith("</script>") and whole.endswith("\ufffd\ufffd")


@pytest.mark.parametrize(
    "wrong",
    [
        {"tiles": np.zeros((1, 1, 2, 2))},
        {"tiles": np.zeros((1, 2, 2), np.uint8)},
        {"tiles": np.zeros((1, 1, 2, 3), np.uint8)},
        {"order": ((0, 1),)},
        {"measures": {"entropy": np.zeros((2, 1))}},
    ],
)
def test_a_grid_of_heads_checks_itself(wrong):
    right = {"tiles": np.zeros((1, 1, 2, 2), np.uint8), "rows": ("a", "b"), "columns": ("c", "d"), "unit": "share"}
    HeadsScene(**right)
    with pytest.raises(ValueError):
        HeadsScene(**{**right, **wrong})


@given(SHADES)
def test_a_png_of_shades_reads_back_as_one_hue_as_strong_as_they_say(shades):
    image = np.asarray(Image.open(io.BytesIO(raster.png(shades, "#093184"))).convert("RGBA"))
    assert (image[..., :3] == (0x09, 0x31, 0x84)).all()
    assert np.array_equal(image[..., 3], shades)


def images(picture: str) -> list[np.ndarray]:
    root = ElementTree.fromstring(picture)
    found = [node.get(HREF, "") for node in root.iter() if node.tag.endswith("image")]
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(a.partition(",")[2]))).convert("RGBA"))[..., 3] for a in found
    ]


@pytest.mark.parametrize("order", [None, ((1, 2), (0, 0))])
def test_a_file_shows_each_head_that_the_page_shows_in_its_order(order):
    scene = grid(order=order)
    drawn = images(svg(scene))
    assert len(drawn) == len(scene.shown)
    assert all(np.array_equal(found, scene.tiles[head]) for found, head in zip(drawn, scene.shown, strict=True))


def test_cells_of_a_head_stay_apart_in_every_file():
    tiles = np.zeros((1, 1, 2, 2), np.uint8)
    tiles[..., 0, 0] = tiles[..., 1, 1] = 255
    picture = svg(HeadsScene(tiles, ("a", "b"), ("c", "d"), "share"))
    assert 'image-rendering="pixelated"' in picture
    drawn = np.asarray(Image.open(io.BytesIO(export.png(picture, scale=2))).convert("RGB"))
    strong = np.array([9, 49, 132])
    dark = (np.abs(drawn.astype(int) - strong).max(-1) < 8).any(0).sum()
    assert dark >= 2 * 76 - 4  # both halves of the tile are as dark as its cells, up to where they meet


def test_a_head_drawn_by_its_own_scale_reaches_the_full_shade_unless_it_looks_everywhere_alike():
    names = tuple(map(str, range(40)))
    tiles = np.zeros((1, 2, 1, 40), np.uint8)
    tiles[0, 0, 0, 3], tiles[0, 1] = 128, round(255 / 40)
    scene = HeadsScene(tiles, ("a",), names, "share", each=True)
    dark, pale = (int(drawing_heads.shades(scene, 0, head).max()) for head in (0, 1))
    assert dark == 255 and pale == pytest.approx(255 / STANDS_OUT, abs=5)
    nothing = HeadsScene(np.zeros((1, 1, 1, 1), np.uint8), ("a",), ("b",), "share", each=True)
    assert drawing_heads.shades(nothing, 0, 0).max() == 0


def test_the_grid_can_be_taken_away_as_picture_page_and_table():
    scene = grid(measures={"entropy": np.arange(6).reshape(2, 3)}, title="Heads", note="each row sums to 1")
    picture = svg(scene)
    weight = tuple(bytes.fromhex(LIGHT["weight"][1:]))
    colours = Image.open(io.BytesIO(export.png(picture))).convert("RGB").getcolors(1 << 24)
    assert colours is not None and min(sum(abs(a - b) for a, b in zip(c, weight, strict=True)) for _, c in colours) < 12
    assert export.pdf(picture).startswith(b"%PDF")
    assert b"data:image/png" in offline.html(picture, "Heads")
    rows = export.csv(scene).splitlines()
    assert rows[:3] == ["layer,head,entropy", "1,1,0.0", "1,2,1.0"] and len(rows) == 7
    assert json.loads(export.json(scene))["kind"] == "heads"


@given(st.integers(1, 5000))
def test_about_twelve_numbers_stand_along_an_edge(count):
    assert 1 <= len(range(0, count, step(count))) <= 12


def test_two_columns_of_words_keep_every_line_and_word():
    links = (Link(0, 1, 0.5, 0.5), Link(2, 0, 1.0, 1.0))
    scene = LinesScene(("a", "b"), ("x", "y", "z"), links, "share", sides=("source", "source"), upright=True)
    root = ElementTree.fromstring(svg(scene))
    lines = [(node.get("data-row"), node.get("data-column")) for node in root.iter() if node.get("data-row")]
    assert sorted(lines) == [("0", "1"), ("2", "0")]
    middles = {axis: [node for node in root.iter() if node.get("data-axis") == axis] for axis in ("row", "column")}
    assert [len(words) for words in middles.values()] == [3, 2]
    assert {float(node.get("x", 0)) for node in middles["row"]}.isdisjoint(
        float(n.get("x", 0)) for n in middles["column"]
    )
