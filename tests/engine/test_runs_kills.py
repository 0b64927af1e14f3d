"""Trainings in processes of their own: what a stop and a kill, of the training or of who works the queue off, leave."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch

from engine.inference import load
from engine.runs import queue, worker
from engine.runs.files import CONFIG, LOCK, held
from engine.training import runs as training
from tests import pairs
from tests.engine.test_runs import root
from tests.engine.test_training import config_at, last_state

__all__ = ["root"]
pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def nobody_is_left() -> Iterator[None]:
    """Waits for the workers that a test began."""
    yield
    for begun in worker._begun:
        begun.wait(60)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = config_at(tmp_path, pairs.write(tmp_path), updates=600)
    path.write_text(path.read_text().replace("bf16", "no").replace("validate_every = 8", "validate_every = 40"))
    return path


def until(is_so: Callable[[], object], what: str) -> None:
    for _ in range(4000):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(f"it never came to this: {what}; {[(run.name, run.state) for run in queue.runs()]}")


def children(root: Path) -> list[psutil.Process]:
    """The processes that train a run below this folder."""
    trainers = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "train" in line and any(str(root) in part for part in line):
            trainers.append(process)
    return trainers


def same_as_straight(name: str, config: Path, tmp_path: Path) -> None:
    """The run ended with the weights of one that was never stopped, and tells of each update once."""
    run, straight = queue.find(name).folder, tmp_path / f"straight-{name}"
    training.train(config, straight, device="cpu")
    assert (run / "model.safetensors").read_bytes() == (straight / "model.safetensors").read_bytes()
    ours, theirs = last_state(run), last_state(straight)
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
    steps = [json.loads(line)["step"] for line in (run / "progress.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps)) and steps[-1] == 600


def state(name: str) -> str:
    return queue.find(name).state


@pytest.mark.parametrize("when", ["before it began", "while it prepares", "while it learns"])
def test_a_stopped_run_leaves_a_model_and_goes_on_to_the_very_same_weights(
    root: Path, config: Path, tmp_path: Path, when: str
) -> None:
    run = queue.add(config.read_bytes(), "one", "")
    if when == "before it began":
        queue.stop("one")
        worker.start()
        assert state("one") == "stopped" and not (run.folder / "progress.jsonl").exists()
    else:
        worker.start()
        sign = "tokenizer.json" if when == "while it prepares" else "progress.jsonl"
        until(lambda: (run.folder / sign).exists() and (sign == "tokenizer.json" or state("one") == "running"), sign)
        queue.stop("one")
        until(lambda: state("one") == "stopped" and not children(root), "stopped")
        stopped = queue.find("one")
        assert stopped.stored and stopped.outcome is not None
        assert 1 <= stopped.outcome.best_update <= stopped.outcome.update < 600
        load.model("run:one")
    queue.resume("one")
    worker.start()
    until(lambda: state("one") == "finished", "finished")
    same_as_straight("one", config, tmp_path)
    assert not children(root)


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_training_says_so_and_goes_on_to_the_very_same_weights(
    root: Path, config: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    queue.add(config.read_bytes(), "one", "")
    queue.add(config.read_bytes(), "two", "")
    worker.start()
    until(lambda: state("one") == "running", "running")
    time.sleep(chance.random())
    (child,) = children(root)
    child.send_signal(signal.SIGKILL)
    until(lambda: state("one") == "failed", "failed")
    assert "ended from outside" in str(queue.find("one").outcome.refusal)  # type: ignore[union-attr]
    until(lambda: state("two") in ("starting", "running"), "the next one is begun")
    queue.resume("one")
    until(lambda: [state(name) for name in ("one", "two")] == ["finished"] * 2, "both are finished")
    same_as_straight("one", config, tmp_path)
    assert len(queue.find("two").request.tries) == 1


def test_of_three_runs_none_is_lost_run_twice_or_orphaned_when_who_works_them_off_is_killed_20_times(
    root: Path, config: Path, tmp_path: Path
) -> None:
    chance, command = random.Random(1), [sys.executable, "-m", "engine", "runs", "work"]
    titles = ("one", "two", "three")
    for title in titles:
        queue.add(config.read_bytes(), title, "")
    most = 0
    for _ in range(20):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        for _ in range(1 + int(chance.random() * 30)):
            time.sleep(0.05)
            most = max(most, len(children(root)))
            assert sum(held(root / title / LOCK) for title in titles) <= 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert {run.name for run in queue.runs()} == set(titles)
    worker.start()
    until(lambda: all(state(title) == "finished" for title in titles), "all are finished")
    until(lambda: not children(root), "nobody is left")
    assert most == 1
    for title in titles:
        run = queue.find(title)
        assert list(run.request.tries).count(0) == 1, "it was begun once"
        assert (run.folder / CONFIG).read_bytes() == config.read_bytes()
    same_as_straight("two", config, tmp_path)
    ended = [(root / title / "outcome.json").stat().st_mtime_ns for title in titles]
    assert ended == sorted(ended), "in the order in which they came"
