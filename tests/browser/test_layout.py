"""How figures use the width of the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.covered import covered
from tests.browsing import settle

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


@pytest.mark.parametrize("name", ["mechanisms", "step_by_step"])
def test_each_of_a_few_to_choose_from_is_whole_on_all_its_sides_on_a_phone(visit: Visit, page: Page, name: str):
    page.set_viewport_size({"width": 400, "height": 800})
    visit(name)
    sides = """e => {
        const style = getComputedStyle(e);
        const corners = ["TopLeft", "TopRight", "BottomLeft", "BottomRight"].map(c => style[`border${c}Radius`]);
        const edges = ["Left", "Right", "Top", "Bottom"].map(s => style[`border${s}Color`]);
        return [...edges.map(colour => colour === edges[0] && colour !== "rgba(0, 0, 0, 0)"), ...corners];
    }"""
    choices = page.locator('[data-testid="stMain"] [data-variant="segmented_control"]')
    drawn = [choices.nth(k).evaluate(sides) for k in range(choices.count())]
    assert len(drawn) >= 3 and all(side not in (False, "0px") for each in drawn for side in each)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.long
def test_the_longest_titles_leave_room_for_the_buttons_beside_them(visit: Visit, page: Page, language: str):
    for kind in ("recurrent", "self_attention", "hierarchy"):
        visit("step_by_step", a=kind, lang=language)
        for width in (320, 400, 640):
            page.set_viewport_size({"width": width, "height": 800})
            settle(page)
            assert covered(page) == [], (kind, width)
