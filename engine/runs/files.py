"""The files in a run's folder, and the lock by which one process holds it. Nothing here imports torch."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import N_, Refused
from engine.store import names

CONFIG, PROGRESS, CHECKPOINTS, PRETRAINING = "train.toml", "progress.jsonl", "checkpoint", "pretraining"
LOCK, LOG = "lock", "log.txt"
BEGUN = (PROGRESS, CHECKPOINTS, PRETRAINING, "tokenizer.json", "model.safetensors")
"""What a folder holds in which a run was begun."""
LOOK_AGAIN, LOOKS = 0.02, 25
"""Seconds between two tries to hold a folder, and how many: whoever looks whether it is held holds it for a moment."""


class Busy(Refused):
    """The folder is held by another process."""


def begun(run: Path) -> bool:
    return any((run / name).exists() for name in BEGUN)


def folder_of(name: str) -> Path:
    """The folder of the run of that name. Raises `Refused` for what is no name of a run."""
    _, folder = names.place(f"run:{name}", folders=False)
    if folder.is_symlink():
        raise Refused("There is no training {name}.", name=names.shown(name))
    return folder


@contextmanager
def alone(run: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends. Raises `Busy`."""
    with (run / LOCK).open("w") as lock:
        for looked in range(LOOKS):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if looked == LOOKS - 1:
                    raise Busy(
                        N_("{run} is being trained by another process; wait for it, or name another folder"), run=run
                    ) from None
                time.sleep(LOOK_AGAIN)
        yield


def held(lock: Path) -> bool:
    """Whether a process holds that lock now."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


@contextmanager
def in_turn(lock: Path) -> Iterator[None]:
    """Hold a lock that everybody holds for a moment only, and wait for it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def unless_held(lock: Path) -> Iterator[bool]:
    """Hold a lock, or learn that another process does: whether it is held by this one."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        for _ in range(LOOKS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOOK_AGAIN)
                continue
            break
        else:
            yield False
            return
        yield True
