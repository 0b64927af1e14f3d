"""What is wanted of a run and by whom, in the file `run.json` of its folder. Its writers take turns: see `queue`."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.store.files import read_json

FILE = "run.json"
LONGEST = 100
"""Characters of a title; a note may have ten times as many."""
TEXTS = {"title": LONGEST, "created": LONGEST, "owner": LONGEST, "note": 10 * LONGEST, "device": 20}
"""How long each text may be, which nobody but these programs should have written."""
Wanted = Literal["train", "stop"]


@dataclass(frozen=True)
class Request:
    """`owner` is the SHA-256 of a key, empty where nobody but whoever runs the machine may change anything. `since`
    says when it was put in the queue, in nanoseconds: the earliest is first. `tries` holds, for each time that it was
    begun or gone on with, the update it began from. `minutes` is how long it may take; 0 for as long as its config
    says."""

    title: str
    created: str
    owner: str = ""
    note: str = ""
    device: str = "cpu"
    wanted: Wanted = "train"
    since: int = 0
    tries: tuple[int, ...] = ()
    minutes: float = 0.0


def new(title: str, key: str, device: str = "cpu", minutes: float = 0.0) -> Request:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return Request(clean(title), created, digest(key), device=device, since=time.time_ns(), minutes=minutes)


def digest(key: str) -> str:
    """By what a key is known again, and cannot be read from it; empty for none."""
    return hashlib.sha256(key.encode()).hexdigest() if key else ""


def clean(text: str, longest: int = LONGEST) -> str:
    """A title or a note as it is kept: in one line, not too long."""
    plain = "".join(c if c.isprintable() else " " for c in text[: 4 * longest])
    return " ".join(plain.split())[:longest]


def write(run: Path, request: Request) -> None:
    atomic_write(run / FILE, json.dumps(asdict(request), ensure_ascii=False).encode())


def read(run: Path) -> Request | None:
    """None where there is none, as of a run that was begun by `train`, or where it cannot be read."""
    try:
        content = read_json(run / FILE)
        title, created, owner, note, device = (
            clean(str(content.get(name, "")), longest) for name, longest in TEXTS.items()
        )
        wanted: Wanted = "stop" if content.get("wanted", "stop") == "stop" else "train"
        tries = tuple(int(update) for update in content.get("tries", ()))
        since, minutes = int(content.get("since", 0)), float(content.get("minutes", 0))
        if not math.isfinite(minutes):
            return None
        return Request(title, created, owner, note, device or "cpu", wanted, since, tries, minutes)
    except (Refused, TypeError, ValueError, OverflowError):
        return None


class StopAsked:
    """Asked after each update whether the run is to stop: the file is read only when it has changed."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._known: tuple[int, ...] = ()
        self._asked = False

    def __call__(self) -> bool:
        try:
            status = (self._run / FILE).stat()
        except OSError:
            return False
        # Every change makes another file; two within one tick of the clock bear the same time.
        known = status.st_ino, status.st_size, status.st_mtime_ns
        if known != self._known:
            self._known = known
            request = read(self._run)
            self._asked = request is not None and request.wanted == "stop"
        return self._asked
