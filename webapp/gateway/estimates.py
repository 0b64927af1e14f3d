"""What pages ask of trainings that have not begun: what each will take, tried by a process beside the server, one after
another. Whoever asks may give up, or leave: what nobody waits for any more is not tried."""

from __future__ import annotations

import atexit
import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory
from typing import Literal

from engine.data.files import atomic_write
from engine.devices import choose
from engine.errors import Refused
from engine.runs import activity, outcome
from engine.runs.activity import Activity
from engine.runs.files import CONFIG
from engine.schemas import estimates
from engine.training import memory
from engine.training.config import TrainConfig
from engine.training.estimate import Estimate
from engine.training.written import written
from webapp.gateway import trying
from webapp.gateway.trying import OUTPUT

LOOK = 0.2
"""Seconds between two looks at the process."""
PATIENCE = 20.0
"""For so many seconds somebody waits still who has not asked how it stands: pages ask each second."""
LONGEST = 900.0
"""Seconds of one try."""
MOST = 12
"""Trainings that may wait to be tried."""
KEPT = 64
"""Answers that are kept."""


@dataclass(frozen=True)
class Shortage:
    """A training needs more memory than is free now, or (`for_good`) than there is at all."""

    reason: Refused
    for_good: bool


@dataclass(frozen=True)
class Standing:
    """How it stands with what was asked: at which `place` it waits, counted from 1, or what is done for it, or what
    came out."""

    state: Literal["waiting", "going", "known", "refused"]
    place: int = 0
    activity: Activity | None = None
    estimate: Estimate | None = None
    refusal: Refused | None = None


@dataclass(eq=False)
class _Asked:
    config: TrainConfig
    waiting: dict[str, float] = field(default_factory=dict)
    """Who waits for it, and when they last looked."""
    folder: Path | None = None


class Estimates:
    """What trainings will take, by all that their configs say."""

    def __init__(self, device: Callable[[], str]) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, _Asked] = OrderedDict()
        self._known: OrderedDict[str, Standing] = OrderedDict()
        self._worker: threading.Thread | None = None

    def shortage(self, parameters: int) -> Shortage | None:
        """What stands against a network of that size before anything is tried; None where it has room."""
        device = choose(self._device())
        try:
            memory.check_room(parameters, device)
        except Refused as reason:
            return Shortage(reason, memory.BYTES_LEARNT * parameters > memory.whole(device))
        return None

    def ask(self, config: TrainConfig, asker: str) -> None:
        """Have it tried what a training takes; what the asker waited for before is given up, and what was refused once
        is tried anew. Raises Refused where too many wait."""
        key = self._key(config)
        self.give_up(asker)
        with self._lock:
            if key in self._known and self._known[key].state == "known":
                return
            if key not in self._asked and len(self._asked) >= MOST:
                raise Refused("{most} trainings wait to be tried already: try again in a minute.", most=MOST)
            self._known.pop(key, None)
            self._asked.setdefault(key, _Asked(config)).waiting[asker] = time.monotonic()
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="estimates", daemon=True)
                self._worker.start()

    def look(self, config: TrainConfig, asker: str) -> Standing | None:
        """How it stands; None where nobody asked. Whoever looks at one waits for no other."""
        key = self._key(config)
        with self._lock:
            for other, asked in self._asked.items():
                if other != key:
                    asked.waiting.pop(asker, None)
            if key not in self._asked:
                return self._known.get(key)
            wanted = self._asked[key]
            wanted.waiting[asker] = time.monotonic()
            if wanted.folder is not None:
                return Standing("going", activity=activity.read(wanted.folder))
            return Standing("waiting", list(self._asked).index(key) + 1)

    def give_up(self, asker: str) -> None:
        """Wait for nothing any more."""
        with self._lock:
            for asked in self._asked.values():
                asked.waiting.pop(asker, None)

    def _key(self, config: TrainConfig) -> str:
        return hashlib.sha256(f"{self._device()}\n{written(config)}".encode()).hexdigest()

    def _work(self) -> None:
        """Try what was asked, the first first, until nothing is left."""
        while True:
            with self._lock:
                key, asked = next(iter(self._asked.items()), ("", None))
                if asked is None:
                    self._worker = None
                    return
            standing = self._tried(asked) if self._wanted(asked) else None
            with self._lock:
                del self._asked[key]
                if standing is not None:
                    self._known[key] = standing
                    if len(self._known) > KEPT:
                        self._known.popitem(last=False)

    def _wanted(self, asked: _Asked) -> bool:
        with self._lock:
            return any(time.monotonic() - looked < PATIENCE for looked in asked.waiting.values())

    def _tried(self, asked: _Asked) -> Standing | None:
        """None where nobody waited for it to its end."""
        try:
            with TemporaryDirectory() as place:
                return self._begun(asked, Path(place))
        except Exception as error:  # whatever it is, those who wait behind it are served
            return Standing("refused", refusal=trying.unable(error))

    def _begun(self, asked: _Asked, folder: Path) -> Standing | None:
        atomic_write(folder / CONFIG, written(asked.config).encode())
        process = trying.begin(folder, self._device())
        atexit.register(process.kill)  # what ends the server ends it too
        asked.folder = folder
        try:
            return self._ended(asked, process, folder)
        finally:
            asked.folder = None
            process.kill()
            process.wait()
            atexit.unregister(process.kill)

    def _ended(self, asked: _Asked, process: Popen[bytes], folder: Path) -> Standing | None:
        ends = time.monotonic() + LONGEST
        while process.poll() is None:
            if not self._wanted(asked):
                return None
            if time.monotonic() > ends:
                return Standing("refused", refusal=trying.too_long(LONGEST))
            time.sleep(LOOK)
        if process.returncode == 0:
            record = json.loads((folder / OUTPUT).read_text(encoding="utf-8"))
            return Standing("known", estimate=estimates.read(record, asked.config))
        end = outcome.read(folder)
        reason = end.refusal if end is not None else None
        return Standing("refused", refusal=reason or trying.why(process.returncode, folder))
