"""The frames of a replay as records. Nothing here needs torch, so that a page opens one cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

Measure = Literal["bleu", "accuracy"]
SNAP: dict[Literal["aer", "entropy"], float] = {"aer": 0.05, "entropy": 0.25}
"""By how much it has to fall between two frames at least, for the alignment to snap in there: AER as a share, more than
a sample of some sixty sentences wavers by; entropy in bits."""
STEPS = 255
"""What stands for the largest weight of a map."""


@dataclass(frozen=True)
class Probe:
    """A text that is looked at in every frame. `columns` are its words; of a document `sentences` says how many of them
    each sentence has, which of a sentence to be translated is empty. With a `target` the map is over that target, and
    not over what the model writes."""

    text: str
    columns: tuple[str, ...]
    target: str | None = None
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class View:
    """What a model made of one probe at one time: its output, and where it looked.

    `cells` are shares of `peak`, 0 to 255, a row for each of `rows` (words of the output, or the label of a document)
    and a column for each of the probe's words; None of a model without attention. Word weights of a hierarchical
    network are shares of their sentence, and `over` are the shares of the sentences, 0 to 255; empty of other models.
    """

    text: str
    rows: tuple[str, ...]
    cells: UInt8[np.ndarray, "row column"] | None
    peak: float = 1.0
    over: UInt8[np.ndarray, " sentence"] | None = None

    def weights(self) -> Float[np.ndarray, "row column"]:
        """The shares, off by at most 1/510 of the largest. ValueError of a model without attention."""
        if self.cells is None:
            raise ValueError("a model without attention has no weights")
        return self.cells.astype(np.float64) * (self.peak / STEPS)


class Scores(NamedTuple):
    """What was measured at one time; None where nothing was.

    `loss` in nats per target piece or document, on the development data. `score` is BLEU (0 to 100) or accuracy (0 to
    1) on a fixed sample of them. `entropy` in bits, the mean over all rows of all probes. `aer` against people's links
    (0 to 1). `moved` is the mean of |w - w'| over all cells that the frame before had too.
    """

    loss: float | None = None
    score: float | None = None
    entropy: float | None = None
    aer: float | None = None
    moved: float | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """The model after so many updates; a view for each probe."""

    update: int
    scores: Scores
    views: tuple[View, ...]


@dataclass(frozen=True)
class About:
    """What a replay is of. `scored` examples stand behind each score, `aligned` sentences behind each AER; every
    `stride`-th of the frames that were recorded is there, besides the first and the last."""

    name: str
    task: str
    source_language: str | None
    target_language: str | None
    measure: Measure
    scored: int
    aligned: int
    probes: tuple[Probe, ...]
    stride: int = 1


@dataclass(frozen=True, eq=False)
class Replay:
    """Frames in the order of their updates, each later than the one before."""

    about: About
    frames: tuple[Frame, ...]


def bytes_of(weights: Float[np.ndarray, "..."], peak: float = 1.0) -> UInt8[np.ndarray, "..."]:
    """Shares as steps of `peak` / 255, the nearest of them."""
    if peak <= 0:
        return np.zeros(weights.shape, dtype=np.uint8)
    return np.clip(np.rint(weights * (STEPS / peak)), 0, STEPS).astype(np.uint8)


def moved(now: tuple[View, ...], before: tuple[View, ...]) -> float | None:
    """The mean of |w - w'| over the cells that both have: of outputs of different lengths the rows of the shorter one.
    None where there are none."""
    total, count = 0.0, 0
    for own, old in zip(now, before, strict=True):
        if own.cells is None or old.cells is None:
            continue
        rows = min(len(own.rows), len(old.rows))
        total += float(np.abs(own.weights()[:rows] - old.weights()[:rows]).sum())
        count += own.cells[:rows].size
    return total / count if count else None


def snapped(replay: Replay) -> tuple[int, Literal["aer", "entropy"]] | None:
    """The number of the frame up to which, from the one before, AER fell most, and what fell; entropy where no AER was
    measured. None where it never fell by as much as `SNAP` says at once: what is learnt little by little snaps in
    nowhere."""
    for name in SNAP:
        values = [getattr(frame.scores, name) for frame in replay.frames]
        if all(value is None for value in values):
            continue
        falls = [
            (old - new, -number)
            for number, (old, new) in enumerate(pairwise(values), 1)
            if old is not None and new is not None and old - new >= SNAP[name]
        ]
        return (-max(falls)[1], name) if falls else None
    return None
