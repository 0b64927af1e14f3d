"""A picture and where a vision Transformer looks in it, as a visitor uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny_seeing
from tests.browsing import open_loaded, settle
from tests.serving import serve
from webapp.figures.scenes.wording import percent

SLOW = 60_000  # milliseconds
PICTURES = '.as-figure:has(svg[data-kind="picture"][data-chosen])'


@pytest.fixture(scope="module")
def seeing_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("models")
    tiny_seeing.make(folder / "tiny")
    with serve(tmp_path_factory.mktemp("app"), ALIGNSCOPE_MODELS=str(folder)) as served:
        yield f"{served.url}/self_attention?m=folder:tiny&l=1&a=1"


@pytest.fixture
def shown(page: Page, seeing_url: str) -> Page:
    return open_loaded(page, seeing_url)


def test_a_click_on_a_square_asks_where_it_looks_and_keys_ask_of_the_next(shown: Page):
    plain = shown.locator(PICTURES).first
    plain.scroll_into_view_if_needed()
    box = plain.locator("svg").bounding_box()
    x, y, cell = (float(plain.locator("svg").get_attribute(f"data-{name}")) for name in ("x", "y", "cell"))
    assert box is not None
    shown.mouse.click(box["x"] + x + 2.5 * cell, box["y"] + y + 1.5 * cell)
    expect(plain.locator('svg[data-chosen="1 2"]')).to_be_visible(timeout=SLOW)
    settle(shown)
    assert "q=11" in shown.url
    expect(shown.locator(PICTURES)).to_have_count(2)
    heat = shown.locator(PICTURES).last
    heat.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        shown.keyboard.press(key)
    expect(heat.locator('svg[data-chosen="2 3"]')).to_be_visible(timeout=SLOW)
    settle(shown)
    assert heat.evaluate("frame => frame === frame.getRootNode().activeElement"), "keys go on where they were"
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Enter"):
        shown.keyboard.press(key)
    expect(heat.locator('svg[data-chosen="-1 0"]')).to_be_visible(timeout=SLOW)


def test_pointing_at_a_square_says_its_weight_and_rings_it_in_both_pictures(shown: Page):
    plain, heat = shown.locator(PICTURES).first, shown.locator(PICTURES).last
    heat.locator("rect[data-value]").nth(9).hover()
    value = percent(float(heat.locator("rect[data-value]").nth(9).get_attribute("data-value") or 0))
    expect(shown.locator(".as-tip.as-shown")).to_contain_text(f"[CLS] → 2·3  {value} %")
    rings = [panel.locator(".as-cursor") for panel in (plain, heat)]
    for ring in rings:
        expect(ring).to_have_count(1)
    assert rings[0].get_attribute("x") == rings[1].get_attribute("x")


def test_a_picture_of_ones_own_is_shown_as_the_model_sees_it_and_junk_gives_a_sentence(shown: Page):
    address = shown.locator(PICTURES).first.locator("image")
    before = address.get_attribute("href")
    box = shown.locator('input[type="file"]').first
    box.set_input_files({"name": "<b>mine</b>.png", "mimeType": "image/png", "buffer": tiny_seeing.picture()})
    expect(shown.get_by_text("Your picture")).to_be_visible(timeout=SLOW)
    settle(shown)
    assert "g=own-" in shown.url and address.get_attribute("href") != before
    assert address.evaluate("image => image.getBoundingClientRect().width > 100")
    shown.locator('input[type="file"]').first.set_input_files(
        {"name": "junk.png", "mimeType": "image/png", "buffer": b"<script>window.__xss=1</script>"}
    )
    expect(shown.get_by_text("This picture cannot be read")).to_be_visible(timeout=SLOW)
    settle(shown)  # while the page is drawn anew, what stood there and what comes stand side by side
    shown.get_by_text("Three shapes").click()
    expect(shown.locator(PICTURES)).to_have_count(2, timeout=SLOW)


@pytest.mark.parametrize("width", [400, 1600])
def test_the_page_is_no_wider_than_the_screen(shown: Page, width: int):
    shown.set_viewport_size({"width": width, "height": 900})
    shown.wait_for_timeout(400)
    assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
