"""Several processes that learn one model: the same steps as one process takes, and nothing lost when they stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from engine.runs import outcome
from engine.training import checkpoint
from engine.training.processes import ALONE, Processes
from tests import pairs
from tests.engine import worker
from tests.engine.test_training import CONFIG

ROOT = Path(__file__).parents[2]


def torchrun(*arguments: str, count: int = 2) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}", "-m"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=110, env=environment)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes have left that did ten updates of each kind of network."""
    folder = tmp_path_factory.mktemp("learnt")
    done = torchrun("tests.engine.worker", "updates", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("kind", worker.KINDS)
def test_ten_updates_of_two_processes_are_those_of_one_with_the_joined_batch(learnt: Path, kind: str):
    first, second = (load_file(learnt / f"{kind}-{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first), "the processes went apart"
    wanted = worker.learnt(kind, ALONE)
    assert wanted.keys() == first.keys()
    for name, tensor in wanted.items():
        assert (tensor - first[name]).abs().max() < 1e-9, name


def test_a_running_mean_moves_as_the_joined_batch_moves_it_and_what_nobody_moves_stays(learnt: Path):
    for rank in (0, 1):
        means = load_file(learnt / f"means-{rank}.safetensors")
        assert means["mean"].item() == pytest.approx(0.9 * 0.5 + 0.1 * (3 * 2.0 + 6.0) / 4)
        assert torch.equal(means["still"], torch.tensor(0.1))


@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_every_example_of_a_batch_is_for_one_process_and_no_share_is_larger_by_two(batch: list[int], count: int):
    shares = [Processes(rank, count).share(batch) for rank in range(count)]
    assert sorted(example for share in shares for example in share) == sorted(batch)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_processes_draw_other_numbers_than_each_other_and_the_same_when_an_update_is_done_again():
    drawn = {}
    for rank, done in ((1, 0), (1, 1), (2, 0), (1, 0)):
        Processes(rank, 3).seed(7, done)
        draw = torch.rand(4).tolist()
        assert drawn.setdefault((rank, done), draw) == draw
    assert len({tuple(draw) for draw in drawn.values()}) == 3


def test_the_first_process_goes_on_drawing_from_its_own_state():
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    Processes(0, 2).seed(7, 5)
    assert torch.equal(torch.rand(4), wanted)


@pytest.mark.long
def test_two_processes_that_were_stopped_and_go_on_end_as_if_they_never_had_been(tmp_path: Path):
    config = tmp_path / "tiny.toml"
    text = CONFIG.format(corpus=pairs.write(tmp_path), updates=24, rate=0.01)
    config.write_text(text.replace("[loop]", "dropout = 0.3\n[loop]\nunknown = 0.1"), encoding="utf-8")
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    for run, more in ((straight, ()), (broken, ("11",)), (broken, ())):
        done = torchrun("tests.engine.worker", "train", str(config), str(run), *more)
        assert done.returncode == 0, done.stderr
        if more:
            assert outcome.read(broken).end == "stopped"
    wanted, end = (load_file(checkpoint.latest(run / "checkpoint") / checkpoint.TENSORS) for run in (straight, broken))
    assert wanted.keys() == end.keys()
    assert [name for name in wanted if not torch.equal(wanted[name], end[name])] == []
    assert (straight / "model.safetensors").read_bytes() == (broken / "model.safetensors").read_bytes()
    losses = [
        {line["step"]: line["loss"] for line in map(json.loads, (run / "progress.jsonl").read_text().splitlines())}
        for run in (straight, broken)
    ]
    assert all(losses[0][step] == loss for step, loss in losses[1].items() if step in losses[0])
    assert json.loads((straight / "training.json").read_text())["processes"] == 2


@pytest.mark.long
def test_who_is_left_alone_by_another_process_says_so_instead_of_waiting():
    done = torchrun("tests.engine.worker", "left")
    assert done.returncode != 0
    assert "Another process of this training has ended" in done.stderr


@pytest.mark.long
def test_the_command_line_trains_in_two_processes_and_says_once_what_it_does(tmp_path: Path):
    config, run = tmp_path / "tiny.toml", tmp_path / "run"
    config.write_text(CONFIG.format(corpus=pairs.write(tmp_path), updates=8, rate=0.01), encoding="utf-8")
    done = torchrun("--", "engine", "train", str(config), "--run", str(run), "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(run)]
    assert (run / "replay.npz").exists() and outcome.read(run).end == "finished"
    again = torchrun("--", "engine", "train", str(config), "--run", str(run), "--device", "cpu")
    assert again.returncode != 0
    assert "already holds a run" in again.stderr and "Traceback" not in again.stderr.split("torch/distributed")[0]
