"""All heads and one large matrix on a canvas, in a real browser under the app's own security policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import settle
from tests.serving import serve

SLOW = 30_000  # milliseconds
HOSTILE = "<img src=x onerror='window.top.__xss=1'>"
SCRIPT = f"""
import numpy as np
import streamlit as st
from webapp.components import show
from webapp.figures import canvas
from webapp.figures.scenes.scene import HeadsScene, MatrixScene

words = [{HOSTILE!r}, *(f"word{{k}}" for k in range(1, 64))]
tiles = np.zeros((3, 4, 32, 32), np.uint8)
for layer in range(3):
    for head in range(4):
        tiles[layer, head] = np.eye(32, k=head, dtype=np.uint8) * (255 - 50 * layer)
entropy = np.arange(12).reshape(3, 4) / 10

def chosen():
    act = st.session_state["grid"].act
    st.session_state["opened"] = (act["layer"], act["head"])

st.title("Canvas")
opened = st.session_state.get("opened", (0, 0))
order = ((2, 3), (1, 1), (0, 2)) if st.toggle("order") else None
scene = HeadsScene(tiles, words, words, "share", (2, 2), order=order, tooltip={{"entropy": entropy}})
show([canvas.heads(scene, group="g")], key="grid", on_act=chosen)
weights = np.eye(64, k=opened[1])
matrix = MatrixScene(tuple(words), tuple(words), weights, weights, "share")
show([canvas.sheet(matrix, group="h")], key="sheet", opened=("g", *opened))
st.caption(f"layer {{opened[0]}} head {{opened[1]}}")
"""
STRENGTH = """(canvas, [x, y]) => {
  const dpr = canvas.width / canvas.clientWidth;
  return canvas.getContext('2d').getImageData(Math.floor(x * dpr), Math.floor(y * dpr), 1, 1).data[3];
}"""
INKED = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let k = 3; k < data.length; k += 4) inked += data[k] > 60;
  return inked;
}"""


@pytest.fixture(scope="module")
def canvas_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("canvas")
    (folder / "page.py").write_text(SCRIPT)
    with serve(folder, ALIGNSCOPE_SCRIPT=str(folder / "page.py")) as served:
        yield served.url


@pytest.fixture
def shown(page: Page, canvas_url: str) -> Page:
    page.goto(canvas_url)
    expect(page.locator(".as-figure[data-drawn]")).to_have_count(2, timeout=SLOW)
    settle(page)
    return page


def figure(page: Page, k: int) -> Locator:
    return page.locator(".as-figure").nth(k)


def press(page: Page, k: int, *keys: str) -> None:
    for key in keys:
        figure(page, k).press(key)


def voice(page: Page, k: int) -> str:
    return page.locator(".as-unseen[aria-live]").nth(k).inner_text()


def box(page: Page, k: int, name: str) -> dict[str, float]:
    found = figure(page, k).locator(f".as-box-{name}").bounding_box()
    assert found is not None
    return dict(found)


def test_keys_move_from_head_to_head_and_enter_opens_one(shown: Page):
    press(shown, 0, "ArrowRight")
    press(shown, 0, "Home", "ArrowRight", "ArrowRight", "ArrowDown")
    assert voice(shown, 0).split("\n")[0].startswith("Layer 2 · head 3")
    assert "entropy 0.600" in voice(shown, 0)
    press(shown, 0, "Enter")
    expect(shown.get_by_text("layer 1 head 2")).to_be_visible(timeout=SLOW)
    cursor, opened = box(shown, 0, "cursor"), box(shown, 0, "open")
    assert abs(cursor["x"] - opened["x"]) < 1 and abs(cursor["y"] - opened["y"]) < 1


def test_pointing_names_both_blocks_of_words_and_says_that_it_is_the_largest(shown: Page):
    press(shown, 0, "Home", "ArrowRight")
    head = box(shown, 0, "cursor")
    step = (head["width"] - 4) / 32
    shown.mouse.move(head["x"] + 2 + 1.5 * step, head["y"] + 2 + 0.5 * step)
    tip = shown.locator(".as-tip.as-shown").inner_text()
    assert "Layer 1 · head 2" in tip and HOSTILE in tip and "word2…word3" in tip
    assert "1.00 share (largest in this block)" in tip
    assert shown.evaluate("window.top.__xss") is None


def test_a_click_opens_a_head_and_sends_nothing_else(shown: Page):
    sent: list[object] = []
    shown.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    shown.reload()
    expect(shown.locator(".as-figure[data-drawn]")).to_have_count(2, timeout=SLOW)
    settle(shown)
    press(shown, 0, "Home", "End", "ArrowDown")
    head, before = box(shown, 0, "cursor"), len(sent)
    shown.mouse.move(head["x"] + 9, head["y"] + 9)
    shown.wait_for_timeout(200)
    assert len(sent) == before
    shown.mouse.click(head["x"] + 9, head["y"] + 9)
    expect(shown.get_by_text("layer 1 head 3")).to_be_visible(timeout=SLOW)


def test_the_matrix_is_where_the_picture_says_and_follows_the_head(shown: Page):
    press(shown, 1, "Home")
    press(shown, 1, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown")
    assert voice(shown, 1).split() == ["word2", "→", "word3", "0", "share"]
    press(shown, 1, "ArrowLeft")
    assert voice(shown, 1).split() == ["word2", "→", "word2", "1", "share"]
    cell = box(shown, 1, "cursor")
    canvas = shown.locator("canvas.as-paper").nth(1)
    home = canvas.bounding_box()
    assert home is not None
    middle = [cell["x"] + cell["width"] / 2 - home["x"], cell["y"] + cell["height"] / 2 - home["y"]]
    assert canvas.evaluate(STRENGTH, middle) == 255
    assert canvas.evaluate(STRENGTH, [middle[0] + 5 * cell["width"], middle[1]]) == 0


def test_a_thin_diagonal_survives_on_a_small_screen(shown: Page):
    shown.set_viewport_size({"width": 400, "height": 800})
    shown.wait_for_timeout(400)
    assert shown.locator("canvas.as-paper").nth(0).evaluate(INKED) > 12 * 15
    assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_zoom_makes_heads_larger_inside_their_frame_and_the_page_stays(shown: Page):
    press(shown, 0, "Home", "ArrowRight")
    small, frame = box(shown, 0, "cursor"), figure(shown, 0).bounding_box()
    press(shown, 0, "+", "+", "+", "+")
    large = box(shown, 0, "cursor")
    assert large["width"] > 2.5 * small["width"]
    assert figure(shown, 0).bounding_box() == frame
    shown.get_by_role("button", name="Fit", include_hidden=True).first.click()
    assert abs(box(shown, 0, "cursor")["width"] - small["width"]) < 1


def test_heads_in_an_order_of_their_own_are_all_there_and_named(shown: Page):
    shown.get_by_text("order").click()
    expect(figure(shown, 0)).to_have_attribute("aria-label", re.compile("3 shown"), timeout=SLOW)
    settle(shown)
    press(shown, 0, "Home")
    names = []
    for _ in range(3):
        names.append(voice(shown, 0).split("\n")[0])
        press(shown, 0, "ArrowRight")
    assert [name.split("  ")[0] for name in names] == ["Layer 3 · head 4", "Layer 2 · head 2", "Layer 1 · head 3"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_canvas_wears_the_colours_of_the_theme(shown: Page, scheme: str):
    shown.emulate_media(color_scheme=scheme)
    shown.reload()
    expect(shown.locator(".as-figure[data-drawn]")).to_have_count(2, timeout=SLOW)
    settle(shown)
    press(shown, 1, "Home")
    cell, canvas = box(shown, 1, "cursor"), shown.locator("canvas.as-paper").nth(1)
    home = canvas.bounding_box()
    assert home is not None
    at = [cell["x"] + cell["width"] / 2 - home["x"], cell["y"] + cell["height"] / 2 - home["y"]]
    read = """(c, [x, y]) => [...c.getContext('2d').getImageData(Math.floor(x), Math.floor(y), 1, 1).data]"""
    red, _, blue, _ = canvas.evaluate(read, at)
    assert blue > 180 if scheme == "dark" else red < 30


def test_a_screen_of_finer_pixels_is_used_to_the_full(browser, canvas_url: str):
    context = browser.new_context(viewport={"width": 900, "height": 800}, device_scale_factor=2)
    page = context.new_page()
    page.goto(canvas_url)
    expect(page.locator(".as-figure[data-drawn]")).to_have_count(2, timeout=SLOW)
    sizes = page.locator("canvas.as-paper").first.evaluate("c => [c.width, c.clientWidth]")
    assert sizes[0] == pytest.approx(2 * sizes[1], abs=1)
    context.close()
