"""A journey through the page Without attention in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
TEXTS = 'svg[data-kind="text"]'
SOURCE = '[data-side="source"]'


def test_a_longer_sentence_is_read_by_all_decoders_and_lights_up_in_all(visit: Visit):
    page = visit("without_attention", n="1", t="She gave me a red apple.")
    texts = page.locator(TEXTS)
    shown = texts.count()
    assert shown >= 1 and page.locator(".katex-error").count() == 0
    assert texts.first.locator(SOURCE).count() == 7
    slider = page.get_by_role("slider", name="Sentences in a row")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(texts.first.locator(SOURCE)).to_have_count(14, timeout=SLOW)
    settle(page)
    assert "n=2" in page.url
    assert page.locator("text=of 12 words matter").count() == shown
    texts.first.locator(SOURCE).nth(5).hover()
    expect(page.locator(f"{TEXTS} .as-on{SOURCE}")).to_have_count(shown)

    page.get_by_text("Log-probability per subword", exact=True).first.click()
    settle(page)
    assert "c=logprob_per_piece" in page.url and "n=2" in page.url
