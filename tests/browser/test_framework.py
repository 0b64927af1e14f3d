"""What Streamlit says by itself, on Chinese pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import PAGES
from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
# Names in Latin letters that Chinese keeps.
KEPT = re.compile(
    r"Alignscope|Excel|csv|Streamlit v|JSON Lines|English|Ctrl|Enter|"
    r"JSONL?|CSV|TSV|TXT|XLSX?|ODS|PNG|JPE?G|WEBP|MB|\d+B"
)
# All that is said in one part of a page: texts in sight and names for a screen reader.
SAID = """(parts) => parts.flatMap((part) => {
  const own = [part, ...part.querySelectorAll('*')].filter((e) => !e.closest('[aria-hidden="true"]'));
  const icon = '[data-testid="stIconMaterial"]'; // in a button, which has a name of its own
  const names = own.filter((e) => !e.matches(icon)).flatMap((e) =>
    ['aria-label', 'title', 'placeholder'].map((name) => e.getAttribute(name)));
  const texts = own.filter((e) => !e.closest(`${icon}, style, script`)).flatMap((e) =>
    [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data));
  return [...names, ...texts].filter((text) => text && /[A-Za-z]{2,}/.test(text));
})"""


def english(page: Page, *parts: str) -> list[str]:
    said = page.locator(", ".join(f'[data-testid="{part}"]' for part in parts)).evaluate_all(SAID)
    return [text for text in said if re.search(r"[A-Za-z]{2,}", KEPT.sub("", text))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "first")
def test_no_part_of_streamlits_own_speaks_english_on_a_chinese_page(visit: Visit, path: str):
    page = visit(path, lang="zh")
    parts = ("stFileUploader", "stHeader", "stSkipToContent", "stSidebarHeader", "InputInstructions")
    assert english(page, *parts) == []
    page.get_by_test_id("stMainMenuButton").click()
    expect(page.get_by_test_id("stMainMenuList")).to_contain_text("打印", timeout=SLOW)
    settle(page)
    assert english(page, "stMainMenuPopover", "stMainMenuList") == []


def test_the_box_for_files_is_chinese_for_eyes_ears_and_keys_and_takes_a_file(visit: Visit, page: Page, tmp_path: Path):
    # Heard from the start: a browser that is told to hand its choosers over only as the key comes down may be too late.
    page.on("filechooser", lambda chooser: None)
    visit("many_texts", lang="zh")
    box = page.get_by_test_id("stFileUploader")
    button = box.get_by_role("button", name="上传", exact=True)
    expect(button).to_be_visible()
    expect(box).to_contain_text("每个文件不超过 20")
    button.focus()
    expect(button).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    table = tmp_path / "评论.csv"
    table.write_text("text\n这家酒店很好\n", encoding="utf-8")
    chooser.value.set_files(table)
    expect(page.get_by_text("评论.csv").first).to_be_visible(timeout=SLOW)
    settle(page)
    assert english(page, "stFileUploaderDropzone") == []


def test_a_page_that_changes_its_language_changes_all_of_it(visit: Visit):
    page = visit("many_texts", lang="zh")
    box = page.get_by_test_id("stFileUploader")
    expect(box.get_by_role("button", name="上传", exact=True)).to_be_visible()
    page.get_by_text("English", exact=True).click()
    expect(box.get_by_role("button", name="Upload", exact=True)).to_be_visible(timeout=SLOW)
    expect(box).to_contain_text("per file")
