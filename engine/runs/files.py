"""The files in a run's folder, and the lock by which one process holds it. Nothing here imports torch."""

from __future__ import annotations

import fcntl
import os
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
HANDED_ON = "ENGINE_RUN_LOCK"
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
def alone(run: Path) -> Iterator[int]:
    """Hold the folder for this process; the system lets go of it however the process ends. Raises `Busy`.

    Gives the number of the open file. A process that is begun with it (`handed_on`) holds the folder from its first
    moment: whoever began it may end meanwhile, and nobody else comes in between.
    """
    lock = _handed_over(run)
    if lock is None:
        lock = os.open(run / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _take(lock):
            raise Busy(N_("{run} is being trained by another process; wait for it, or name another folder"), run=run)
        yield lock
    finally:
        os.close(lock)


def handed_on(lock: int) -> dict[str, str]:
    """The environment of a process that is to go on holding a folder; the file itself goes by `pass_fds`."""
    return os.environ | {HANDED_ON: str(lock)}


def _handed_over(run: Path) -> int | None:
    """The open lock of that folder which this process was begun with; None without one."""
    number = os.environ.pop(HANDED_ON, "")
    try:
        same = os.path.samestat(os.fstat(int(number)), (run / LOCK).stat())
    except (ValueError, OSError):
        return None
    return int(number) if same else None


def _take(lock: int) -> bool:
    """Hold an open lock that others may hold for a moment, to see whether it is held; false where one goes on to."""
    for looked in range(LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(LOOK_AGAIN if looked < LOOKS - 1 else 0)
    return False


def held(lock: Path) -> bool:
    """Whether a process holds that lock now."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False


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
        yield _take(file.fileno())
