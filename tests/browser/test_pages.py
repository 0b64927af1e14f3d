"""Every page as a visitor first meets it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import settle
from tests.serving import ROOT

# The page that opens has no path of its own.
PAGES = ["", *sorted({f.stem for f in (ROOT / "webapp" / "app_pages").glob("*.py")} - {"translate"})]
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_a_page_opens_with_an_answer_and_no_refusal(visit: Callable[..., Page], path: str, language: str):
    page = visit(path, lang=language)
    answer = '[data-testid="stDataFrame"]' if path == "many_texts" else "svg [data-row]"
    assert page.locator(answer).count() > 1
    assert page.locator('[data-testid="stAlert"]').all_inner_texts() == []
    headings = page.locator("h1, h2, h3").all_inner_texts()
    assert headings
    assert bool(re.search("[一-鿿]", " ".join(headings))) == (language == "zh")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_a_page_fits_on_a_phone(visit: Callable[..., Page], page: Page, path: str, scheme: str):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 400, "height": 800})
    visit(path)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0


def test_the_language_can_be_changed_and_nothing_else_changes(visit: Callable[..., Page]):
    page = visit(lang="en")
    texts = page.locator("svg [data-side]").all_inner_texts()
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("h1, h2, h3").first).to_have_text(re.compile("[一-鿿]"), timeout=20_000)
    settle(page)
    assert page.locator("svg [data-side]").all_inner_texts() == texts
    expect(page.get_by_role("combobox").first).to_have_value(re.compile("[一-鿿]"))
