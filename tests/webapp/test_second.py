"""The second process: what pages show later is worked out there, and here where it cannot."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import psutil
import pytest

from engine.errors import Refused
from engine.store import names
from tests.serving import ROOT
from webapp.gateway import second_process
from webapp.gateway.door import WAITING, Door
from webapp.gateway.gateway import Gateway
from webapp.gateway.second import Endless, Second
from webapp.gateway.second_process import answered
from webapp.gateway.sentences import Sentences

pytestmark = pytest.mark.usefixtures("door")
MODEL, BACK = "translation/en-fr-additive", "translation/fr-en-additive"
PATIENCE = 30.0  # seconds


def begin(pretrained: Path) -> None:
    names.PRETRAINED = pretrained
    second_process.begin()


class WhoAnswers(NamedTuple):
    def __call__(self, model: Any, opened: Callable[[str], Any]) -> tuple[int, str]:
        return os.getpid(), model.name


class Refuses(NamedTuple):
    def __call__(self, model: Any, opened: Callable[[str], Any]) -> int:
        raise Refused("There is no model {name}.", name=f"asked by {os.getpid()}")


class FailsElsewhere(NamedTuple):
    here: int

    def __call__(self, model: Any, opened: Callable[[str], Any]) -> str:
        if os.getpid() != self.here:
            raise OSError("no room")
        return "worked out here"


class SleepsElsewhere(NamedTuple):
    here: int

    def __call__(self, model: Any, opened: Callable[[str], Any]) -> str:
        if os.getpid() != self.here:
            time.sleep(600)
        return "worked out here"


class DiesElsewhere(NamedTuple):
    here: int

    def __call__(self, model: Any, opened: Callable[[str], Any]) -> str:
        if os.getpid() != self.here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "worked out here"


@contextmanager
def second(folder: Path) -> Iterator[Second]:
    """A second process that knows the models of the folder."""
    process = Second(WAITING, functools.partial(begin, folder), answered)
    with pytest.MonkeyPatch.context() as patch:
        # As before any page is run: Streamlit puts its script in the place of the program, as other tests did.
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process.start()
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def process(tiny_models: Path) -> Iterator[Second]:
    with second(tiny_models) as one:
        yield one


@pytest.fixture
def beside(process: Second) -> Door:
    """A door with a second process, which all tests of this file share."""
    return Door(process)


def test_effect_and_alignment_of_another_process_are_those_of_this_one(beside: Door) -> None:
    there, here = Sentences(beside), Gateway().sentences
    translation = here.translate(MODEL, "Good morning")
    effect = there.with_effect(MODEL, translation).effect
    own = here.with_effect(MODEL, translation).effect
    assert effect is not None and own is not None
    np.testing.assert_allclose(effect.drops, own.drops, atol=1e-5)
    assert effect.keys == own.keys and there.knows_effect(MODEL, translation)
    words = ("Bon", "jour"), ("Good", "morning")
    aligned = there.align(BACK, *words, "effect", later=True)
    np.testing.assert_allclose(aligned.matrix, here.align(BACK, *words, "effect").matrix, atol=1e-5)
    assert len(beside.registry) == 0, "a model was opened in this process"


def test_who_answers_is_another_process_and_an_answer_is_kept(beside: Door) -> None:
    first, name = beside.ask_later(MODEL, ("who",), WhoAnswers())
    assert first != os.getpid() and name == MODEL
    assert beside.ask_later(MODEL, ("who",), Refuses()) == (first, name)


@pytest.mark.long
def test_once_it_has_died_everything_is_worked_out_here(tiny_models: Path) -> None:
    with second(tiny_models) as process:
        door = Door(process)
        assert door.ask_later(MODEL, ("who",), WhoAnswers())[0] != os.getpid()
        assert door.ask_later(MODEL, ("dies",), DiesElsewhere(os.getpid())) == "worked out here"
        assert not process.runs
        assert door.ask_later(MODEL, ("who now",), WhoAnswers())[0] == os.getpid()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Future[Any]], Second]:
    """answers(future): a second process whose every answer is that one."""

    def begun(future: Future[Any]) -> Second:
        monkeypatch.setattr(ProcessPoolExecutor, "submit", lambda *asked: future)
        process = Second(WAITING, second_process.begin, answered)
        process.start()
        assert process.runs
        return process

    return begun


def failed(reason: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(reason)
    return future


Answers = Callable[[Future[Any]], Second]


def test_where_the_process_is_gone_the_question_is_worked_out_here(answers: Answers) -> None:
    process = answers(failed(BrokenProcessPool()))
    assert Door(process).ask_later(MODEL, ("who",), WhoAnswers())[0] == os.getpid()
    assert not process.runs


def test_what_finds_no_end_is_refused_then_and_later_and_keeps_nobody_else_waiting(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.gateway.second.LONGEST", 0.05)
    process = answers(Future())
    door = Door(process)
    for _ in range(2):
        with pytest.raises(Refused, match=r"given up after 0\.05 seconds"):
            door.ask_later(MODEL, ("sleeps",), SleepsElsewhere(os.getpid()))
    assert not process.runs
    assert door.ask_later(MODEL, ("who",), WhoAnswers())[0] == os.getpid()


def test_who_waited_behind_the_same_question_without_end_is_refused_too(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.gateway.second.LONGEST", 0.3)
    door = Door(answers(Future()))

    def ask() -> str:
        return door.ask_later(MODEL, ("sleeps",), SleepsElsewhere(os.getpid()))

    with ThreadPoolExecutor(2) as visitors:
        asked = [visitors.submit(ask) for _ in range(2)]
        assert [type(each.exception(PATIENCE)) for each in asked] == [Endless, Endless]


def test_work_that_ends_with_a_timeout_of_its_own_is_no_question_without_end(answers: Answers) -> None:
    process = answers(failed(TimeoutError("a download")))
    assert Door(process).ask_later(MODEL, ("who",), WhoAnswers())[0] == os.getpid()
    assert process.runs


@pytest.mark.parametrize("end", [BrokenProcessPool(), CancelledError()])
def test_what_a_server_that_stops_still_works_on_is_neither_worked_out_again_nor_said_to_have_died(
    end: Exception, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    future: Future[Any] = Future()
    process = answers(future)
    door = Door(process)
    with ThreadPoolExecutor(2) as visitors:  # one is answered, the other waits for his turn
        asked = [visitors.submit(door.ask_later, MODEL, ("who", k), WhoAnswers()) for k in range(2)]
        while process.queue._inside < 2:
            time.sleep(0.01)
        process.stop()
        future.set_exception(end)
        refusals = [str(each.exception(PATIENCE)) for each in asked]
    assert ["server is stopping" in refusal for refusal in refusals] == [True, True] and not caplog.records


def asleep() -> None:
    time.sleep(3 * PATIENCE)


def test_one_that_is_still_starting_is_ended_too() -> None:
    others = set(multiprocessing.active_children())
    process = Second(WAITING, asleep, answered)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process.start()
    (starting,) = set(multiprocessing.active_children()) - others
    process.stop()
    assert starting.pid is not None
    ended(starting.pid)


@pytest.mark.long
def test_one_that_finds_no_end_is_ended(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with second(tiny_models) as process:
        door = Door(process)
        there, _ = door.ask_later(MODEL, ("who",), WhoAnswers())
        monkeypatch.setattr("webapp.gateway.second.LONGEST", 0.5)
        with pytest.raises(Endless):
            door.ask_later(MODEL, ("sleeps",), SleepsElsewhere(os.getpid()))
        ended(there)


def test_a_model_that_the_second_process_has_not_seen_yet_is_asked_here(beside: Door) -> None:
    info = beside.listing.model(MODEL)
    new = replace(info, name="translation/new")
    beside.listing.all()[new.name] = new
    beside.registry.hold((new.name, new.weights_sha256), lambda: (new, 0))
    assert beside.ask_later(new.name, ("who",), WhoAnswers()) == (os.getpid(), new.name)


def test_a_refusal_keeps_its_sentence_and_its_facts(beside: Door) -> None:
    with pytest.raises(Refused) as caught:
        beside.ask_later(MODEL, ("refused",), Refuses())
    assert caught.value.template == "There is no model {name}."
    assert str(caught.value) not in ("", f"There is no model asked by {os.getpid()}.")


def test_what_fails_there_is_worked_out_here(beside: Door) -> None:
    assert beside.ask_later(MODEL, ("fails",), FailsElsewhere(os.getpid())) == "worked out here"
    assert beside.second is not None and beside.second.runs


def test_other_weights_than_those_on_the_page_are_not_asked(beside: Door) -> None:
    info = beside.listing.model(MODEL)
    beside.listing.all()[MODEL] = replace(info, config={**info.config, "weights_sha256": "0" * 64})
    assert beside.ask_later(MODEL, ("who",), WhoAnswers())[0] == os.getpid()


def test_without_one_the_door_works_out_everything_itself() -> None:
    assert Door().ask_later(MODEL, ("who",), WhoAnswers())[0] == os.getpid()


@pytest.mark.parametrize(
    ("device", "cores", "wanted", "spare"),
    [("cpu", 2, "1", True), ("cpu", 1, "1", False), ("cuda", 8, "1", False), ("cpu", 8, "0", False)],
)
def test_one_is_worth_it_with_a_core_to_spare_and_no_gpu(
    device: str, cores: int, wanted: str, spare: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway()
    gateway.door.__dict__["device"] = device
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setenv("ALIGNSCOPE_SECOND", wanted)
    assert gateway.spare_core is spare


def test_a_device_that_is_none_is_for_pages_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNSCOPE_SECOND", "1")
    monkeypatch.setenv("ALIGNSCOPE_DEVICE", "abacus")
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert not Gateway().spare_core


@pytest.mark.long
def test_it_ends_with_a_server_that_is_killed(tiny_models: Path) -> None:
    script = (
        "import functools, os, pathlib, time\n"
        "from tests.webapp.test_second import WhoAnswers, MODEL, second\n"
        "from webapp.gateway.door import Door\n"
        "from engine.store import names\n"
        "if __name__ == '__main__':\n"
        f"    names.PRETRAINED = pathlib.Path({str(tiny_models)!r})\n"
        "    with second(names.PRETRAINED) as process:\n"
        "        print(Door(process).ask_later(MODEL, ('who',), WhoAnswers())[0], flush=True)\n"
        "        time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        process = int(server.stdout.readline())
        assert psutil.pid_exists(process)
        server.kill()
    ended(process)


def ended(process: int) -> None:
    """Wait until a process has ended; fails where it does not."""
    until = time.monotonic() + PATIENCE
    with suppress(psutil.NoSuchProcess):  # it may go between two looks
        while psutil.Process(process).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until, "the second process outlives its server"
            time.sleep(0.05)
