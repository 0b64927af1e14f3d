"""A corpus of one's own: brought, seen, chosen, and nobody else's by a link."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import Notes, settle, watched
from tests.serving import serve

LONG = 90_000  # milliseconds: what tries a training imports all that it needs
PAIRS = "".join(f"The cat number {k} is <b>black</b>.\tLe chat numéro {k} est noir.\n" for k in range(120))


@pytest.mark.long
def test_who_brings_a_corpus_finds_it_again_and_whoever_has_the_link_does_not(browser: Browser, tmp_path: Path):
    notes = Notes()
    with serve(tmp_path, ALIGNSCOPE_RUNS=str(tmp_path / "runs")) as served:
        with watched(browser, notes) as page:
            page.goto(f"{served.url}/train")
            page.get_by_role("button", name="Own corpus…").click()
            box = page.locator(".st-key-train_own_corpus")
            file = {"name": "cats.tsv", "mimeType": "text/plain", "buffer": PAIRS.encode("utf-16")}
            box.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
            expect(box).to_contain_text("used 120", timeout=LONG)
            expect(box.get_by_role("cell", name="The cat number 0 is <b>black</b>.")).to_be_visible()
            page.get_by_role("button", name="Use this corpus").click()
            chosen = page.get_by_role("combobox", name="Learns from")
            expect(chosen).to_have_value("English → French · cats (own)", timeout=LONG)
            settle(page)
            link = page.url
            assert parse_qs(urlsplit(link).query)["c"][0].startswith("own:cats-")
            page.reload()
            expect(chosen).to_have_value("English → French · cats (own)", timeout=LONG)
            page.get_by_role("button", name="What will it take?").click()
            expect(page.get_by_text("Updates in 5 minutes")).to_be_visible(timeout=LONG)
            expect(page.get_by_role("button", name="Start")).to_be_visible()
        with watched(browser, notes) as other:
            other.goto(link)
            theirs = other.get_by_role("combobox", name="Learns from")
            expect(theirs).to_have_value("English → French · tatoeba/en-fr", timeout=LONG)
            expect(other.get_by_text("asks for something that is not here")).to_be_visible()
    assert not notes, notes
