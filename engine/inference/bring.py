"""A stranger's model among ours: out of its archive, looked at, tried, and only then where everybody sees it."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.data.files import sync_folder
from engine.errors import Refused
from engine.inference import trial
from engine.runs import queue, request
from engine.runs.files import in_turn
from engine.store import brought, names
from engine.store.catalogue import find
from engine.store.pack import RECIPE, Binary
from engine.store.unpack import LARGEST, Archive

MOST, MOST_OF_ONE = 100, 20
"""Models that may be brought here in all, and by whoever has one key."""
PARTIAL = ".partial"
ABANDONED = 3600  # seconds after which a folder that was never finished is thrown away
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def bring(file: Binary, title: str, key: str = "", *, named: bool = False, limit: int = LARGEST) -> str:
    """Store the model in a zip archive as `run:NAME`, and give that name; `key` is what whoever deletes it has to show.

    NAME is made of the folder in the archive, or of the `title` where there is none or the model is `named` so; with a
    number behind it where it is in use. Raises `Refused` for whatever is no sound model of ours, and where there is no
    room; nothing is left behind then.
    """
    root = names.runs_folder()
    with _clear(root), _partial(root) as partial:
        archive = Archive(file, limit)
        title = request.clean((not named and archive.name) or title)
        folder = partial / (queue.slug(title) if any(c.isascii() and c.isalnum() for c in title) else "model")
        folder.mkdir()
        archive.write(folder)
        brought.made_plain(folder)
        trial.tried(folder)
        return _settled(root, folder, title, key)


def _settled(root: Path, folder: Path, title: str, key: str) -> str:
    """Move a folder to its place; gives the name of its model."""
    with in_turn(root / queue.QUEUE):
        _check_room(root, key)
        request.write(folder, request.Request(title, request.new("", "").created, request.digest(key), wanted="stop"))
        place = queue.free(root, folder.name)
        os.rename(folder, place)
        sync_folder(root)
    return find(f"run:{place.name}").name


def is_brought(folder: Path) -> bool:
    """Whether a model below the folder of runs was brought and not trained here."""
    return (folder / request.FILE).is_file() and not (folder / RECIPE).exists()


def _check_room(root: Path, key: str) -> None:
    """Raises `Refused` where many models were brought already."""
    here = [path for path in root.glob("*") if is_brought(path)]
    if len(here) >= MOST:
        raise Refused("{most} models were brought here already: delete one of them first.", most=MOST)
    owner = request.digest(key)
    own = [path for path in here if owner and (wanted := request.read(path)) is not None and wanted.owner == owner]
    if len(own) >= MOST_OF_ONE:
        raise Refused("You have brought {most} models already: delete one of them first.", most=MOST_OF_ONE)


@contextmanager
def _clear(root: Path) -> Iterator[None]:
    """What the machine refuses, said without naming any place on it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refused("The disk is full, so nothing was kept: free some of it and try again.") from error
        raise Refused("The folder of models cannot be written to, so nothing was kept.") from error


@contextmanager
def _partial(root: Path) -> Iterator[Path]:
    """A hidden folder for what is not whole yet, gone afterwards; those that a process left behind go too."""
    root.mkdir(parents=True, exist_ok=True)
    for old in root.glob(f".*{PARTIAL}"):
        if time.time() - old.stat().st_mtime > ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
    partial = root / f".{secrets.token_hex(8)}{PARTIAL}"
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
