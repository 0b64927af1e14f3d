"""What pages ask of trainings: which there are, how they stand, one more, and what becomes of one."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import Refused
from engine.runs import queue, request, worker
from engine.runs.files import CONFIG, PRETRAINING, PROGRESS
from engine.runs.progress import Follower, Point, thinned
from engine.runs.queue import Run
from engine.training.config import TrainConfig, read
from engine.training.prepare import model_section
from engine.training.written import written
from webapp.gateway import allowed

LISTED_FOR = 1.0  # seconds until the folders of runs are looked at again
FOLLOWED = 32  # runs whose points are kept
MOST_WAITING = 12
"""Trainings of one visitor that may wait: one for each scoring function, and two."""
MOST_POINTS = 240
"""Points of one curve: a figure has no room for more."""
OTHERS = Refused(
    "Only the browser that began this training may change it, or whoever has the key that the server printed when it "
    "began."
)


@dataclass(frozen=True)
class Curve:
    """The points of a run, as many as a figure has room for, and how many were reported in all."""

    points: tuple[Point, ...]
    before: tuple[Point, ...]
    """Of what the model learnt before labels were looked at."""


class Runs:
    """The trainings of this server. Who may change one shows the key of the browser that began it, or the server's."""

    def __init__(self, device: Callable[[], str], changed: Callable[[], None]) -> None:
        """`device` says where they are trained; `changed` is called where other models are there than before."""
        self.server_key = secrets.token_urlsafe(9)
        self._device, self._changed = device, changed
        self._lock = threading.Lock()
        self._looked = 0.0
        self._runs: dict[str, Run] = {}
        self._stored: frozenset[str] = frozenset()
        self._followed: OrderedDict[tuple[str, str], Follower] = OrderedDict()

    def all(self) -> dict[str, Run]:
        """By name, the newest first, as they stood a moment ago. Those that wait are worked off."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked > LISTED_FOR:
                self._look(now)
            return self._runs

    def find(self, name: str) -> Run:
        """Raises Refused where there is none."""
        run = self.all().get(name)
        if run is None:
            raise Refused("There is no training {name}.", name=name)
        return run

    def title(self, name: str) -> str:
        """What a run is called: its title, its name behind it where another has the same; empty where there is none."""
        run = self.all().get(name)
        if run is None:
            return ""
        alike = [each for each in self.all().values() if each.request.title == run.request.title]
        return run.request.title if len(alike) < 2 else f"{run.request.title} ({name})"

    def add(self, config: TrainConfig, title: str, owner: str, minutes: float) -> str:
        """Put a training in the queue, to be given so many minutes; gives its name. Raises Refused for what cannot be
        trained, and where too many of one visitor wait already."""
        self.check(config, owner)
        waiting = [run for run in self.all().values() if run.place and run.request.owner == request.digest(owner)]
        if len(waiting) >= MOST_WAITING:
            raise Refused("{most} of your trainings wait already: try again when some are done.", most=MOST_WAITING)
        run = queue.add(written(config).encode(), title, owner, self._device(), minutes=minutes)
        self._again()
        return run.name

    def check(self, config: TrainConfig, owner: str) -> int:
        """How many numbers a training would learn, before it is known how many pieces there are. Raises Refused for
        what cannot be trained, or not for this visitor."""
        allowed.check(config, owner)
        return model_section.check(config)

    def may(self, name: str, *keys: str) -> bool:
        """Whether one of these keys lets somebody change a run."""
        return self.owned(self.find(name), *keys)

    def owned(self, run: Run, *keys: str) -> bool:
        """The same of a run that is at hand, also of one that was put away."""
        owner = run.request.owner
        own = [key for key in keys if key and owner and hmac.compare_digest(request.digest(key), owner)]
        return bool(own) or any(hmac.compare_digest(key.encode(), self.server_key.encode()) for key in keys)

    def change(self, change: Callable[[str], None], name: str, *keys: str) -> None:
        """`queue.stop`, `resume`, `delete` and the like, for whoever has one of the keys. Raises Refused for others."""
        if not self.may(name, *keys):
            raise OTHERS
        change(name)
        self._again()

    def deleted(self, *keys: str) -> list[Run]:
        """What was put away and one of these keys lets somebody bring back, the last first."""
        return [run for run in queue.deleted() if self.owned(run, *keys)]

    def restore(self, name: str, *keys: str) -> None:
        """Bring back what was put away, for whoever has one of the keys. Raises Refused for others."""
        if name not in {run.name for run in self.deleted(*keys)}:
            raise OTHERS
        queue.restore(name)
        self._again()

    def config(self, name: str) -> TrainConfig | None:
        """By what a run is trained; None where its file cannot be read."""
        return _config(self.find(name).folder / CONFIG)

    def that_need(self, corpus: str) -> list[str]:
        """The titles of those that learn from a corpus and have not ended."""
        going = [run for run in self.all().values() if run.state not in queue.ENDED]
        configs = {run.request.title: self.config(run.name) for run in going}
        return [title for title, config in configs.items() if config is not None and corpus in config.data.names]

    def curve(self, name: str) -> Curve:
        """What a run has reported. Each line of it is read once, however many visitors follow it."""
        run = self.find(name)
        return Curve(self._points(run, ""), self._points(run, PRETRAINING))

    def _points(self, run: Run, stage: str) -> tuple[Point, ...]:
        with self._lock:
            key = (run.name, stage)
            follower = self._followed.pop(key, None) or Follower(run.folder / stage / PROGRESS)
            self._followed[key] = follower
            if len(self._followed) > FOLLOWED:
                self._followed.popitem(last=False)
            follower.read()
            return tuple(thinned(follower.points, MOST_POINTS))

    def _again(self) -> None:
        with self._lock:
            self._look(time.monotonic())

    def _look(self, now: float) -> None:
        self._looked, self._runs = now, {run.name: run for run in queue.runs()}
        if any(run.place for run in self._runs.values()):
            worker.start(self._device())
        stored = frozenset(f"{run.name} {run.outcome}" for run in self._runs.values() if run.stored)
        if stored != self._stored:
            self._stored = stored
            self._changed()


def _config(file: Path) -> TrainConfig | None:
    """Read again only once it has changed, as it does when a training learns how long it may take."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, Refused):
        return None


@lru_cache(256)
def _read(file: Path, changed: int) -> TrainConfig:
    return read(file)
