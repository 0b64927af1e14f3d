"""Which replays there are: those that come along, and those of runs. Neither listing nor opening one needs torch."""

from __future__ import annotations

from pathlib import Path

from engine.errors import Refused
from engine.inference.replay import file
from engine.inference.replay.frames import Replay
from engine.store import names
from engine.store.files import inside
from engine.store.names import shown

SHIPPED = "replays"
"""The folder of `pretrained/` whose folders hold a replay and no model."""


def replays() -> list[str]:
    """Their names, those that come along first, then runs, the newest first."""
    own = sorted(names.PRETRAINED.glob(f"{SHIPPED}/*/{file.FILE}"))
    runs = sorted(names.runs_folder().glob(f"*/{file.FILE}"), key=_age)
    known = [f"{SHIPPED}/{path.parent.name}" for path in own] + [f"run:{path.parent.name}" for path in runs]
    return [name for name in known if _lies(name)]


def path_of(name: str, *, folders: bool = False) -> Path:
    """The file of a replay by the name of its run; a path only where `folders` allows it. Raises `Refused` for a name
    that is none, and where nothing lies there."""
    root, folder = names.place(name, folders)
    path = folder / file.FILE
    if not inside(path, root):
        raise Refused(
            "{name} has left no replay: runs that were trained with --no-replay, language models and older ones have "
            "none.",
            name=shown(name),
        )
    return path


def open_replay(name: str, *, folders: bool = False) -> Replay:
    """The replay of a run. Raises `Refused` as `path_of` and `file.read` do."""
    return file.read(path_of(name, folders=folders))


def _lies(name: str) -> bool:
    try:
        path_of(name)
    except Refused:
        return False
    return True


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:  # gone since it was listed
        return 0.0
