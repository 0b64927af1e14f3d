"""What holds of every page as it opens, in either language, by day and by night. Each is opened once for all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import NEEDED, violations
from tests.browser.covered import covered
from tests.browser.latin import english
from tests.browsing import PAGES, Notes, assert_in_sight, settle, watched

SLOW = 30_000  # milliseconds
SMALLEST, PHONE, LAPTOP, SCREEN = (320, 640), (400, 800), (1280, 720), (1600, 1000)
# The first picture of where a model looked; Batch and Step by step open with tables and numbers, and what Start here
# shows is taken along on other pages.
PICTURE = {
    "translate": ".st-key-translate_figure_attention .as-figure",
    "documents": '.as-figure:has(svg[data-kind="document"])',
    "self_attention": ".as-figure.as-drawn",
    "chat": '.as-figure:has(svg[data-kind="matrix"])',
    "couplets": '.as-figure:has(svg[data-kind="lines"])',
    "mechanisms": '.as-figure:has(svg[data-kind="matrix"])',
    "without_attention": '.as-figure:has(svg[data-kind="matrix"])',
}
TAKES_ALONG = {"en": ("Download", "Link to this view", "Open a file"), "zh": ("下载", "分享链接", "打开文件")}
THEME = "getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).colorScheme"
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


class Opened(NamedTuple):
    """A page as it opened, at the size of a laptop, and what went wrong on it."""

    page: Page
    notes: Notes
    path: str
    language: str
    scheme: str


# Each language and each scheme once; the other two ways to pair them take as long again.
SHOWN = [
    pytest.param((path, *shown), id="-".join((path or "first", *shown)), marks=marks)
    for path in PAGES
    for *shown, marks in (
        ("en", "light", ()),
        ("zh", "dark", ()),
        ("en", "dark", pytest.mark.long),
        ("zh", "light", pytest.mark.long),
    )
]


@pytest.fixture(scope="module", params=SHOWN)
def shared(request: pytest.FixtureRequest, browser: Browser, app_url: str) -> Iterator[Opened]:
    path, language, scheme = request.param
    notes = Notes()
    with watched(browser, notes, size=LAPTOP, scheme=scheme) as page:
        page.goto(f"{app_url}/{path}?lang={language}")
        settle(page)
        yield Opened(page, notes, path, language, scheme)


@pytest.fixture
def opened(shared: Opened) -> Iterator[Opened]:
    """The page as it opened, whatever the test before this one did; the test fails if the page does what none may."""
    resize(shared.page, LAPTOP)
    shared.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTo(0, 0)")
    yield shared
    assert not shared.notes, shared.notes


def resize(page: Page, size: tuple[int, int]) -> None:
    if page.viewport_size != {"width": size[0], "height": size[1]}:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        settle(page)
        page.wait_for_timeout(200)  # figures are laid out anew once the page has its new width


def test_a_page_opens_with_an_answer_and_no_refusal(opened: Opened):
    answer = {
        "many_texts": '[data-testid="stDataFrame"]',
        "models": '[data-testid="stDataFrame"], [data-testid="stMetric"]',
        "train": '[data-testid="stMetric"], [data-testid="stSelectbox"]',
    }
    assert opened.page.locator(answer.get(opened.path, "svg [data-row]")).count() > 1
    assert opened.page.locator('[data-testid="stAlert"]').all_inner_texts() == []
    headings = opened.page.locator("h1, h2, h3").all_inner_texts()
    assert headings
    assert bool(re.search("[一-鿿]", " ".join(headings))) == (opened.language == "zh")


def test_headings_go_down_step_by_step(opened: Opened):
    headings = opened.page.locator("h1, h2, h3, h4, h5, h6")
    levels = [int(tag[1]) for tag in headings.evaluate_all("all => all.map(h => h.tagName)")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels)), levels


@NEEDED
def test_no_page_breaks_a_rule_of_wcag_in_light_or_dark(opened: Opened):
    assert opened.page.evaluate(THEME) == opened.scheme
    assert violations(opened.page) == []


def test_half_of_the_first_picture_and_what_takes_it_along_are_in_sight(opened: Opened):
    if opened.path not in PICTURE:
        pytest.skip("it opens with something else than a picture")
    for size in (LAPTOP, PHONE):
        resize(opened.page, size)
        box = opened.page.locator(PICTURE[opened.path]).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] / 2 <= size[1], (size, box)
        for name in TAKES_ALONG[opened.language]:
            assert_in_sight(opened.page.get_by_role("button", name=name), *size)


def test_no_figure_and_no_table_is_cut_at_any_width(opened: Opened):
    for size in (PHONE, LAPTOP, SCREEN):
        resize(opened.page, size)
        assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        assert opened.page.evaluate(CUT) == [], size


def test_no_heading_lies_under_a_control_at_any_width(opened: Opened):
    for size in (SMALLEST, PHONE, (500, 800), (640, 800), (800, 800), LAPTOP):
        resize(opened.page, size)
        assert covered(opened.page) == [], size


def test_no_part_of_streamlits_own_speaks_english_on_a_chinese_page(opened: Opened):
    if opened.language != "zh":
        pytest.skip("its own words are English")
    parts = ("stFileUploader", "stHeader", "stSkipToContent", "stSidebarHeader", "InputInstructions")
    assert english(opened.page, *parts) == []
    opened.page.get_by_test_id("stMainMenuButton").click()
    menu = opened.page.get_by_test_id("stMainMenuList")
    expect(menu).to_contain_text("打印", timeout=SLOW)
    settle(opened.page)
    assert english(opened.page, "stMainMenuPopover", "stMainMenuList") == []
    opened.page.keyboard.press("Escape")
    expect(menu).not_to_be_visible(timeout=SLOW)
