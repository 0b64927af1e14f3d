"""From `make app` on an installed tree to the first heat map on screen, as somebody at the keyboard sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.measuring import ROOT, Figure, Settings, Skipped, quantile
from tests.browsing import ARGS, NO_BROWSER, chromium
from tests.serving import START_LIMIT, free_port

GOAL = 8.0  # seconds
CELL = ".as-figure [data-row][data-column]"


def measure(settings: Settings) -> list[Figure]:
    """The browser is open already, with an empty profile; it goes to the address as soon as somebody answers there."""
    path = chromium()
    if path is None:
        raise Skipped(NO_BROWSER)
    if not any((ROOT / ".venv").glob(".ready-*")):
        raise Skipped("the tree is not installed: run `make setup` first")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGS))
        seconds = [_once(browser) for _ in range(1 if settings.short else 5)]
        browser.close()
    about = {"runs": [round(one, 2) for one in seconds]}
    return [Figure("`make app` to the first heat map, median", quantile(seconds, 0.5), "s", GOAL, details=about)]


def _once(browser: Browser) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    port = free_port()
    began = time.perf_counter()
    with _made(port):
        while not _answers(port):
            if time.perf_counter() - began > START_LIMIT:
                raise TimeoutError("`make app` did not start a server")
            time.sleep(0.02)
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.wait_for_selector(CELL, state="visible", timeout=1000 * START_LIMIT)
        spent = time.perf_counter() - began
    context.close()
    return spent


@contextmanager
def _made(port: int) -> Iterator[None]:
    """`make app` in a process group of its own, ended with all that it started."""
    with tempfile.TemporaryFile() as log:
        command = ["make", "app", f"PORT={port}"]
        make = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            try:
                make.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(make.pid, signal.SIGKILL)
                make.wait()


def _answers(port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.2)
        return s.connect_ex(("127.0.0.1", port)) == 0
