"""Journeys through the Documents page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import settle
from webapp.examples.reviews import REVIEWS

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
TEXT = "The start is dull. But the end is good, isn't it? Go & see <b>it</b>!"


def inked(text: str) -> str:
    return "".join(text.split())


def drawn(page: Page, kind: str = "document") -> Locator:
    return page.locator(f'svg[data-kind="{kind}"]').first


def words(page: Page) -> str:
    return "".join(drawn(page).locator('text[data-axis="column"]').all_text_contents())


def read(page: Page, said: str) -> None:
    """Wait until so many of so many sentences were read, which the page says where some were not."""
    some, count = said.split(" of ")
    expect(drawn(page).locator("g[data-sentence]")).to_have_count(int(count), timeout=SLOW)
    note = page.get_by_text(f"The model read {said} sentences.")
    expect(note).to_have_count(int(some != count), timeout=SLOW)
    settle(page)


def opened(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=name).first.click()
    settle(page)
    return page.get_by_test_id("stPopoverBody")


def test_a_review_is_drawn_word_for_word_and_a_word_says_its_numbers(visit: Visit):
    page = visit("documents")
    assert words(page) == inked(REVIEWS["en"]["mixed"])
    drawn(page).locator('text[data-axis="column"][data-index="3"]').hover()
    expect(page.locator(".as-tip.as-shown")).to_have_text(re.compile(r"expecting\s+0\.\d+ .*p_s 0\.\d+ · p_w 0\.\d+"))


def test_a_sentence_is_switched_off_with_a_click_and_comes_back_with_undo(visit: Visit):
    page = visit("documents", t=TEXT)
    read(page, "3 of 3")
    page.locator(".as-box").nth(1).click()
    read(page, "2 of 3")
    expect(page.get_by_text("Before the change:")).to_be_visible()
    assert page.locator('text[text-decoration="line-through"]').count() > 5
    page.get_by_role("button", name="Undo").click()
    read(page, "3 of 3")
    page.get_by_role("button", name="Redo").click()
    read(page, "2 of 3")
    page.locator(".as-box").nth(0).click()
    read(page, "1 of 3")
    page.locator(".as-box").nth(2).click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("One sentence at least", timeout=SLOW)


def test_a_sentence_is_rewritten_where_it_stands(visit: Visit):
    page = visit("documents", t=TEXT)
    drawn(page).locator('text[data-axis="column"][data-index="1"]').dblclick()
    editor = page.locator(".as-editor")
    expect(editor).to_have_value("The start is dull.")
    editor.fill("<img src=x onerror=alert(1)> is great. I say.")
    editor.press("Enter")
    read(page, "4 of 4")
    assert words(page).startswith(inked("<img src=x onerror=alert(1)> is great. I say. But"))
    drawn(page).locator('text[data-axis="column"][data-index="1"]').dblclick()
    editor.press("Escape")
    expect(editor).to_have_count(0)
    page.get_by_role("button", name="Reset").click()
    read(page, "3 of 3")
    assert words(page) == inked(TEXT)


def test_the_keyboard_reaches_every_sentence_and_stays_there(visit: Visit):
    page = visit("documents", t=TEXT)
    page.locator(".as-figure").last.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    read(page, "2 of 3")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".as-tip.as-shown")).to_contain_text("Sentence 3")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".as-tip.as-shown")).to_contain_text("Go")
    page.keyboard.press("Enter")
    expect(page.locator(".as-editor")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_lines_are_as_long_as_the_screen_is_wide(visit: Visit, page: Page, scheme: str):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 400, "height": 800})
    visit("documents")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    edges = [box["x"] + box["width"] for w in drawn(page).locator("text").all() if (box := w.bounding_box())]
    assert max(edges) <= 400
    page.set_viewport_size({"width": 1400, "height": 800})
    settle(page)
    assert drawn(page).bounding_box()["width"] > 600  # type: ignore[index]  # it is on the page


def test_the_same_word_lights_up_in_every_model(visit: Visit):
    page = visit("documents", t=TEXT, c="1")
    count = page.locator('svg[data-kind="document"]').count()
    assert count > 2
    drawn(page).locator('text[data-axis="column"][data-index="2"]').hover()
    expect(page.locator('svg[data-kind="document"] text.as-on[data-index="2"]')).to_have_count(count)


def test_everything_can_be_taken_away_and_the_file_opened_again(visit: Visit, page: Page, tmp_path: Path):
    visit("documents", t=TEXT, x="2", r="effect")
    drawer = opened(page, "Download")
    begins = {"SVG": b"<?xml", "PNG": b"\x89PNG", "PDF": b"%PDF", "HTML": b"<!doctype", "CSV": b"", "JSON": b"{"}
    files = {}
    for name, start in begins.items():
        with page.expect_download(timeout=SLOW) as download:
            drawer.get_by_role("button", name=name, exact=True).first.click()
        files[name] = Path(download.value.path()).read_bytes()
        assert files[name].startswith(start) and len(files[name]) > 30
    record = json.loads(files["JSON"])
    assert record["text"] == TEXT and record["without"] == [1] and len(record["traces"]) == 3
    visit("documents")
    saved = tmp_path / "view.json"
    saved.write_bytes(files["JSON"])
    opened(page, "Open a file").locator('input[type="file"]').set_input_files(saved)
    read(page, "2 of 3")
    assert words(page) == inked(TEXT)


def test_the_single_file_needs_nothing_and_nobody(visit: Visit, page: Page, browser: Browser, tmp_path: Path):
    visit("documents", t=TEXT)
    drawer = opened(page, "Download")
    with page.expect_download(timeout=SLOW) as download:
        drawer.get_by_role("button", name="HTML", exact=True).first.click()
    file = tmp_path / "document.html"
    file.write_bytes(Path(download.value.path()).read_bytes())
    context = browser.new_context(offline=True, java_script_enabled=False)
    asked: list[str] = []
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    assert inked("".join(tab.locator('text[data-axis="column"]').all_text_contents())) == inked(TEXT)
    assert asked == [file.as_uri()]
    context.close()


def test_a_link_brings_back_exactly_this_view(visit: Visit, page: Page):
    visit("documents", t=TEXT, x="1", r="words")
    link = opened(page, "Link to this view").locator("code").inner_text()
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    read(page, "2 of 3")
    assert words(page) == inked(TEXT) and page.locator('[data-testid="stAlert"]').count() == 0


def test_a_text_file_of_any_encoding_is_read_and_anything_else_refused(visit: Visit, page: Page, tmp_path: Path):
    visit("documents")
    file = tmp_path / "review.txt"
    file.write_bytes("Ein schöner Film. Really good!".encode("utf-16"))
    opened(page, "Upload a text").locator('input[type="file"]').set_input_files(file)
    read(page, "2 of 2")
    assert words(page) == inked("Ein schöner Film. Really good!")
    expect(page.get_by_test_id("stAlert")).to_contain_text("utf-16")
    unreadable = tmp_path / "bytes.txt"
    unreadable.write_bytes(bytes(range(256)) * 40)
    page.locator('input[type="file"]').set_input_files(unreadable)
    expect(page.get_by_test_id("stAlert")).to_contain_text("encoding of this file cannot be told", timeout=SLOW)
    assert words(page) == inked("Ein schöner Film. Really good!")


def test_a_note_that_goes_leaves_the_boxes_below_it_in_place(visit: Visit, page: Page, tmp_path: Path):
    visit("documents")
    file = tmp_path / "review.txt"
    file.write_bytes("Ein schöner Film. Really good!".encode("utf-16"))
    opened(page, "Upload a text").locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_test_id("stAlert")).to_contain_text("utf-16", timeout=SLOW)
    settle(page)
    box = page.locator('input[type="file"]')
    box.evaluate("box => { box.held = true }")
    page.get_by_role("button", name="Remove review.txt").click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0, timeout=SLOW)
    settle(page)
    # Built anew, the box would have lost a file that was on its way.
    assert box.evaluate("box => box.held === true")
