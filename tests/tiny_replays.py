"""Replays small enough to make anew: two trainings over the same sentences, one of which lacks the last of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.inference.replay import file
from engine.inference.replay.frames import About, Frame, Probe, Replay, Scores, View, bytes_of, moved

PROBES = (
    Probe("I have a black cat.", ("I", "have", "a", "black", "cat", "."), "J'ai un chat noir."),
    Probe("Where is it?", ("Where", "is", "it", "?")),
    Probe("She sleeps.", ("She", "sleeps", ".")),
)
ROWS = {0: ("J'", "ai", "un", "chat", "noir", "."), 1: ("Où", "est", "il", "?"), 2: ("Elle", "dort", ".")}


def make(folder: Path) -> None:
    """Below `folder`, as they lie in `pretrained/`."""
    for name, seed, probes in (("en-fr-additive", 1, PROBES), ("en-fr-dot", 2, PROBES[:2])):
        (folder / "replays" / name).mkdir(parents=True)
        file.write(folder / "replays" / name / file.FILE, replay(probes, seed))


def replay(probes: tuple[Probe, ...] = PROBES, seed: int = 1, count: int = 12, attends: bool = True) -> Replay:
    """Weights that go from even to decided; AER falls most up to the sixth frame, which is that of update 50."""
    dice = np.random.default_rng(seed)
    frames: list[Frame] = []
    for number in range(count):
        views = tuple(_view(k, probe, number, dice, attends) for k, probe in enumerate(probes))
        error = 0.9 - 0.01 * number - (0.3 if number > 4 else 0)
        loss = None if number == 0 else 6 / number
        change = moved(views, frames[-1].views) if frames else None
        frames.append(Frame(10 * number, Scores(loss, 2.0 * number, 2 - 0.1 * number, error, change), views))
    about = About("translation/tiny", "translation", "en", "fr", "bleu", 100, 60, probes)
    return Replay(about, tuple(frames))


def _view(k: int, probe: Probe, number: int, dice: np.random.Generator, attends: bool) -> View:
    whole = ROWS[k]
    rows = whole if probe.target else whole[: min(number, len(whole))]  # it writes nothing at first
    weights = dice.dirichlet(np.full(len(probe.columns), 4 / (1 + number)), len(rows))
    cells = bytes_of(weights.reshape(len(rows), len(probe.columns))) if attends else None
    return View(" ".join(rows), rows, cells)
