"""What Streamlit says by itself, on Chinese pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.latin import english
from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds


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
