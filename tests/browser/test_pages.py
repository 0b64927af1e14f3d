"""What a visitor changes on any page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsing import settle


def test_the_language_can_be_changed_and_nothing_else_changes(visit: Callable[..., Page]):
    page = visit(lang="en")
    texts = page.locator("svg [data-side]").all_inner_texts()
    page.get_by_text("中文", exact=True).click()
    expect(page.locator("h1, h2, h3").first).to_have_text(re.compile("[一-鿿]"), timeout=20_000)
    settle(page)
    assert page.locator("svg [data-side]").all_inner_texts() == texts
    expect(page.get_by_role("combobox").first).to_have_value(re.compile("[一-鿿]"))
