"""Find a Chromium and look through it."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

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
