"""Headings that something else lies over."""

from __future__ import annotations

from playwright.sync_api import Page

COVERED = """() => {
  const lines = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].flatMap((heading) => {
    const range = document.createRange();
    range.selectNodeContents(heading);
    return [...range.getClientRects()].map((box) => [heading, box]);
  });
  const named = 'button, a[href], input, select, textarea, [role="button"], [role="combobox"], [role="slider"]';
  const seen = { opacityProperty: true, visibilityProperty: true };
  const controls = [...document.querySelectorAll(named)].filter((e) => e.checkVisibility(seen));
  const reach = (a, b, from, to) => Math.min(a[to], b[to]) - Math.max(a[from], b[from]) > 1;
  const over = (a, b) => reach(a, b, 'left', 'right') && reach(a, b, 'top', 'bottom');
  return lines.flatMap(([heading, box]) => controls
    .filter((e) => !heading.contains(e) && over(box, e.getBoundingClientRect()))
    .map((e) => `${heading.textContent} / ${e.getAttribute('aria-label') ?? e.textContent}`));
}"""


def covered(page: Page) -> list[str]:
    """Lines of headings that lie under something to press or to fill in, each with what it lies under."""
    found: list[str] = page.evaluate(COVERED)
    return found
