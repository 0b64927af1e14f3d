"""A training played again in a real browser: by mouse, by keys, from its link, and from a file without the app."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
SAID = ".as-said"


def frame_of(page: Page) -> int:
    """The number of the frame that is shown."""
    return int(re.findall(r"\d+", page.locator(SAID).inner_text())[-2])


def test_a_training_plays_stops_and_is_found_again_by_its_link(visit: Visit):
    page = visit("replay")
    assert frame_of(page) > 20  # at its end
    maps = page.locator(".as-run-map svg")
    expect(maps).to_have_count(2)
    last, end = maps.first.locator("[data-cells]").inner_html(), page.locator(SAID).inner_text()
    page.get_by_role("button", name="Play").click()
    assert end.startswith("After update")
    expect(page.locator(SAID)).not_to_have_text(end)  # it begins again
    expect(page.locator(SAID)).to_contain_text("After update")
    page.get_by_role("button", name="Pause").click()
    settle(page)
    stopped = page.locator(SAID).inner_text()
    assert maps.first.locator("[data-cells]").inner_html() != last
    update = re.search(r"u=u(\d+)", page.url)[1]
    assert f"update {update} " in stopped
    page.reload()
    settle(page)
    assert page.locator(SAID).inner_text() == stopped


def test_keys_move_through_the_frames_and_both_maps_light_up_together(visit: Visit):
    page = visit("replay", lang="zh")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(SAID)).to_contain_text("第一次更新之前")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(SAID)).to_contain_text("（第 3 帧")
    page.locator(".as-jump").first.click()
    settle(page)
    moment = re.findall(r"\d+", page.locator(".as-jump").first.inner_text())[-1]
    expect(page).to_have_url(re.compile(rf"u=u{moment}\b"), timeout=SLOW)
    first = page.locator(".as-run-map .as-figure").first
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".as-run-map text.as-on")).to_have_count(4)  # a row and a column in each
    expect(page.locator(".as-tip.as-shown")).to_be_visible()


def test_another_text_is_shown_where_the_training_stands(visit: Visit):
    page = visit("replay", v="2", p="8", u="u0")
    settle(page)
    box = page.get_by_role("combobox").last
    box.click()
    page.get_by_role("option").nth(1).click()
    settle(page)
    assert "p=2" in page.url
    expect(page.locator(".as-run-map text[data-side=source]").first).to_have_text("She")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_file_that_plays_offline_plays(visit: Visit, tmp_path: Path, scheme: str):
    page = visit("replay")
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("button", name="Download").click()
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="HTML", exact=True).first.click()
    file = tmp_path / "replay.html"
    download.value.save_as(file)
    page.goto(file.as_uri())
    end = page.locator(SAID).inner_text()
    page.get_by_role("button", name="Play").click()
    expect(page.locator(SAID)).not_to_have_text(end)
    assert page.locator(".as-run-map rect[data-row]").count() > 20
