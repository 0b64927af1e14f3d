"""The Models page as a visitor meets it: narrowed, opened by a click or by keys, compared, taken along and brought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
TRIED = 240_000  # in which a model was looked at, on a machine that does much else
HEAD, ROW = 38, 35  # pixels of the list of models


def card(page: Page) -> str:
    """The name of the model whose card is open."""
    return page.get_by_test_id("stCaptionContainer").get_by_text("comes with Alignscope").inner_text()


def click_row(page: Page, row: int) -> None:
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 60, box["y"] + HEAD + ROW * row + ROW / 2)
    settle(page)


def test_a_click_on_a_row_opens_its_card_and_the_link_brings_it_back(visit: Visit, page: Page):
    visit("models", k="couplet")
    click_row(page, 1)
    expect(page.get_by_role("heading", level=2)).to_contain_text("local-m", ignore_case=True, timeout=SLOW)
    settle(page)
    assert "couplet/local-m" in card(page)
    page.reload()
    settle(page)
    assert "couplet/local-m" in card(page) and "m=couplet%2Flocal-m" in page.url


def test_with_keys_alone_a_model_is_found_opened_and_compared(visit: Visit, page: Page):
    visit("models")
    page.get_by_label("Words in its name or description").focus()
    page.keyboard.type("sparsemax")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("Models: 1 of")).to_be_visible(timeout=SLOW)
    for label, typed in (("Model", "en-fr-sparsemax"), ("Compare with another model", "en-fr-entmax15")):
        page.get_by_role("combobox", name=label, exact=True).focus()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        settle(page)
    expect(page.get_by_role("heading", name="What differs")).to_be_visible(timeout=SLOW)
    settings = page.locator("table").last
    assert "model.selection" in settings.inner_text() and "model.embedding" not in settings.inner_text()


def test_a_model_opens_on_the_page_that_uses_it(visit: Visit, page: Page):
    visit("models", m="classification/imdb-bilstm")
    page.get_by_role("link", name="Open on Documents").click()
    expect(page.get_by_role("heading", name="Documents", level=1)).to_be_visible(timeout=SLOW)
    settle(page)
    assert "m=classification%2Fimdb-bilstm" in page.url


@pytest.mark.long
def test_a_model_is_taken_along_brought_again_deleted_and_brought_back(visit: Visit, page: Page, tmp_path: Path):
    visit("models", m="couplet/no-attention")
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="Download (").click()
    download.value.save_as(tmp_path / "mine.zip")
    page.get_by_role("button", name="Bring a model").click()
    settle(page)
    page.locator('input[type="file"]').set_input_files(tmp_path / "mine.zip")
    expect(page.get_by_text("stands in all menus")).to_be_visible(timeout=TRIED)
    settle(page)
    own = page.get_by_text("trained or brought here")
    expect(own).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("was deleted.")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Undo").click()
    expect(own).to_be_visible(timeout=SLOW)
    visit("couplets", m="run:no-attention")
    assert page.get_by_test_id("stAlert").count() == 0


def test_what_is_no_model_is_refused_in_a_sentence(visit: Visit, page: Page, tmp_path: Path):
    (tmp_path / "evil.zip").write_bytes(b"PK\x03\x04 and nothing else")
    visit("models")
    page.get_by_role("button", name="Bring a model").click()
    settle(page)
    page.locator('input[type="file"]').set_input_files(tmp_path / "evil.zip")
    expect(page.get_by_text("no whole zip archive")).to_be_visible(timeout=SLOW)
