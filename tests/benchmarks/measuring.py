"""What every benchmark shares: a figure with its target, medians and percentiles, and who else used the machine."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

ROOT = Path(__file__).parent.parent.parent
OUTPUT = ROOT / ".work" / "bench"
BUSY = 0.1  # cores used by others above which a figure is marked: it was not measured on a quiet machine


@dataclass(frozen=True)
class Figure:
    """One measured number. `goal` is what it should reach: at most for "<=", at least for ">="; None for a report."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    sense: Literal["<=", ">="] = "<="
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; a value that is no number reaches none. None without a goal."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.sense == "<=" else self.value >= self.goal


@dataclass(frozen=True)
class Settings:
    """What was asked on the command line; `short` only tries a part out, and its figures mean little."""

    model: str
    run: Path | None
    short: bool


class Skipped(Exception):
    """What a benchmark needs is not here; the message says what, and how to get it."""


@dataclass
class Others:
    """Cores that other processes used while something was measured; filled in at its end."""

    cores: float = math.nan

    @property
    def quiet(self) -> bool:
        return self.cores <= BUSY


@contextmanager
def watched() -> Iterator[Others]:
    """See who else computes: all that the machine did, less this process and its children, those that ended too."""
    found = Others()
    began, system, own = time.perf_counter(), _system(), _own()
    yield found
    spent = time.perf_counter() - began
    found.cores = max(0.0, (_system() - system) - (_own() - own)) / max(spent, 1e-9)


def _system() -> float:
    used = psutil.cpu_times()
    return float(used.user + used.system + used.nice)


def _own() -> float:
    """Processor seconds of this process and all that it started, those that have ended too."""
    me = psutil.Process()
    return sum(cpu_seconds(process, ended=True) for process in (me, *me.children(recursive=True)))


def cpu_seconds(process: psutil.Process, *, ended: bool = False) -> float:
    """Processor seconds that a process has used, with those of its `ended` children if asked; 0 when it has gone."""
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system + (used.children_user + used.children_system if ended else 0))


def wait_until_warm(server: psutil.Process, patience: float = 180.0) -> float:
    """Wait for what a server does after its start, models that nobody has asked for yet; gives the seconds.

    It is over once two seconds go by with hardly any work.
    """
    began, still = time.perf_counter(), 0
    while still < 4 and time.perf_counter() - began < patience:
        used = cpu_seconds(server)
        time.sleep(0.5)
        still = still + 1 if cpu_seconds(server) - used < 0.05 else 0
    return time.perf_counter() - began


def timed(work: Callable[[], object], *, repeats: int, warm_up: int = 3) -> list[float]:
    """Seconds that each of so many calls took, after some that do not count."""
    for _ in range(warm_up):
        work()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return seconds


def quantile(values: Sequence[float], share: float) -> float:
    """The value that at least `share` of all values do not exceed; not a number where there is none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """How calls were spread, in ms."""
    shares = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(1000 * quantile(seconds, share), 2) for name, share in shares.items()}


def machine() -> dict[str, Any]:
    """What stands in every report, so that figures of two machines are not compared by mistake."""
    import torch

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
