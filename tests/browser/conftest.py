"""The running app, and a browser that keeps an eye on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsing import ARGS, NO_BROWSER, Notes, chromium, settle, watched
from tests.serving import serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() is None:
        for item in items:
            if "tests/browser" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real app, started for these tests; no slash at the end."""
    folder = tmp_path_factory.mktemp("app")
    with serve(folder, ALIGNSCOPE_SECOND="1", ALIGNSCOPE_RUNS=str(folder / "runs")) as served:
        yield served.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def notes() -> Notes:
    """What `page` saw go wrong. A test that expects some of it looks, and then clears the list."""
    return Notes()


@pytest.fixture
def page(browser: Browser, notes: Notes) -> Iterator[Page]:
    """A fresh visitor; the test fails if the page logs an error, calls another machine or runs a script from a text."""
    with watched(browser, notes) as tab:
        yield tab
    assert not notes, notes


@pytest.fixture
def visit(page: Page, app_url: str) -> Callable[..., Page]:
    """visit("chat", lang="zh"): open a page of the app, by itself Translate, and wait until it stands still."""

    def open_page(path: str = "translate", **query: str) -> Page:
        page.goto(f"{app_url}/{path}" + (f"?{urlencode(query)}" if query else ""))
        settle(page)
        return page

    return open_page
