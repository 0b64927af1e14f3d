"""What a newcomer sees of each page before anything is scrolled: the picture, and how to take it along."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browsing import assert_in_sight, settle

Visit = Callable[..., Page]
GRID = ".as-figure.as-drawn"  # of all heads


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    return dict(found)


def test_what_takes_a_document_along_is_in_sight_however_long_it_is(visit: Visit, page: Page):
    visit("documents", t="The film was long, but the end of it was good. " * 150)
    for width, height in ((1280, 720), (400, 800)):
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        for name in ("Download", "Link to this view", "Open a file"):
            assert_in_sight(page.get_by_role("button", name=name), width, height)


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
