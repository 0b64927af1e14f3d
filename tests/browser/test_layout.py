"""How figures and tables use the width of the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import PAGES
from tests.browsing import settle

Visit = Callable[..., Page]
WIDTHS = {400: 800, 1280: 720, 1600: 1000}
# Frames of figures and tables that reach beyond the screen, and figures that reach beyond their frame without a way to
# scroll to the rest.
CUT = """() => {
  const within = (node) => [node, ...node.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean);
  const figures = within(document.body).flatMap((shadow) => [...shadow.querySelectorAll('.as-figure')]);
  const tables = [...document.querySelectorAll('[data-testid="stDataFrame"]')];
  const name = (e) => (e.getAttribute('aria-label') ?? e.textContent).slice(0, 60);
  const beyond = [...figures, ...tables].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
  const hidden = figures.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'auto');
  return [...beyond, ...hidden].map(name);
}"""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_no_figure_and_no_table_is_cut_at_any_width(visit: Visit, page: Page, path: str):
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        visit(path) if width == min(WIDTHS) else settle(page)
        page.wait_for_timeout(200)  # figures are laid out anew once the page has its new width
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        assert page.evaluate(CUT) == [], width


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
