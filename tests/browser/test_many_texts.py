"""Journeys through the page for several texts in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny
from tests.browsing import settle
from tests.hostile import PAYLOADS
from tests.serving import serve

SLOW = 60_000  # milliseconds
FILE = 'input[type="file"]'
WORDS = "the film was slow and the music loud, yet I stayed to the end because the acting is good. "


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a classifier of the tests among its runs, so that none has to be installed."""
    runs, models = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("models")
    tiny.classifiers(models)
    (models / "classification" / "imdb-han").rename(runs / "tiny")
    with serve(tmp_path_factory.mktemp("app"), ALIGNSCOPE_RUNS=str(runs)) as served:
        yield served.url


Visit = Callable[..., Page]


def table(folder: Path, rows: list[list[str]]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([["text", "label"], *rows])
    path = folder / "mine.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return path


def bring(page: Page, path: Path) -> None:
    page.locator(FILE).set_input_files(path)
    expect(page.get_by_text(path.name, exact=True).last).to_be_visible(timeout=SLOW)
    settle(page)


def test_no_table_writes_cells_that_a_spreadsheet_would_run(visit: Visit) -> None:
    page = visit("many_texts", m="run:tiny")
    page.get_by_test_id("stDataFrame").last.hover()
    expect(page.get_by_role("button", name="Search").last).to_be_visible(timeout=SLOW)
    assert page.locator('[aria-label^="Download as CSV"]').count() > 0
    assert page.locator('[aria-label^="Download as CSV"] >> visible=true').count() == 0


def test_a_table_comes_in_and_goes_back_with_answers(visit: Visit, page: Page, tmp_path: Path):
    visit("many_texts")
    texts = [*PAYLOADS[:20], "=1+1", "x" * 9_000 + " end"]
    bring(page, table(tmp_path, [[text, str(k % 2)] for k, text in enumerate(texts)]))
    page.get_by_role("button", name=re.compile(f"Classify {len(texts)} texts")).click()
    expect(page.get_by_test_id("stMetric").first).to_be_visible(timeout=SLOW)
    settle(page)
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"), newline="")))
    assert rows[0] == ["text", "label", "prediction", "p(negative)", "p(positive)"]
    assert [row[0] for row in rows[1:]] == [f"'{text}" if text == "=1+1" else text for text in texts]
    page.keyboard.press("Escape")
    # The last row, a text too long for a link, by its box.
    grid = page.get_by_test_id("stDataFrame").last
    grid.scroll_into_view_if_needed()
    place = grid.bounding_box()
    assert place
    page.mouse.move(place["x"] + 200, place["y"] + 200)
    page.mouse.wheel(0, 5_000)
    page.wait_for_timeout(500)
    page.mouse.click(place["x"] + 20, place["y"] + place["height"] - 25)
    page.get_by_role("button", name="Open in Documents").click(timeout=SLOW)
    expect(page).to_have_url(re.compile("/documents"), timeout=SLOW)
    expect(page.get_by_label("Text in English", exact=True)).to_have_value(texts[-1], timeout=SLOW)
    settle(page)
    page.get_by_role("link", name="Batch").click()
    expect(page.get_by_test_id("stMetric").first).to_be_visible(timeout=SLOW)


def test_work_can_be_cancelled_and_goes_on(visit: Visit, page: Page, tmp_path: Path):
    visit("many_texts")
    bring(page, table(tmp_path, [[WORDS * 100 + str(k), "1"] for k in range(1_200)]))
    page.get_by_role("button", name=re.compile("Classify 1,200 texts")).click()
    expect(page.get_by_text(re.compile(r"of 1,200 texts · .* a second"))).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Cancel").click()
    said = page.get_by_text(re.compile(r"Stopped after [\d,]+ of 1,200 texts"))
    expect(said).to_be_visible(timeout=SLOW)
    done = int(re.sub(r"\D", "", re.findall(r"after ([\d,]+) of", said.inner_text())[0]))
    assert 0 < done < 1_200
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(re.compile(r"of 1,200 texts · .* a second"))).to_be_visible(timeout=SLOW)
    again = page.get_by_text(re.compile(r"of 1,200 texts ·")).inner_text()
    assert int(re.sub(r"\D", "", again.partition(" of")[0])) >= done
    page.get_by_role("button", name="Cancel").click()
    expect(said).to_be_visible(timeout=SLOW)


def test_a_file_that_is_no_table_gets_one_sentence(visit: Visit, page: Page, tmp_path: Path):
    visit("many_texts")
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(b"PK\x03\x04" + json.dumps(list(range(99))).encode())
    page.locator(FILE).set_input_files(wrong)
    expect(page.get_by_test_id("stAlert")).to_contain_text("not text", timeout=SLOW)
    settle(page)
    # Nothing of the table before stands under its name.
    expect(page.get_by_test_id("stMetric")).to_have_count(0)
