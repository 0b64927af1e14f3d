"""Find a Chromium and look through it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.serving import ROOT

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = "no Chromium found: install 'chromium' or set CHROMIUM=/path/to/it"
STATE = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const shown = document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]');
  const busy = document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stAppSkeleton"]');
  // Figures stand in shadows, and come when their script has come.
  const figures = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')];
  const blank = figures.some(({ shadowRoot }) => !shadowRoot?.querySelector('.as-figure'));
  if (!shown || !app || app.dataset.testScriptState !== 'notRunning' || busy || blank) {
    return null;
  }
  return document.body.innerText.length + '/' + document.querySelectorAll('*').length;
}"""


# The page that opens has no path of its own.
PAGES = ["", *sorted({f.stem for f in (ROOT / "webapp" / "app_pages").glob("*.py")} - {"start"})]


@dataclass
class Notes:
    """What a page did that it should not: console errors, requests to other machines, dialogs, scripts from a text."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.errors or self.outside or self.dialogs or self.scripts)


def chromium() -> str | None:
    """Path of the browser to use: CHROMIUM, else the first on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def watched(
    browser: Browser, notes: Notes, *, size: tuple[int, int] = (1280, 900), scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A fresh visitor's empty tab; what goes wrong in it is written into `notes`."""
    shape: Any = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=shape, locale="en-US", color_scheme=scheme)
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


def settle(page: Page, limit: float = 60.0) -> None:
    """Wait until the page shows something and has stood still for 0.3 s; TimeoutError after `limit` seconds."""
    started = since = time.monotonic()
    before = None
    while time.monotonic() - since < 0.3 or before is None:
        if time.monotonic() - started > limit:
            raise TimeoutError(f"{page.url} did not come to rest within {limit} s")
        now = page.evaluate(STATE)
        if now != before or now is None:
            before, since = now, time.monotonic()
        page.wait_for_timeout(50)


def open_loaded(page: Page, url: str, limit: int = 60_000) -> Page:
    """Self-attention with the model of `url` loaded, which a link alone does not do; `limit` in milliseconds."""
    page.goto(url)
    ready = page.locator(".as-figure.as-drawn[data-drawn]")
    button = page.get_by_role("button", name="Load it")
    expect(ready.or_(button)).to_be_visible(timeout=limit)
    if button.count():
        button.click()
    expect(ready).to_be_visible(timeout=limit)
    settle(page)
    return page


def assert_in_sight(shown: Locator, width: int, height: int) -> None:
    """That all of it is visible in a window of so many pixels, without scrolling."""
    expect(shown).to_be_visible()
    place = shown.bounding_box()
    assert place is not None
    assert 0 <= place["y"] <= place["y"] + place["height"] <= height, (width, height, place)
    assert 0 <= place["x"] <= place["x"] + place["width"] <= width, (width, height, place)


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
