"""Journeys through the Mechanisms page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.attention import SCORES
from engine.text.tokenizer import words as words_of
from tests.browsing import Notes, settle, watched
from webapp.gateway.current import gateway

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
MAPS = 'svg[data-kind="matrix"]'
FOUR = "additive.dot.cosine.location"  # all take three times as long to draw


@pytest.fixture(scope="module")
def all_functions(browser: Browser, app_url: str) -> Iterator[Page]:
    """The page as it opens, with every function; what uses it only looks and points."""
    notes = Notes()
    with watched(browser, notes) as page:
        page.goto(f"{app_url}/mechanisms")
        settle(page)
        yield page
    assert not notes, notes


def test_every_function_has_its_map_formula_and_paper(all_functions: Page):
    page = all_functions
    count = len(gateway.listing.lab())
    expect(page.locator(MAPS)).to_have_count(count, timeout=SLOW)
    assert page.locator(".katex-display").count() >= count
    assert page.locator(".katex-error").count() == 0
    shown = page.inner_text('[data-testid="stMain"]')
    assert all(SCORES[name].source in shown for name in gateway.listing.lab())


def lit(page: Page, side: str) -> list[list[str]]:
    """The words of one side that are lit, map by map."""
    return [map_.locator(f'text.as-on[data-side="{side}"]').all_text_contents() for map_ in page.locator(MAPS).all()]


def test_one_cursor_runs_through_all_maps(all_functions: Page):
    page = all_functions
    for side in ("source", "target"):
        word = page.locator(MAPS).first.locator(f'text[data-side="{side}"]').nth(2)
        word.hover()
        expect(page.locator(f'{MAPS} text.as-on[data-side="{side}"]')).to_have_count(len(gateway.listing.lab()))
        assert lit(page, side) == [[word.text_content()]] * len(gateway.listing.lab())


def test_the_sentence_lights_up_also_where_translations_differ(visit: Visit):
    page = visit("mechanisms", x=FOUR, g="own", t="My sister bought three red apples at the market today.")
    targets = [map_.locator('text[data-side="target"]').all_text_contents() for map_ in page.locator(MAPS).all()]
    page.locator(MAPS).first.locator('text[data-side="source"]').nth(2).hover()
    expect(page.locator(f'{MAPS} text.as-on[data-side="source"]')).to_have_count(len(targets))
    page.locator(MAPS).first.locator('text[data-side="target"]').nth(1).hover()
    expect(page.locator(f'{MAPS} text.as-on[data-side="source"]')).to_have_count(0)
    assert lit(page, "target") == [[targets[0][1]] if words == targets[0] else [] for words in targets]


def test_another_sentence_is_read_by_all_that_are_shown(visit: Visit):
    page = visit("mechanisms", x=FOUR)
    box = page.get_by_label("Sentence in English", exact=True)
    box.fill("We sold two houses.")
    box.press("Enter")
    expect(page.locator(MAPS).last.locator('text[data-side="source"]')).to_have_text(
        words_of("We sold two houses."), timeout=SLOW
    )
    settle(page)
    for drawn in page.locator(MAPS).all():
        assert drawn.locator('text[data-side="source"]').all_text_contents() == words_of("We sold two houses.")


def test_a_file_brings_back_the_functions_that_were_chosen(visit: Visit, page: Page, tmp_path: Path):
    visit("scoring_functions", x="dot.cosine", g="own")  # as the page was called before
    expect(page.locator(MAPS)).to_have_count(2, timeout=SLOW)
    assert urlsplit(page.url).path == "/mechanisms" and "x=dot.cosine" in page.url
    page.get_by_role("button", name="Download").first.click()
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="JSON", exact=True).click()
    saved = tmp_path / "view.json"
    saved.write_bytes(Path(download.value.path()).read_bytes())
    visit("mechanisms", x=FOUR)
    expect(page.locator(MAPS)).to_have_count(4, timeout=SLOW)
    page.get_by_role("button", name="Open a file").click()
    page.get_by_test_id("stPopoverBody").locator('input[type="file"]').set_input_files(saved)
    expect(page.locator(MAPS)).to_have_count(2, timeout=SLOW)
