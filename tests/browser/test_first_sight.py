"""What a newcomer sees of each page before anything is scrolled: the picture, and how to take it along."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import settle

Visit = Callable[..., Page]
SCREENS = [(1280, 720), (400, 800)]
GRID = ".as-figure.as-drawn"  # of all heads


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize(
    "path",
    ["", "documents", "self_attention", "mechanisms", "without_attention"],
    ids=lambda path: path or "first",
)
def test_what_can_be_taken_along_is_in_sight_however_long_the_page_is(visit: Visit, page: Page, path: str):
    long = "The film was long, but the end of it was good. " * (150 if path == "documents" else 3)
    visit(path, t=long)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        for name in ("Download", "Link to this view", "Open a file"):
            button = page.get_by_role("button", name=name)
            expect(button).to_be_visible()
            place = button.bounding_box()
            assert place is not None
            assert 0 <= place["y"] <= place["y"] + place["height"] <= height, (width, name, place)
            assert 0 <= place["x"] <= place["x"] + place["width"] <= width, (width, name, place)


def test_the_open_head_stands_beside_the_grid_of_all_on_a_laptop(visit: Visit, page: Page):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit("self_attention")
    grid = box(page, GRID)
    head = box(page, 'h2:has-text("Layer")')
    assert head["x"] >= grid["x"] + grid["width"]
    assert head["y"] < grid["y"] + grid["height"] / 2


def test_on_a_phone_the_open_head_follows_the_grid_of_all_at_once(visit: Visit, page: Page):
    page.set_viewport_size({"width": 400, "height": 800})
    visit("self_attention")
    settle(page)
    grid = box(page, GRID)
    assert grid["height"] <= 0.85 * 800
    assert box(page, 'h2:has-text("Layer")')["y"] - (grid["y"] + grid["height"]) <= 250
