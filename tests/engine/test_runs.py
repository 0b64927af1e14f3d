"""Runs as files: how they stand, their order, what a stop and a kill leave, and what no failure may mix up."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.runs import files, outcome, queue, request, worker
from engine.runs.files import CONFIG, LOCK, alone, handed_on, held
from engine.runs.outcome import Outcome
from engine.runs.queue import Run
from engine.runs.request import StopAsked
from engine.store import names

TOML = b'name = "translation/tiny"\n'
LINE = '{{"step": {0}, "updates": 100, "loss": 2.5, "rate": 0.1, "speed": 9, "seconds": {0}, "validation": null}}\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def add(title: str = "one") -> Run:
    return queue.add(TOML, title, "key")


def begin(run: Run, step: int = 25) -> None:
    (run.folder / "progress.jsonl").write_text(LINE.format(step))


def state(name: str = "one") -> str:
    return queue.find(name).state


def states() -> dict[str, tuple[str, int]]:
    return {run.name: (run.state, run.place) for run in queue.runs()}


# How a run stands


def test_how_a_run_stands_is_read_from_its_files_alone(root: Path) -> None:
    run = add()
    assert state() == "waiting"
    with files.unless_held(queue.worker_lock("cpu")):
        assert state() == "waiting"
        with alone(run.folder):
            assert state() == "starting"
            begin(run)
            assert state() == "running"
            queue.stop("one")
            assert state() == "stopping"
    assert state() == "stopped"
    queue.resume("one")
    assert state() == "interrupted"
    with files.unless_held(queue.worker_lock("cpu")):
        assert state() == "waiting"
    for end in outcome.ENDS:
        outcome.write(run.folder, Outcome(end, 25, 8))
        assert state() == end


def test_a_run_of_the_command_line_stands_among_the_others(root: Path) -> None:
    folder = root / "mine"
    folder.mkdir()
    (folder / CONFIG).write_bytes(TOML)
    assert queue.runs() == [], "nothing was begun there"
    (folder / "progress.jsonl").write_text(LINE.format(25))
    assert state("mine") == "interrupted" and queue.find("mine").request.owner == ""
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    assert state("mine") == "finished" and queue.next_for("cpu") is None


def test_what_is_no_run_is_none(root: Path) -> None:
    add()
    (root / "file").write_text("")
    (root / "link").symlink_to(root / "one")
    (root / "empty").mkdir()
    (root / ".123.partial").mkdir()
    for name, content in {CONFIG: TOML, request.FILE: b"{}"}.items():
        (root / ".123.partial" / name).write_bytes(content)
    assert [run.name for run in queue.runs()] == ["one"]
    assert queue.next_for("cpu") == root / "one"
    for name in ("two", "link", "../one", ".deleted", "", "a/b"):
        with pytest.raises(Refused):
            queue.find(name)


# The order


def test_those_that_wait_are_in_the_order_in_which_they_came(root: Path) -> None:
    for title in "abc":
        add(title)
    assert states() == {"a": ("waiting", 1), "b": ("waiting", 2), "c": ("waiting", 3)}
    assert [run.name for run in queue.runs()] == ["c", "b", "a"], "the newest is listed first"
    queue.stop("a")
    assert states() == {"a": ("stopped", 0), "b": ("waiting", 1), "c": ("waiting", 2)}
    queue.resume("a")
    assert states() == {"a": ("waiting", 3), "b": ("waiting", 1), "c": ("waiting", 2)}
    with alone(root / "b"):
        assert states()["b"] == ("starting", 0) and states()["c"] == ("waiting", 1)
        assert queue.next_for("cpu") == root / "b", "one that goes on is waited for"
    queue.delete("b")
    assert queue.next_for("cpu") == root / "c" and queue.next_for("cuda") is None
    queue.restore("b")
    assert queue.next_for("cpu") == root / "b"


def test_no_more_wait_than_may(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST", 2)
    add("a"), add("b")
    with pytest.raises(Refused, match="2 trainings wait already"):
        add("c")
    queue.stop("a")
    assert add("c").place == 2


def test_of_those_that_were_put_away_the_oldest_go_for_good(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST", 2)
    for title in "abc":
        add(title)
        queue.delete(title)
    with pytest.raises(Refused, match="nothing to bring back"):
        queue.restore("a")
    queue.restore("b")
    queue.restore("c")
    assert set(states()) == {"b", "c"}


def test_a_name_is_not_given_anew_while_who_bore_it_can_be_brought_back(root: Path) -> None:
    assert [add().name, add().name] == ["one", "one-2"]
    queue.delete("one")
    assert add().name == "one-3"
    queue.restore("one")
    (root / "one-4").symlink_to("nowhere")
    assert add().name == "one-5"


@given(st.text(st.characters(), max_size=600))
@example("../../etc")
@example("研究 №１")
@example("-" * 99)
@example("a" * 47 + "-b")
@example("\ud800\x00")
def test_any_title_makes_a_name_that_finds_the_run(title: str) -> None:
    name = queue.slug(title)
    assert names.place(f"run:{name}", folders=False)[1] == names.runs_folder() / name
    assert queue.NAME.fullmatch(f"{name}-9999")
    kept = request.new(title, "").title
    assert len(kept) <= request.LONGEST and kept.isprintable()


ADDING = """
import sys
from engine.runs import queue
sys.stdin.read(1)
for _ in range(12):
    print(queue.add(b'name = "t/x"', "same", "").name, flush=True)
"""


def test_two_that_add_at_once_never_share_a_name(root: Path) -> None:
    adders = [
        subprocess.Popen([sys.executable, "-c", ADDING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for adder in adders:
        assert adder.stdin is not None
        adder.stdin.write("x")
        adder.stdin.close()
    added = [name for adder in adders for name in (adder.stdout or ()).read().split()]  # type: ignore[union-attr]
    assert [adder.wait() for adder in adders] == [0, 0]
    assert len(added) == 24 == len(set(added)) and set(added) == set(states())
    for adder in adders:
        assert adder.stdout is not None
        adder.stdout.close()


# What was asked for


def test_who_stops_and_resumes_a_run_finds_it_as_it_was(root: Path) -> None:
    run = queue.add(TOML, "My  title\n", "key", files={"probes.txt": b"a"}, minutes=2.5)
    assert (run.name, run.request.title, run.request.minutes) == ("My-title", "My title", 2.5)
    assert run.request.owner == request.digest("key") != request.digest("")
    assert (run.folder / "probes.txt").read_bytes() == b"a" and (run.folder / CONFIG).read_bytes() == TOML
    queue.stop(run.name)
    queue.resume(run.name)
    queue.rename(run.name, " other ", "a\nnote")
    again = queue.find(run.name).request
    assert again == replace(run.request, since=again.since, title="other", note="a note") and again.since > 0
    with pytest.raises(Refused, match="cannot go on"), alone(run.folder):
        queue.resume(run.name)
    outcome.write(run.folder, Outcome("finished", 9, 9))
    with pytest.raises(Refused, match="cannot go on"):
        queue.resume(run.name)
    with pytest.raises(Refused, match="stop it first"), alone(run.folder):
        queue.delete(run.name)
    (run.folder / request.FILE).write_text("{")
    with pytest.raises(Refused, match=r"run\.json of My-title cannot be read"):
        queue.rename(run.name, "mine", "")
    assert (run.folder / request.FILE).read_text() == "{", "whose it was may still be found out"


def test_a_stop_is_noticed_though_the_clock_stands_still(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, looked = add(), []
    asked = StopAsked(run.folder)
    real = request.read
    monkeypatch.setattr(request, "read", lambda folder: looked.append(folder) or real(folder))
    stamp = (run.folder / request.FILE).stat().st_mtime_ns
    assert not asked() and not asked() and len(looked) == 1, "an unchanged file is not read again"
    wanted = real(run.folder)
    assert wanted is not None
    request.write(run.folder, replace(wanted, wanted="stop", title="on3"))  # of another length it would not do
    os.utime(run.folder / request.FILE, ns=(stamp, stamp))
    assert asked() and asked() and len(looked) == 2
    request.write(run.folder, replace(wanted, wanted="train"))
    os.utime(run.folder / request.FILE, ns=(stamp, stamp))
    assert not asked()
    (run.folder / request.FILE).unlink()
    assert not asked()


def test_a_run_is_begun_only_while_it_is_wanted(root: Path) -> None:
    run = add()
    tried = queue.try_from(run.folder, 0)
    assert tried is not None and tried.tries == (0,) and queue.find("one").request == tried
    queue.stop("one")
    assert queue.try_from(run.folder, 0) is None and queue.find("one").request.tries == (0,)


# The lock


def test_who_is_begun_with_the_lock_holds_it_also_when_whoever_began_it_has_ended(root: Path) -> None:
    run = add()
    holding = (
        "import sys, pathlib; from engine.runs.files import alone\n"
        "with alone(pathlib.Path(sys.argv[1])): print(1, flush=True); sys.stdin.read()"
    )
    with alone(run.folder) as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", holding, str(run.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=handed_on(lock),
            pass_fds=(lock,),
        )
    assert held(run.folder / LOCK), "from its first moment"
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.read(1) == b"1" and held(run.folder / LOCK)
    child.stdin.close()
    assert child.wait() == 0 and not held(run.folder / LOCK)
    child.stdout.close()


@pytest.mark.parametrize("number", ["", "x", "-1", "99999", "0"])
def test_a_number_that_is_no_open_lock_of_the_run_counts_for_nothing(
    root: Path, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add()
    monkeypatch.setattr(files, "LOOKS", 1)
    monkeypatch.setenv(files.HANDED_ON, number)
    with alone(run.folder):
        assert held(run.folder / LOCK)
        monkeypatch.setenv(files.HANDED_ON, number)
        with pytest.raises(files.Busy), alone(run.folder):
            pass
    assert not held(run.folder / LOCK)


# The worker


def test_a_training_that_cannot_begin_says_why_and_the_next_one_is_begun(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def child(run: Path, device: str, lock: int) -> None:
        assert held(run / LOCK) and lock
        begun.append(run.name)
        outcome.write(run, Outcome("finished", 1, 1)) if run.name == "b" else None

    monkeypatch.setattr(worker, "_child", child)
    monkeypatch.setattr(worker, "_give_way", lambda: None)
    for title in "ab":
        add(title)
    worker.work()
    assert begun == ["a"], "one that ended and could not say so is not tried for ever"
    queue.stop("a")
    worker.work()
    assert begun == ["a", "b"] and states()["b"][0] == "finished"


def test_a_run_that_ends_again_and_again_at_one_update_counts_as_failed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_give_way", lambda: None)
    monkeypatch.setattr(worker, "_child", lambda run, device, lock: None)
    add()
    for _ in range(worker.TIMES):
        worker.work()
        assert state() == "waiting"
    worker.work()
    assert state() == "failed" and "ended 3 times at update 0" in str(queue.find("one").outcome.refusal)  # type: ignore
    queue.resume("one")
    assert state() == "waiting" and queue.find("one").request.tries == ()


def test_one_that_another_process_trains_is_waited_for_and_one_put_away_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add()
    waited: list[Path] = []
    monkeypatch.setattr(worker, "_wait_for", waited.append)
    with alone(run.folder):
        assert worker._train(run.folder, "cpu") and waited == [run.folder]
    queue.delete("one")
    assert worker._train(run.folder, "cpu") and waited == [run.folder]


def test_no_name_of_a_run_ends_in_the_middle_of_nothing() -> None:
    assert queue.slug("a" * 47 + " b") == "a" * 47 and queue.slug("- é -") == "e" and queue.slug("--") == "training"
