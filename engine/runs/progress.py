"""How far a training is: the lines of `progress.jsonl`, followed from where one stood, and thinned to be drawn."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from engine.runs.files import PRETRAINING, PROGRESS

TAIL = 8192  # bytes from the end of a file that hold its last line
CHUNK = 1 << 20  # bytes of a file that are read at once


@dataclass(frozen=True)
class Point:
    """As the loop reports it: losses in nats per piece or document, `speed` in pieces or words a second."""

    step: int
    updates: int
    loss: float
    speed: float
    seconds: float
    validation: float | None = None


def last(run: Path) -> Point | None:
    """What was reported last; None before anything was. While what comes before is learnt that is of it."""
    for folder in (run, run / PRETRAINING):
        try:
            with _opened(folder / PROGRESS) as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - TAIL))
                lines = file.read(TAIL).splitlines()
        except OSError:
            continue
        for line in reversed(lines):
            if (point := _point(line)) is not None:
                return point
    return None


class Follower:
    """The points of one run so far; `read` gives those that have come since, reading no line twice.

    When a run goes on from a checkpoint, its file is written anew: all points are then read again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place, self._known = 0, (0, 0)
        self.points: list[Point] = []

    def read(self) -> list[Point]:
        try:
            with _opened(self._file) as file:
                self._begin_anew_if_other(file)
                file.seek(self._place)
                coming: list[Point] = []
                rest = b""  # a line that is being written, or is longer than what is read at once
                while chunk := file.read(CHUNK):
                    *lines, rest = (rest + chunk).split(b"\n")
                    coming += [point for line in lines if (point := _point(line)) is not None]
                self._place = file.tell() - len(rest)
        except OSError:
            return []
        self.points += coming
        return coming

    def _begin_anew_if_other(self, file: BinaryIO) -> None:
        status = os.fstat(file.fileno())
        if (status.st_dev, status.st_ino) != self._known or status.st_size < self._place:
            self._known, self._place, self.points = (status.st_dev, status.st_ino), 0, []


def _opened(path: Path) -> BinaryIO:
    """Raises OSError where no file can be read; whoever opens a pipe may wait for ever."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path.open("rb")


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most so many points, evenly over the updates: each stands for a stretch, with the mean of its losses."""
    if len(points) <= most:
        return list(points)
    edges = [round(k * len(points) / most) for k in range(most + 1)]
    return [_mean(points[start:end]) for start, end in pairwise(edges)]


def _mean(points: Sequence[Point]) -> Point:
    newest = points[-1]
    validations = [point.validation for point in points if point.validation is not None]
    return Point(
        newest.step,
        newest.updates,
        sum(point.loss for point in points) / len(points),
        newest.speed,
        newest.seconds,
        validations[-1] if validations else None,
    )


def _point(line: bytes) -> Point | None:
    try:
        content = json.loads(line)
        validation = content.get("validation")
        loss, speed, seconds = (float(content[name]) for name in ("loss", "speed", "seconds"))
        validation = None if validation is None else float(validation)
        return Point(int(content["step"]), int(content["updates"]), loss, speed, seconds, validation)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
