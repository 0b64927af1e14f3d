"""Self-attention as a visitor uses it, over a tiny Transformer in the folder of models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny_attention
from tests.browsing import open_loaded, settle
from tests.serving import serve

SLOW = 60_000  # milliseconds
NAME = "classification/imdb-transformer"


@pytest.fixture(scope="module")
def attention_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("models")
    words = tiny_attention.tokenizer()
    tiny_attention.network(NAME, len(words)).save_pretrained(folder / "tiny")
    words.save_pretrained(folder / "tiny")
    with serve(tmp_path_factory.mktemp("app"), ALIGNSCOPE_MODELS=str(folder)) as served:
        yield f"{served.url}/self_attention?m=folder:tiny"


@pytest.fixture
def shown(page: Page, attention_url: str) -> Page:
    return open_loaded(page, f"{attention_url}&t=%3Cb%3Ebold%3C%2Fb%3E+or+not%3F&l=1&a=1")


def test_a_head_is_opened_by_keys_and_its_cell_explained_by_enter(shown: Page):
    grid = shown.locator(".as-figure.as-drawn")
    for key in ("ArrowRight", "Home", "ArrowRight", "ArrowDown", "Enter"):
        grid.press(key)
    expect(shown.get_by_role("heading", name="Layer 2 · head 2")).to_be_visible(timeout=SLOW)
    settle(shown)
    matrix = shown.locator('.as-figure:has(svg[data-kind="matrix"])').first
    for key in ("ArrowRight", "Home", "ArrowRight", "Enter"):
        matrix.press(key)
    expect(shown.get_by_text("q · k =")).to_be_visible(timeout=SLOW)
    settle(shown)
    assert "q=1" in shown.url and "j=2" in shown.url


def test_a_text_that_looks_like_markup_stays_text_in_every_shape(shown: Page):
    for shape in ("Lines", "Table", "Heat map"):
        shown.get_by_text(shape, exact=True).click()
        settle(shown)
        assert shown.locator("b", has_text="bold").count() == 0
    pieces = shown.locator('svg[data-kind="matrix"] text[data-axis="row"]').all_text_contents()
    assert "".join(pieces).replace("[CLS]", "").replace("[SEP]", "") == "<b>bold</b>ornot?"


def test_a_muted_head_is_named_and_one_click_takes_it_back(shown: Page):
    shown.get_by_text("Intervene on this head").click()
    shown.get_by_role("button", name="Apply").click()
    chip = shown.get_by_role("button", name="Mute: Encoder, layer 1 · head 1")
    expect(chip).to_be_visible(timeout=SLOW)
    settle(shown)
    assert "x=mute-encoder-1-1" in shown.url
    chip.click()
    expect(chip).to_have_count(0, timeout=SLOW)


@pytest.mark.parametrize("width", [400, 1600])
def test_the_page_is_no_wider_than_the_screen(shown: Page, width: int):
    shown.set_viewport_size({"width": width, "height": 900})
    shown.wait_for_timeout(400)
    assert shown.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
