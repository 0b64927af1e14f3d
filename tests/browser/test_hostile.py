"""Every text that means harm, typed into the real app: nothing runs, nobody is called, the words stand as typed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from engine.traces import SPACE
from tests.browsing import settle
from tests.hostile import PAYLOADS
from tests.seeds import parts
from webapp.figures.drawing.typeset import legal

Visit = Callable[..., Page]
LONGEST = 30.0  # seconds until another answer is on screen
MAP = 'svg[data-kind="matrix"]'


def inked(text: str) -> str:
    return "".join(c for c in legal(text) if not c.isspace() and c != SPACE)


def fill(page: Page, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Enter")


def soon(page: Page, side: str, text: str) -> None:
    """Wait until the words of one side are those of the text; fails with both where they never are."""
    deadline = time.monotonic() + LONGEST
    while not reads(shown(page, side), inked(text)) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert reads(shown(page, side), inked(text)), (shown(page, side), inked(text))


def reads(labels: str, text: str) -> bool:
    """Whether labels are the text, with the vocabulary's own entry where it has no subword for what was typed."""
    return re.fullmatch(".+?".join(map(re.escape, labels.split("<unk>"))), text, re.DOTALL) is not None


def shown(page: Page, side: str) -> str:
    return inked("".join(page.locator(MAP).first.locator(f'text[data-side="{side}"]').all_text_contents()))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("texts", parts(PAYLOADS, 12))
def test_translate_shows_harmful_text_as_text(visit: Visit, texts: list[str]):
    page = visit(u="pieces", o="1", y="x", x="1", r="attention")  # effect takes longer and has the same words
    page.get_by_text("Plain text and subword details").click()
    settle(page)
    for text in texts:
        fill(page, "Sentence in English", text)
        fill(page, "Your translation", text)
        soon(page, "source", text)
        soon(page, "target", text)
        assert page.evaluate("window.__xss") is None, text
    settle(page)
    where = page.url
    page.get_by_role("button", name="Link to this view").click()
    settle(page)
    assert page.url == where


@pytest.mark.timeout(600)
@pytest.mark.parametrize("texts", parts(PAYLOADS[::4], 6))
def test_mechanisms_shows_harmful_text_as_text(visit: Visit, texts: list[str]):
    page = visit("mechanisms", x="additive")
    for text in texts:
        fill(page, "Sentence in English", text)
        soon(page, "source", text)
        assert page.evaluate("window.__xss") is None, text


@pytest.mark.parametrize("text", PAYLOADS[::18])
def test_a_link_with_harmful_text_only_shows_it(visit: Visit, text: str):
    page = visit(t=text, m=text, r=text, u="pieces", x="1")
    assert reads(shown(page, "source"), inked(text))
    assert page.get_by_test_id("stAlert").count() == 1
