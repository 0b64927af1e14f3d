"""Runs that were stopped, damaged or given another config: each goes on where it can, or says why not."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.errors import Refused
from engine.training import checkpoint, runs
from tests.engine.test_training import config_at, corpus, last_state

__all__ = ["corpus"]


class Stopped(Exception):
    """What ends a run in these tests, as a kill would."""


def stopped_at(step: int, config: Path, run: Path) -> None:
    def watch(progress: object) -> None:
        if progress.step == step:  # type: ignore[attr-defined]
            raise Stopped

    with pytest.raises(Stopped):
        runs.train(config, run, device="cpu", watch=watch)


@pytest.fixture
def straight(tmp_path: Path, corpus: Path) -> tuple[Path, Path]:
    """A config and the folder of the run that went through without a break."""
    config = config_at(tmp_path, corpus)
    return config, runs.train(config, tmp_path / "straight", device="cpu")


def same(run: Path, straight: Path) -> None:
    assert (run / "model.safetensors").read_bytes() == (straight / "model.safetensors").read_bytes()
    wanted, got = last_state(straight), last_state(run)
    assert all(torch.equal(wanted[name], got[name]) for name in wanted)
    steps = [json.loads(line)["step"] for line in (run / "progress.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


@pytest.mark.parametrize("first", [True, False], ids=["a first checkpoint", "none"])
def test_a_run_stopped_before_its_first_validation_goes_on(tmp_path: Path, straight, first: bool) -> None:
    config, whole = straight
    run = tmp_path / "run"
    stopped_at(3, config, run)
    assert [path.name for path in checkpoint.candidates(run / "checkpoint")] == ["0"]
    if not first:  # as it is where the disk was full, or the run is an older one
        for name in ("0/state.json", "0/state.safetensors", "latest"):
            (run / "checkpoint" / name).unlink()
        (run / "checkpoint" / "0").rmdir()
    with pytest.raises(Refused, match="add --resume"):
        runs.train(config, run, device="cpu")
    same(runs.train(config, run, device="cpu", resume=True), whole)


def test_a_disk_that_fills_leaves_a_run_that_goes_on(tmp_path: Path, straight, monkeypatch) -> None:
    config, whole = straight
    for failing in (0, 8, 16):
        run = tmp_path / f"run{failing}"
        with monkeypatch.context() as patch:
            real = checkpoint.atomic_write

            def full(path: Path, content: bytes, failing: int = failing, real: Callable[..., None] = real) -> None:
                if path.parent.name == f".{failing}.partial":
                    raise OSError(errno.ENOSPC, "No space left on device", str(path))
                real(path, content)

            patch.setattr(checkpoint, "atomic_write", full)
            with pytest.raises(OSError, match="No space left"):
                runs.train(config, run, device="cpu")
        assert not list((run / "checkpoint").glob(".*")), "what was begun still takes room"
        same(runs.train(config, run, device="cpu", resume=True), whole)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no facts": lambda newest: (newest / "state.json").write_text("{}"),
    "no object": lambda newest: (newest / "state.json").write_text("[1]"),
    "torn facts": lambda newest: (newest / "state.json").write_text('{"done": 1'),
    "cut short": lambda newest: (newest / "state.safetensors").write_bytes(b"x" * 20),
    "one byte": lambda newest: (newest / "state.safetensors").write_bytes(
        (newest / "state.safetensors").read_bytes()[:-1] + b"\x01\x02"[:1]
    ),
    "gone": lambda newest: (newest / "state.safetensors").unlink(),
    "of another model": lambda newest: checkpoint.write(newest.parent, int(newest.name), {"w": torch.ones(2)}, {}),
    "latest is no text": lambda newest: (newest.parent / "latest").write_bytes(b"\xff\xfe\x00"),
    "latest names nothing": lambda newest: (newest.parent / "latest").write_text("../../x"),
}


SAMPLE = ("no facts", "cut short", "latest is no text")


@pytest.mark.parametrize(
    "damage", [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.long) for name in DAMAGES]
)
def test_a_damaged_checkpoint_gives_way_to_an_older_one_and_that_is_said(tmp_path: Path, straight, damage: str) -> None:
    config, whole = straight
    run = tmp_path / "run"
    stopped_at(20, config, run)
    newest = run / "checkpoint" / "16"
    DAMAGES[damage](newest)
    notes: list[str] = []
    same(runs.train(config, run, device="cpu", resume=True, note=notes.append), whole)
    if not damage.startswith("latest"):
        (sentence,) = notes
        assert sentence.startswith("16 is no whole checkpoint") and "going on from the one of update 8" in sentence


def test_a_run_without_a_whole_checkpoint_is_refused(tmp_path: Path, straight) -> None:
    config, _ = straight
    run = tmp_path / "run"
    stopped_at(20, config, run)
    for path in (run / "checkpoint").glob("*/state.json"):
        path.write_text("{}")
    with pytest.raises(Refused, match="holds no checkpoint that is whole"):
        runs.train(config, run, device="cpu", resume=True)


@pytest.mark.parametrize(
    "torn",
    [
        b'{"step": 17, "upd',
        *(
            pytest.param(torn, marks=pytest.mark.long)
            for torn in (b"\xff\xfe\n", b"[]\n", b'{"step": "x"}\n', b"\x00" * 9)
        ),
    ],
)
def test_a_torn_line_of_progress_is_dropped(tmp_path: Path, straight, torn: bytes) -> None:
    config, whole = straight
    run = tmp_path / "run"
    stopped_at(20, config, run)
    with (run / "progress.jsonl").open("ab") as lines:
        lines.write(torn)
    same(runs.train(config, run, device="cpu", resume=True), whole)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("rate = 0.01", "rate = 0.02", "loop.rate"),
        ("decoder = 16", "decoder = 32", "model.decoder"),
        ("threads = 1", "threads = 1\nseed = 7", "loop.seed"),
        ("pieces = 60", "pieces = 61", "pieces"),
    ],
)
def test_a_run_goes_on_with_its_own_config_alone(tmp_path: Path, straight, old: str, new: str, name: str) -> None:
    config, _ = straight
    run = tmp_path / "run"
    stopped_at(9, config, run)
    own = (run / "train.toml").read_bytes()
    other = tmp_path / "other.toml"
    other.write_text(config.read_text().replace(old, new))
    with pytest.raises(Refused, match=f"begun with {name} = "):
        runs.train(other, run, device="cpu", resume=True)
    assert (run / "train.toml").read_bytes() == own


def test_a_folder_without_a_run_cannot_be_gone_on_with(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(Refused, match="holds no run to go on with"):
        runs.train(config_at(tmp_path, corpus), tmp_path / "run", device="cpu", resume=True)
    assert not (tmp_path / "run").exists()
