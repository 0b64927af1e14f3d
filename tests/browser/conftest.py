"""The running app, and a browser that keeps an eye on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.browsing import ARGS, NO_BROWSER, Notes, chromium, settle
from tests.serving import serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() is None:
        for item in items:
            if "tests/browser" in item.path.as_posix():
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real app, started for these tests; no slash at the end."""
    with serve(tmp_path_factory.mktemp("app")) as served:
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
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.on("console", lambda m: notes.errors.append(m.text) if m.type == "error" and not searching(m) else None)
    tab.on("pageerror", lambda e: notes.errors.append(str(e)))
    tab.on("request", lambda r: notes.outside.append(r.url) if outside(r.url) else None)
    tab.on("requestfailed", lambda r: notes.outside.remove(r.url) if refused(r) else None)
    tab.on("dialog", lambda d: (notes.dialogs.append(d.message), d.dismiss()))
    yield tab
    if tab.evaluate("window.__xss !== undefined"):
        notes.scripts.append(str(tab.evaluate("window.__xss")))
    context.close()
    assert not notes, notes


@pytest.fixture
def visit(page: Page, app_url: str) -> Callable[..., Page]:
    """visit("translate", lang="zh"): open a page of the app and wait until it stands still."""

    def open_page(path: str = "", **query: str) -> Page:
        page.goto(f"{app_url}/{path}" + (f"?{urlencode(query)}" if query else ""))
        settle(page)
        return page

    return open_page


def searching(message: ConsoleMessage) -> bool:
    """Whether Streamlit asks, from a page with a path, if the app lies below it; Chromium logs the "no" as an error."""
    return bool(re.fullmatch(r"/[^/]+/_stcore/(health|host-config)", urlsplit(message.location["url"]).path))


def refused(request: Request) -> bool:
    """Whether a request to another machine was stopped by our own policy before it left (its console error stays)."""
    return outside(request.url) and "csp" in (request.failure or "").lower()


def outside(url: str) -> bool:
    """Whether a request leaves this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost")
