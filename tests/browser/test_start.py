"""The first five minutes: the bare address, something to try, and links from before."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds


def test_from_the_bare_address_a_thing_to_try_opens_its_view_and_the_menu_leads_back(visit: Visit):
    page = visit("")
    expect(page.get_by_role("heading", level=1)).to_have_text("Start here")
    expect(page.locator(".as-figure")).to_have_count(3)
    page.get_by_role("link", name="Red apple").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Sentence in English", exact=True)).to_have_value(re.compile("red apple"), timeout=SLOW)
    settle(page)
    assert "/translate?" in page.url
    page.get_by_test_id("stSidebarNavLink").get_by_text("Start here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Start here", timeout=SLOW)


@pytest.mark.parametrize(
    "query", [{"t": "Good night."}, {"v": "2", "m": "translation/en-fr-dot", "t": "Good night.", "s": "lines"}]
)
def test_a_link_from_before_to_the_root_still_opens_translate_as_it_says(visit: Visit, query: dict[str, str]):
    page = visit("", **query)
    expect(page.get_by_label("Sentence in English", exact=True)).to_have_value("Good night.")
    expect(page.locator(f'svg[data-kind="{"lines" if "s" in query else "matrix"}"]').first).to_be_visible()
    assert page.get_by_test_id("stAlert").count() == 0
