"""What a training does before its first update, in the file `activity.json` of its run: gone once it learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.store.files import read_json

FILE = "activity.json"
Doing = Literal["fetching", "reading", "cutting", "encoding", "measuring"]
DOINGS: tuple[Doing, ...] = ("fetching", "reading", "cutting", "encoding", "measuring")
STEP = 500_000  # bytes between two looks at how much is fetched


@dataclass(frozen=True)
class Activity:
    """`done` of `total` bytes are fetched; 0 and None where nothing is counted. "cutting" learns into what pieces or
    words texts are cut, "measuring" tries how many updates fit the time that a run may take."""

    doing: Doing
    done: int = 0
    total: int | None = None


def write(run: Path, doing: Doing, done: int = 0, total: int | None = None) -> None:
    """Nobody who only wants to know may keep a training from going on: a file that cannot be written is left out."""
    with suppress(OSError):
        atomic_write(run / FILE, json.dumps(asdict(Activity(doing, done, total))).encode())


def clear(run: Path) -> None:
    with suppress(OSError):
        (run / FILE).unlink(missing_ok=True)


def fetching(run: Path) -> Callable[[int, int | None], None]:
    """What a download is to tell how far it is."""
    looked = -STEP

    def progress(done: int, total: int | None) -> None:
        nonlocal looked
        if total is not None and done >= total:
            write(run, "reading")
        elif done - looked >= STEP:
            looked = done
            write(run, "fetching", done, total)

    return progress


def read(run: Path) -> Activity | None:
    """None where nothing of the kind is done, or the file cannot be read. Of use as long as the run is going on: who
    was killed could not clear it away."""
    try:
        content = read_json(run / FILE)
        doing, done, total = content["doing"], int(content["done"]), content["total"]
        activity = Activity(doing, done, None if total is None else int(total))
    except (Refused, KeyError, TypeError, ValueError, OverflowError):
        return None
    return activity if doing in DOINGS else None
