"""What axe-core finds in what opens over a page, and what no such program can check."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import NEEDED, violations
from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds


@NEEDED
def test_nothing_that_opens_over_a_page_breaks_a_rule(visit: Visit):
    page = visit()
    for name in ("Download", "Link to this view", "Open a file"):
        page.get_by_role("button", name=name).first.click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible(timeout=SLOW)
        settle(page)
        assert violations(page) == []
        page.keyboard.press("Escape")


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
    visit("mechanisms")
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
