"""A training as a class has it: begun, left alone, its server killed, and there when somebody comes back."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from engine.runs import queue
from tests import pairs
from tests.browsing import Notes, settle, watched
from tests.serving import Served, serve

CONFIG = """
name = "translation/tiny"
pieces = 60
[data]
corpora = ["{corpus}"]
source = "en"
target = "fr"
[model]
embedding = 8
encoder = 8
decoder = 16
attention = 8
[loop]
updates = 60
batch = 8
warmup = 5
precision = "no"
threads = 1
validate_every = 20
"""
LONG = 90_000  # milliseconds: a training begins with the import of all that it needs


def killed(served: Served) -> None:
    served.process.send_signal(signal.SIGKILL)
    served.process.wait(10)


@pytest.mark.long
def test_a_training_goes_on_without_its_page_and_its_server_and_its_model_is_found_again(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    environment = {"ALIGNSCOPE_RUNS": str(tmp_path / "runs")}
    monkeypatch.setenv("ALIGNSCOPE_RUNS", environment["ALIGNSCOPE_RUNS"])
    run = queue.add(CONFIG.format(corpus=pairs.write(tmp_path)).encode(), "Words in capitals", "")
    notes = Notes()
    with serve(tmp_path, **environment) as first, watched(browser, notes) as page:
        page.goto(f"{first.url}/train?r={run.name}")
        expect(page.get_by_text(re.compile("It begins|The corpus|cut into|It is next|Update"))).to_be_visible(
            timeout=LONG
        )
        expect(page.locator("[class*=st-key-train_stop]")).to_have_count(0)  # somebody else's
        assert not notes, notes
        page.goto("about:blank")
        killed(first)
    with serve(tmp_path, **environment) as second, watched(browser, notes) as page:
        page.goto(f"{second.url}/train?r={run.name}")
        expect(page.get_by_text("It is finished.")).to_be_visible(timeout=LONG)
        expect(page.get_by_text("What it can do after update 60")).to_be_visible(timeout=LONG)
        page.get_by_role("link", name="Open on Translate").click()
        expect(page.locator(".st-key-translate_figure_attention .as-figure")).to_be_visible(timeout=LONG)
        settle(page)
        expect(page.get_by_role("combobox", name=re.compile("Model"))).to_have_value(re.compile(run.name))
    assert not notes, notes
    assert queue.find(run.name).request.tries == (0,), "it was begun more than once"
