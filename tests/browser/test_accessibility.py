"""Every page by the rules of WCAG 2.1 AA, as axe-core checks them, and what no such program can check."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import PAGES
from tests.browsing import settle
from tests.serving import ROOT

AXE = ROOT / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"
NO_AXE = "axe-core is not installed: run `make javascript`, which needs Node.js 20.19 or newer with npm"
RULES = """async () => {
  const only = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] };
  const { violations } = await axe.run(document, { runOnly: only, resultTypes: ['violations'] });
  const said = ({ html, any, all, none }) => `${html.slice(0, 200)}: ${([...any, ...all, ...none][0] ?? {}).message}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${said(node)}`));
}"""
THEME = "getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).colorScheme"
Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
# Each language and each scheme once; axe-core takes seconds for each page.
SHOWN = [
    ("en", "light"),
    ("zh", "dark"),
    pytest.param("en", "dark", marks=pytest.mark.long),
    pytest.param("zh", "light", marks=pytest.mark.long),
]
needs_axe = pytest.mark.skipif(not AXE.exists(), reason=NO_AXE)


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 AA, in figures too: nothing is left out."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RULES)
    return found


@needs_axe
@pytest.mark.parametrize(("language", "scheme"), SHOWN)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_no_page_breaks_a_rule_of_wcag_in_light_or_dark(
    visit: Visit, page: Page, path: str, language: str, scheme: str
):
    page.emulate_media(color_scheme=scheme)
    visit(path, lang=language)
    assert page.evaluate(THEME) == scheme
    assert violations(page) == []


@needs_axe
def test_nothing_that_opens_over_a_page_breaks_a_rule(visit: Visit):
    page = visit()
    for name in ("Download", "Link to this view", "Open a file"):
        page.get_by_role("button", name=name).first.click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible(timeout=SLOW)
        settle(page)
        assert violations(page) == []
        page.keyboard.press("Escape")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_headings_go_down_step_by_step(visit: Visit, path: str):
    page = visit(path)
    levels = [
        int(tag[1]) for tag in page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(h => h.tagName)")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels)), levels


def test_the_page_says_which_language_it_is_in(visit: Visit):
    page = visit(lang="zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.get_by_text("English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en", timeout=SLOW)


def test_all_downloads_are_in_sight_once_they_are_open(visit: Visit, page: Page):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit()
    page.get_by_role("button", name="Download").first.click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body.get_by_role("button", name="JSON")).to_be_visible(timeout=SLOW)
    settle(page)
    assert body.evaluate("e => e.scrollHeight - e.clientHeight") <= 1
    box = body.bounding_box()
    assert box is not None
    assert box["y"] >= 0 and box["y"] + box["height"] <= 720


def test_a_printed_page_holds_no_controls_of_the_app_and_is_not_cut(visit: Visit, page: Page):
    visit("scoring_functions")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4
    for part in ("stSidebar", "stHeader", "stPopover"):
        assert page.get_by_test_id(part).filter(visible=True).count() == 0
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollHeight - e.clientHeight") <= 1
    formulas, maps = (
        page.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())")
        for selector in (".katex-display", "svg[data-kind=matrix]")
    )
    assert formulas and maps
    assert [(f, m) for f in formulas for m in maps if overlap(f, m)] == []


def overlap(a: dict[str, float], b: dict[str, float]) -> bool:
    across = min(a["right"], b["right"]) - max(a["left"], b["left"])
    down = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
    return across > 1 and down > 1


def test_the_translation_can_be_selected_copied_and_is_read_out_in_its_order(visit: Visit):
    page = visit()
    figure = page.locator('.as-figure:has(svg[data-kind="text"])').first
    words = figure.locator("text[data-side]").all_text_contents()
    box = figure.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 6, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 6, middle, steps=8)
    page.mouse.up()
    page.keyboard.press("ControlOrMeta+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.replace(" ", "") == "".join(words)
    assert (figure.get_attribute("aria-label") or "").startswith(copied)
    typed = page.get_by_label("Sentence in English", exact=True)
    typed.fill("We sold two houses.")
    typed.press("Enter")
    said = page.locator(".as-root:has(svg[data-kind=text]) > [aria-live=polite]").first
    expect(said).not_to_be_empty(timeout=SLOW)
    assert said.inner_text().replace(" ", "") == "".join(figure.locator("text[data-side]").all_text_contents())
