"""How figures use the width of the screen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[..., Page]


def test_nine_tokens_need_no_scrolling_on_a_phone_and_a_wide_screen_has_larger_cells(visit: Visit, page: Page):
    page.set_viewport_size({"width": 400, "height": 800})
    visit(t="I don't like the black cat at all.")
    maps = page.locator('.as-figure:has(svg[data-kind="matrix"])')
    assert int(maps.first.locator("svg[data-columns]").get_attribute("data-columns") or 0) >= 9
    for k in range(maps.count()):
        assert maps.nth(k).evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    page.set_viewport_size({"width": 1600, "height": 1000})
    expect(maps.first).to_be_visible()
    page.wait_for_timeout(300)
    drawn = maps.first.locator("svg").evaluate("e => [e.clientWidth, e.viewBox.baseVal.width]")
    assert drawn[0] > 1.1 * drawn[1]
