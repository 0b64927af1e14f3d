"""What a training will take is told on the page before it is begun, and nobody waits for what others ask."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from engine.runs import activity, outcome
from engine.training import memory
from engine.training.config import TrainConfig, parse
from tests.webapp.conftest import Open
from tests.webapp.test_train import CONFIG
from webapp.gateway import estimates, trying
from webapp.gateway.current import gateway

RECORD = {
    "parameters": 1234,
    "bytes": {"weights": 4936, "optimiser": 14808, "peak": 777_000_000},
    "stages": [{"stage": "training", "examples": 5000, "seconds_per_update": 0.05, "seconds_per_validation": 1.5}],
}
WAIT = 20  # seconds at most for what takes a tenth of one
Begun = list[subprocess.Popen[bytes]]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, door: None) -> Begun:
    """Processes that try nothing and wait to be ended, in the order in which they were begun."""
    return trying_by(monkeypatch, "import time; time.sleep(600)")


def trying_by(
    monkeypatch: pytest.MonkeyPatch, program: str, before: Callable[[Path], object] = lambda _: None
) -> Begun:
    processes: Begun = []

    def begin(folder: Path, device: str) -> subprocess.Popen[bytes]:
        before(folder)
        with (folder / trying.OUTPUT).open("wb") as out:
            processes.append(subprocess.Popen([sys.executable, "-S", "-c", program], stdout=out))
        return processes[-1]

    monkeypatch.setattr(estimates.trying, "begin", begin)
    monkeypatch.setattr(estimates, "LOOK", 0.01)
    return processes


@pytest.fixture(autouse=True)
def nothing_goes_on_afterwards(door: None) -> Iterator[None]:
    yield
    for name in ("me", "somebody"):
        gateway.estimates.give_up(name)
    over()


def over() -> None:
    """Wait until nothing is tried any more."""
    for thread in threading.enumerate():
        if thread.name == "estimates":
            thread.join(WAIT)
            assert not thread.is_alive()


def config(**changes: str) -> TrainConfig:
    text = CONFIG.decode()
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse(text, "")


def notes(app: AppTest) -> str:
    return "".join(note.value for note in app.info)


def metrics(app: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in app.metric}


def buttons(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def asked(visit: Open, **query: str) -> AppTest:
    """The page once the button was pressed and what was tried has ended."""
    app = visit("train", **query)
    app.button(key="train_estimate").click().run()
    over()
    return app.run()


def test_what_was_tried_stands_on_the_page_and_minutes_are_turned_into_updates(
    visit: Open, monkeypatch: pytest.MonkeyPatch
):
    tried = trying_by(monkeypatch, f"print({json.dumps(json.dumps(RECORD))})")
    app = asked(visit, i="10")
    assert metrics(app) == {"Parameters": "1,234", "Memory, MB": "777", "Updates in 10 minutes": "11,000"}
    assert "One update takes 50 ms" in "".join(each.value for each in app.caption)
    assert "train_start" in buttons(app) and "train_estimate" not in buttons(app)
    app.number_input(key="train_minutes").set_value(20).run()
    assert metrics(app)["Updates in 20 minutes"] == "23,000" and len(tried) == 1, "nothing is tried twice"
    assert metrics(visit("train"))["Parameters"] == "1,234", "whoever comes later need not ask"
    app.number_input(key="train_minutes").set_value(10)
    next(box for box in app.number_input if box.label == "batch").set_value(17).run()
    assert "Memory, MB" not in metrics(app) and "train_estimate" in buttons(app), "it is another training"


def test_a_configuration_of_ones_own_is_told_its_end_in_minutes(visit: Open, monkeypatch: pytest.MonkeyPatch):
    trying_by(monkeypatch, f"print({json.dumps(json.dumps(RECORD))})")
    app = visit("train")
    app.text_area(key="train_toml").set_value(CONFIG.decode().replace("updates = 100", "updates = 12000")).run()
    app.button(key="train_estimate").click().run()
    over()
    assert metrics(app.run())["Minutes to the end"] == "11", "10 minutes, and 24 validations of 1.5 seconds"


def test_while_it_is_tried_the_page_says_what_is_done_and_offers_a_way_out(visit: Open, begun: Begun):
    app = visit("train")
    app.button(key="train_estimate").click().run()
    while not begun:
        pass
    assert "train_start" in buttons(app), "whoever does not want to wait need not"
    app.run()
    assert "It begins: the programs" in "".join(each.value for each in app.caption)
    app.button(key="train_estimate_cancel").click().run()
    over()
    assert begun[0].returncode == -9 and "train_estimate" in buttons(app.run())


def test_what_is_refused_is_said_in_the_language_of_the_visitor_and_cannot_be_begun(
    visit: Open, monkeypatch: pytest.MonkeyPatch
):
    reason = Refused("{corpora} leaves nothing to learn from: give more of it.", corpora="x")
    trying_by(monkeypatch, "raise SystemExit(2)", lambda folder: outcome.write(folder, outcome.failed(reason)))
    app = asked(visit)
    assert "x leaves nothing to learn from" in notes(app) and "train_start" not in buttons(app)
    assert "leaves" not in notes(visit("train", language="zh"))
    trying_by(monkeypatch, f"print({json.dumps(json.dumps(RECORD))})")
    app.button(key="train_estimate").click().run()
    over()
    assert "train_start" in buttons(app.run()), "it is tried anew"


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import os; os.kill(os.getpid(), 9)", "ran out of memory"),
        ("raise SystemExit(3)", "an error of ours (code 3)"),
        ("print('[]')", "an error of ours"),
        ("print('{')", "an error of ours"),
    ],
)
def test_however_a_try_ends_the_page_has_a_sentence_for_it(
    visit: Open, monkeypatch: pytest.MonkeyPatch, program: str, sentence: str
):
    trying_by(monkeypatch, program, lambda folder: (folder / "log.txt").touch())
    app = asked(visit)
    assert sentence in notes(app) and not app.exception and "train_start" not in buttons(app)


def test_what_needs_more_memory_than_there_is_is_not_offered_and_what_needs_more_than_is_free_is_told(
    visit: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memory, "available", lambda device: 5_000_000)
    app = visit("train")
    assert "5 MB are free" in notes(app) and "train_start" in buttons(app), "it may be free once its turn has come"
    monkeypatch.setattr(memory, "whole", lambda device: 6_000_000)
    app.run()
    assert "5 MB are free" in notes(app) and "train_start" not in buttons(app)


def test_trainings_are_tried_one_after_another_and_who_waits_for_none_has_none_tried(begun: Begun):
    ours, theirs = config(), config(dot="additive")
    gateway.estimates.ask(ours, "me")
    gateway.estimates.ask(theirs, "somebody")
    while not begun:
        pass
    first, second = gateway.estimates.look(ours, "me"), gateway.estimates.look(theirs, "somebody")
    assert first and second and (first.state, second.state, second.place) == ("going", "waiting", 2)
    gateway.estimates.ask(theirs, "me")  # another choice: the first is given up
    while len(begun) < 2:
        pass
    assert begun[0].wait(WAIT) == -9 and gateway.estimates.look(ours, "nobody") is None
    gateway.estimates.give_up("somebody")
    standing = gateway.estimates.look(theirs, "me")
    assert standing is not None and standing.state == "going" and begun[1].poll() is None, "one of two still waits"
    gateway.estimates.give_up("me")
    over()
    assert begun[1].returncode == -9 and len(begun) == 2


def test_whoever_leaves_without_a_word_is_not_waited_for(begun: Begun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimates, "PATIENCE", 0.05)
    gateway.estimates.ask(config(), "me")
    over()
    assert [process.returncode for process in begun] in ([], [-9])


def test_a_try_that_takes_for_ever_is_ended(begun: Begun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimates, "LONGEST", 0.0)
    gateway.estimates.ask(config(), "me")
    over()
    standing = gateway.estimates.look(config(), "me")
    assert standing is not None and "not tried to the end" in str(standing.refusal) and begun[0].returncode == -9


def test_too_many_that_wait_are_sent_away(begun: Begun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimates, "MOST", 1)
    gateway.estimates.ask(config(), "me")
    gateway.estimates.ask(config(), "somebody")
    with pytest.raises(Refused, match="wait to be tried"):
        gateway.estimates.ask(config(dot="additive"), "a third")


def test_what_the_process_does_is_told_by_its_files(begun: Begun):
    gateway.estimates.ask(config(), "me")
    while not (begun and gateway.estimates.look(config(), "me").activity):  # type: ignore[union-attr]
        for asked in gateway.estimates._asked.values():
            if asked.folder is not None:
                activity.write(asked.folder, "cutting")
    standing = gateway.estimates.look(config(), "me")
    assert standing is not None and standing.activity is not None and standing.activity.doing == "cutting"
