"""Journeys through the Translate page in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.text.tokenizer import words as words_of
from tests.browsing import settle

Visit = Callable[..., Page]
SLOW = 30_000  # milliseconds
SENTENCE = "The old man and the young woman are here."


def labels(page: Page, side: str, kind: str = "matrix") -> list[str]:
    """The words of one side of the first figure of a kind, in order."""
    return page.locator(f'svg[data-kind="{kind}"]').first.locator(f'text[data-side="{side}"]').all_text_contents()


def type_in(page: Page, text: str, label: str = "Sentence in English") -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Enter")
    for figure in ("attention", "effect"):
        words = page.locator(f'.st-key-translate_figure_{figure} text[data-side="source"]')
        expect(words).to_have_text(words_of(text), timeout=SLOW)
    settle(page)


def opened(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=name).first.click()
    settle(page)
    return page.get_by_test_id("stPopoverBody")


def test_a_typed_sentence_becomes_a_heat_map_of_exactly_its_words(visit: Visit):
    page = visit()
    assert labels(page, "source") == words_of("I don't like the black cat.")
    type_in(page, SENTENCE)
    rows = labels(page, "target")
    assert rows and labels(page, "target", kind="text") == rows
    cells = page.locator(".st-key-translate_figure_attention rect[data-row][data-value]")
    assert cells.count() == len(rows) * len(words_of(SENTENCE))
    shares = [float(cell.get_attribute("data-value") or 0) for cell in cells.all()[: len(words_of(SENTENCE))]]
    assert sum(shares) == pytest.approx(1, abs=0.02)


def test_a_word_pointed_at_lights_up_in_every_figure_without_asking_the_server(visit: Visit):
    page = visit(r="both", s="lines")
    sent: list[str] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda data: sent.append("frame")))
    page.locator('svg[data-kind="text"] text[data-index="1"]').hover()
    word = page.locator('svg[data-kind="text"] text[data-index="1"]').text_content()
    lit = page.locator('svg[data-kind="lines"] text.as-on[data-side="target"]')
    expect(lit).to_have_count(2)
    assert lit.all_text_contents() == [word, word]
    assert sent == []


def test_the_runners_up_of_a_word_are_one_step_away(visit: Visit):
    page = visit()
    page.locator('svg[data-kind="text"] text[data-index="0"]').hover()
    tip = page.locator(".as-tip.as-shown")
    expect(tip).to_contain_text("probability")
    assert re.search(r"\d\.\d+.*,.*\d\.\d+", tip.inner_text())


def test_a_link_brings_back_exactly_this_view(visit: Visit, page: Page):
    visit(r="both", s="lines", u="pieces", e="1", b="3", n="2", k="50", t=SENTENCE)
    link = opened(page, "Link to this view").locator("code").inner_text()
    assert SENTENCE.split()[1] in link
    seen = {side: labels(page, side, kind="lines") for side in ("source", "target")}
    curves = page.locator('svg[data-kind="lines"] path[data-row]').count()
    page.goto("about:blank")
    page.goto(link)
    settle(page)
    assert {side: labels(page, side, kind="lines") for side in ("source", "target")} == seen
    assert page.locator('svg[data-kind="lines"] path[data-row]').count() == curves
    assert page.locator('[data-testid="stAlert"]').count() == 0


def test_the_back_button_brings_back_what_was_seen_before(visit: Visit):
    page = visit()
    type_in(page, "Good morning.")
    type_in(page, "Good night.")
    assert labels(page, "source") == words_of("Good night.")
    page.go_back()
    expect(page.get_by_label("Sentence in English", exact=True)).to_have_value("Good morning.", timeout=SLOW)
    expect(page.locator('.st-key-translate_figure_effect text[data-side="source"]')).to_have_text(
        words_of("Good morning."), timeout=SLOW
    )


def test_everything_can_be_taken_away_and_the_file_opened_again(visit: Visit, page: Page, tmp_path: Path):
    visit(t=SENTENCE, r="effect", e="1")
    seen = labels(page, "source")
    drawer = opened(page, "Download")
    begins = {"SVG": b"<?xml", "PNG": b"\x89PNG", "PDF": b"%PDF", "CSV": b"", "Pharaoh": b"", "JSON": b"{"}
    files, names = {}, {}
    for name, start in begins.items():
        with page.expect_download(timeout=SLOW) as download:
            drawer.get_by_role("button", name=name, exact=True).click()
        names[name] = download.value.suggested_filename
        assert "en-fr-additive" in names[name]
        files[name] = Path(download.value.path()).read_bytes()
        assert files[name].startswith(start) and len(files[name]) > 3
    assert SENTENCE.encode() in files["SVG"] and b"translation/en-fr-additive" in files["SVG"]
    assert SENTENCE.encode() in files["PNG"]
    assert files["CSV"].count(SENTENCE.encode()) == files["CSV"].count(b"translation/en-fr-additive") > 3
    assert re.fullmatch(rb"(\d+-\d+ ?)+\n", files["Pharaoh"]) and "the-old-man" in names["Pharaoh"]
    record = json.loads(files["JSON"])
    assert record["text"] == SENTENCE and record["effect"] and record["traces"][0]["weights"]
    visit()
    saved = tmp_path / "view.json"
    saved.write_bytes(files["JSON"])
    opened(page, "Open a file").locator('input[type="file"]').set_input_files(saved)
    expect(page.get_by_label("Sentence in English", exact=True)).to_have_value(SENTENCE, timeout=SLOW)
    settle(page)
    assert labels(page, "source") == seen


def test_a_file_of_somebody_else_gets_one_sentence(visit: Visit, page: Page, tmp_path: Path):
    visit()
    wrong = tmp_path / "wrong.json"
    wrong.write_text('["<img src=x onerror=alert(1)>"]')
    opened(page, "Open a file").locator('input[type="file"]').set_input_files(wrong)
    expect(page.get_by_test_id("stAlert")).to_contain_text("was not created by Alignscope", timeout=SLOW)


def test_the_keyboard_reaches_the_sentence_and_the_cells(visit: Visit):
    page = visit()
    for figure, sentence in (("attention", "looked at"), ("effect", "both directions")):
        page.locator(f".st-key-translate_figure_{figure} .as-figure").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        expect(page.locator(".as-tip.as-shown")).to_contain_text(sentence)
        expect(page.locator(".as-tip.as-shown")).to_contain_text("%")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_same_words(visit: Visit, page: Page, scheme: str):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 400, "height": 800})
    visit(t=SENTENCE, r="both")
    assert labels(page, "source") == words_of(SENTENCE)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_muted_word_is_one_click_and_comes_back_with_the_link(visit: Visit):
    page = visit(t="The black cat.")
    page.get_by_text("What if it had looked elsewhere?").click()
    page.get_by_role("radio", name="Mute", exact=True).click()
    page.get_by_role("button", name="Apply").click()
    changed = page.locator('.st-key-translate_figure_changed rect[data-column="0"][data-value]')
    expect(changed.first).to_be_visible(timeout=SLOW)
    settle(page)
    assert {float(cell.get_attribute("data-value") or 1) for cell in changed.all()} == {0.0}
    page.goto(page.url)
    expect(changed.first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Undo").click()
    expect(changed).to_have_count(0, timeout=SLOW)
