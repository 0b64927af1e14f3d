"""Runs in order: put in the queue, stopped, gone on with, put away.

Files alone say how things stand, so that nothing is lost with the process that showed them.
"""

from __future__ import annotations

import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Literal

from engine.data.files import atomic_write, sync_folder
from engine.errors import Refused
from engine.runs import outcome, progress, request
from engine.runs.files import CONFIG, LOCK, begun, folder_of, held, in_turn
from engine.runs.outcome import Outcome
from engine.runs.progress import Point
from engine.runs.request import Request
from engine.store import names
from engine.store.catalogue import WHOLE

QUEUE, DELETED = ".queue.lock", ".deleted"
MOST = 50
"""Runs that may wait in all, and of those that were put away how many can be brought back."""
LONGEST_NAME = 48
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
State = Literal["waiting", "starting", "running", "stopping", "interrupted", "stopped", "finished", "failed"]
GOING: tuple[State, ...] = ("starting", "running", "stopping")
ENDED: tuple[State, ...] = ("stopped", "finished", "failed")


@dataclass(frozen=True)
class Run:
    """One run as it stands. `place` counts from 1 those that are trained next; 0 where it does not wait. `stored` says
    whether a model of it can be used."""

    name: str
    folder: Path
    state: State
    request: Request
    place: int = 0
    point: Point | None = None
    outcome: Outcome | None = None
    stored: bool = False

    @property
    def model(self) -> str:
        """The name by which its model is used everywhere."""
        return f"run:{self.name}"


def runs() -> list[Run]:
    """All runs, the newest first."""
    folders = _folders()
    places = {path: number for number, path in enumerate(_waiting(folders), 1)}
    listed = [_run(path, places.get(path, 0)) for path in folders]
    return sorted(listed, key=lambda run: (run.request.created, run.request.since, run.name), reverse=True)


def find(name: str) -> Run:
    """Raises `Refused` where there is no run of that name."""
    folder_of(name)  # refuses what is no name
    run = next((run for run in runs() if run.name == name), None)
    if run is None:
        raise Refused("There is no training {name}.", name=names.shown(name))
    return run


def add(
    config: bytes,
    title: str,
    key: str,
    device: str = "cpu",
    files: dict[str, bytes] | None = None,
    minutes: float = 0.0,
) -> Run:
    """Put a training in the queue: `config` is its TOML, `files` what else is to lie in its folder, by their names,
    `minutes` how long it may take, where that is to decide.

    `key` is what whoever may stop it has to show. Raises `Refused` where too many wait already.
    """
    root = names.runs_folder()
    with in_turn(root / QUEUE):
        for left in root.glob(".*.partial"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        if len(_waiting(_folders())) >= MOST:
            raise Refused("{most} trainings wait already: try again when some are done.", most=MOST)
        wanted = request.new(title, key, device, minutes)
        partial = root / f".{wanted.since}.partial"
        partial.mkdir()
        try:
            for name, content in {CONFIG: config, **(files or {})}.items():
                atomic_write(partial / name, content)
            request.write(partial, wanted)
            folder = free(root, slug(title))
            os.rename(partial, folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync_folder(root)
    return find(folder.name)


def stop(name: str) -> None:
    """Have a run stopped: its model is stored as it is then. One that waits does not begin."""
    _change(name, lambda wanted: replace(wanted, wanted="stop"))


def resume(name: str) -> None:
    """Put a run that was stopped, or failed, or was interrupted, in the queue again: it goes on where it was."""

    if find(name).state in ("finished", *GOING):
        raise Refused("{name} cannot go on: it is being trained, or is finished.", name=name)
    _change(
        name,
        lambda wanted: replace(wanted, wanted="train", since=request.new("", "").since, tries=()),
        # Only now does it wait: until its end is forgotten it stands as it stood.
        lambda folder: (folder / outcome.FILE).unlink(missing_ok=True),
    )


def rename(name: str, title: str, note: str) -> None:
    """Its title and what is noted of it; its name stays, since links and other people's views hold it."""
    title, note = request.clean(title), request.clean(note, 10 * request.LONGEST)
    _change(name, lambda wanted: replace(wanted, title=title or wanted.title, note=note))


def delete(name: str) -> None:
    """Put a run away, from where `restore` brings it back. Raises `Refused` while it is being trained."""
    root, folder = names.runs_folder(), folder_of(name)
    with in_turn(root / QUEUE):
        if not folder.is_dir():
            raise Refused("There is no training {name}.", name=names.shown(name))
        if held(folder / LOCK):
            raise Refused("{name} is being trained: stop it first.", name=name)
        away = root / DELETED
        away.mkdir(exist_ok=True)
        if os.path.lexists(away / name):  # one that bore the name before
            os.rename(away / name, away / f".{time.time_ns()}")
        os.rename(folder, away / name)
        _forget(away)


def deleted() -> list[Run]:
    """What was put away and can be brought back, the last first."""
    folders = [path for path in (names.runs_folder() / DELETED).glob("*") if NAME.fullmatch(path.name)]
    return [_run(path, 0) for path in sorted(filter(Path.is_dir, folders), key=_put_away, reverse=True)]


def restore(name: str) -> None:
    """Bring back what was put away last under that name."""
    root, folder = names.runs_folder(), folder_of(name)
    with in_turn(root / QUEUE):
        if folder.exists() or not (root / DELETED / name).is_dir():
            raise Refused("There is nothing to bring back under the name {name}.", name=names.shown(name))
        os.rename(root / DELETED / name, folder)
        sync_folder(root)


def _forget(away: Path) -> None:
    """Remove for good what was put away long ago, and what nobody can bring back."""
    kept = sorted((path for path in away.iterdir() if NAME.fullmatch(path.name)), key=_put_away, reverse=True)[:MOST]
    for path in away.iterdir():
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _put_away(folder: Path) -> int:
    """When a folder was given the name that it has, in nanoseconds; 0 where it was brought back meanwhile."""
    try:
        return folder.lstat().st_ctime_ns
    except OSError:
        return 0


def next_for(device: str) -> Path | None:
    """The run that is to be trained now on that device: one that is held already, so that it is waited for, else the
    first of those that wait."""
    ours = [path for path in _folders() if (wanted := request.read(path)) is not None and wanted.device == device]
    going = [path for path in ours if held(path / LOCK)]
    return next(iter([*going, *_waiting(ours)]), None)


def try_from(folder: Path, update: int) -> Request | None:
    """Note that a run is begun, or gone on with, from that update; None where it is no longer wanted."""
    with in_turn(folder.parent / QUEUE):
        wanted = request.read(folder)
        if wanted is None or wanted.wanted == "stop":
            return None
        wanted = replace(wanted, tries=(*wanted.tries, update))
        request.write(folder, wanted)
        return wanted


def worker_lock(device: str) -> Path:
    """Held by the process that works off the queue of a device."""
    return names.runs_folder() / f".worker-{re.sub('[^a-z0-9]', '-', device)}.lock"


def slug(title: str) -> str:
    """A title as a name of a folder: letters, digits, - and _."""
    plain = unicodedata.normalize("NFKD", title[:400]).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-") or "training"


def free(root: Path, name: str) -> Path:
    """A folder of that name which is not there yet, with a number behind it where it must be."""
    candidates = (f"{name}-{number}" if number > 1 else name for number in count(1))
    return next(
        root / each for each in candidates if not any(map(os.path.lexists, (root / each, root / DELETED / each)))
    )


def _change(name: str, change: Callable[[Request], Request], then: Callable[[Path], object] | None = None) -> None:
    folder = folder_of(name)
    with in_turn(folder.parent / QUEUE):
        if not _is_run(folder):
            raise Refused("There is no training {name}.", name=names.shown(name))
        wanted = request.read(folder)
        if wanted is None and os.path.lexists(folder / request.FILE):  # else nobody would know any more whose it is
            raise Refused(
                "The file {file} of {name} cannot be read: mend it, or put the training away.",
                file=request.FILE,
                name=name,
            )
        request.write(folder, change(wanted or _unasked(folder)))
        if then is not None:
            then(folder)


def _unasked(folder: Path) -> Request:
    """Of a run that the command line began."""
    return Request(title=folder.name, created="", wanted="stop")


def _folders() -> list[Path]:
    """Those of all runs; one that is still being put together bears no name of a run."""
    return [path for path in names.runs_folder().glob("*") if NAME.fullmatch(path.name) and _is_run(path)]


def _is_run(folder: Path) -> bool:
    return (
        not folder.is_symlink() and (folder / CONFIG).is_file() and ((folder / request.FILE).is_file() or begun(folder))
    )


def _waiting(folders: list[Path]) -> list[Path]:
    """Those that are to be trained and are not yet, the first in the queue first."""
    order = {}
    for folder in folders:
        wanted = request.read(folder)
        if wanted is None or wanted.wanted == "stop" or (folder / outcome.FILE).exists() or held(folder / LOCK):
            continue
        order[folder] = (wanted.since, folder.name)
    return sorted(order, key=order.__getitem__)


def _run(folder: Path, place: int) -> Run:
    wanted, end = request.read(folder), outcome.read(folder)
    stored = all((folder / file).is_file() for file in WHOLE)
    point = progress.last(folder)
    state = _state(folder, wanted, end, point, stored)
    return Run(folder.name, folder, state, wanted or _unasked(folder), place, point, end, stored)


def _state(folder: Path, wanted: Request | None, end: Outcome | None, point: Point | None, stored: bool) -> State:
    if held(folder / LOCK):
        if wanted is not None and wanted.wanted == "stop":
            return "stopping"
        return "running" if point is not None else "starting"
    if end is not None:
        return end.end
    if wanted is None:
        return "finished" if stored else "interrupted"
    if wanted.wanted == "stop":
        return "stopped"
    return "interrupted" if begun(folder) and not held(worker_lock(wanted.device)) else "waiting"
