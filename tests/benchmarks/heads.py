"""All heads of a model as large as BERT base, its weights random, in a browser: ours, and BertViz's model view."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from tests.benchmarks import bertviz_view, heads_cost
from tests.benchmarks.measuring import Figure, Settings, Skipped, quantile
from tests.browsing import ARGS, NO_BROWSER, chromium, settle
from tests.serving import serve
from tests.tiny_attention import tokenizer

NAME = "bert-base-random"
VOCABULARY = 30_522  # of BERT base
LONGEST = 2048
LENGTHS = {128: (1.0, 1.0), 512: (2.5, 2.0), LONGEST: (None, 2.0)}  # tokens: seconds and megabytes to stay below
OPENED = 0.3  # seconds for one head of 512 × 512
MEGABYTE = 1e6
PATIENCE = 600_000  # ms
WHAT = "12 × 12 heads of {count} tokens, random weights of BERT base's size"
# Promises to say how many milliseconds pass from now until the figure has been drawn anew and shown.
DRAWN = """([nth]) => new Promise((done) => {
  const find = () => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .map((host) => host.shadowRoot?.querySelector('.as-figure.as-drawn')).filter(Boolean)[nth];
  const before = find()?.dataset.drawn;
  const began = performance.now();
  const look = () => {
    const now = find()?.dataset.drawn;
    if (!now || now === before) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  };
  look();
})"""


@dataclass
class Traffic:
    """Bytes that came over the page's websocket."""

    received: int = 0

    def watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, frame: str | bytes) -> None:
        self.received += len(frame)


def measure(settings: Settings) -> list[Figure]:
    """The page is open and the model loaded; from the key that sends the text to the drawn heads."""
    if chromium() is None:
        raise Skipped(NO_BROWSER)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        model(folder / NAME)
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        try:
            figures = _ours(browser, folder, 2 if settings.short else 5)
            figures += heads_cost.measure(folder / NAME, settings.short)
            return figures + _bertviz(browser, folder, (16,) if settings.short else (16, 64, 128))
        finally:
            browser.close()


def model(folder: Path) -> None:
    """Write a masked language model of BERT base's sizes, its weights random, and a tokenizer of whole texts."""
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=VOCABULARY, max_position_embeddings=LONGEST)
    transformers.BertForMaskedLM(config).save_pretrained(folder)
    words = copy.copy(tokenizer())
    words.model_max_length = LONGEST
    words.save_pretrained(folder)


def text(count: int, number: int) -> str:
    """A text of so many tokens with both marks, another one for each number."""
    words, found = ["the", "a", "my", "me", "to", "is"], ""
    while len(tokenizer()(found)["input_ids"]) < count:
        found = f"{found} {words[(len(found) // 3 + number) % len(words)]}".strip()
        number = number * 7 + 3
    return found


def _ours(browser: Browser, folder: Path, repeats: int) -> list[Figure]:
    figures = []
    with serve(folder, ALIGNSCOPE_MODELS=str(folder)) as served, _opened(browser, served.url) as (page, traffic):
        for count, (seconds, megabytes) in LENGTHS.items():
            spent, sizes, opened = [], [], []
            for number in range(min(repeats, 2 if count == LONGEST else repeats) + 1):
                traffic.received = 0
                milliseconds = _typed(page, text(count, number))
                settle(page, 120)
                if not number:
                    continue  # the first one warms up
                spent.append(milliseconds / 1000)
                sizes.append(traffic.received / MEGABYTE)
                opened.append(_clicked(page, number) / 1000)
            what, about = WHAT.format(count=count), {"texts": len(spent)}
            figures += [
                Figure(f"{what}: from request to painted, median", quantile(spent, 0.5), "s", seconds, details=about),
                Figure(f"{what}: on the websocket, most", max(sizes), "MB", megabytes, details=about),
                Figure(
                    f"one head of {count} × {count} opened, median",
                    quantile(opened, 0.5),
                    "s",
                    OPENED if count == 512 else None,
                    details=about,
                ),
            ]
    return figures


@contextmanager
def _opened(browser: Browser, url: str) -> Iterator[tuple[Page, Traffic]]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page, traffic = context.new_page(), Traffic()
    page.set_default_timeout(PATIENCE)
    page.on("websocket", traffic.watch)
    page.goto(f"{url}/self_attention?m=folder:{NAME}")
    page.get_by_role("button", name="Load it").click()
    page.wait_for_selector(".as-figure.as-drawn[data-drawn]")
    settle(page, 120)
    yield page, traffic
    context.close()


def _typed(page: Page, written: str) -> float:
    """Milliseconds from the key that sends the text to the drawn heads."""
    box = page.locator("textarea").first
    box.fill(written)
    page.evaluate("([nth]) => { window.__drawn = (" + DRAWN + ")([nth]); }", [0])
    box.press("Control+Enter")
    return float(page.evaluate("() => window.__drawn"))


def _clicked(page: Page, number: int) -> float:
    """Milliseconds from the click on another head to its drawn matrix."""
    grid = page.locator(".as-figure.as-drawn").first
    grid.press("Home")
    for key in ("ArrowDown", "ArrowRight") * number:
        grid.press(key)
    page.evaluate("([nth]) => { window.__drawn = (" + DRAWN + ")([nth]); }", [1])
    grid.press("Enter")
    spent = float(page.evaluate("() => window.__drawn"))
    settle(page, 120)
    return spent


def _bertviz(browser: Browser, folder: Path, lengths: tuple[int, ...]) -> list[Figure]:
    """The same model, its own attentions, and BertViz's page of them; from asking the model to the last line drawn."""
    figures = []
    with bertviz_view.scripts() as scripts:
        for count in lengths:
            began = time.perf_counter()
            html = bertviz_view.html(folder / NAME, text(count, 1))
            made = time.perf_counter() - began
            drawn = bertviz_view.draw(browser, html, scripts, folder)
            about = {"page_made": round(made, 2), "svg_nodes": drawn.nodes, "tokens": count}
            what = f"BertViz 1.4.1 model view, {WHAT.format(count=count)}"
            figures += [
                Figure(f"{what}: from request to painted", made + drawn.seconds, "s", details=about),
                Figure(f"{what}: HTML", len(html) / MEGABYTE, "MB", details=about),
            ]
    return figures
