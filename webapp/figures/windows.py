"""Where the windows of a trace stand among the columns of its map."""

from __future__ import annotations

import numpy as np

from engine.traces import NOWHERE, Trace
from webapp.figures.scenes.scene import Span

BELL = 25  # points of a Gaussian that are drawn


def spans(trace: Trace, *, by_words: bool) -> tuple[Span, ...]:
    """One for each query of a trace over pieces, with one head; none where it has no windows.

    Over words a column stands for all pieces of a word, so that a place within them is one within the column. A word
    of several pieces had as many windows: its own reaches over all of them, around the mean of their centres.
    """
    if trace.centre is None or trace.width is None:
        return ()
    centre, width = trace.centre[0, 0].astype(np.float64), trace.width[0, 0].astype(np.float64)
    nowhere = trace.keys.labels[-1] == NOWHERE and trace.keys.special[-1]  # outside of every window
    end = len(trace.keys) - nowhere - 0.5
    steps = np.linspace(-1, 1, BELL) if trace.rows == "at_most_one" else np.empty(0)
    places = np.stack([centre, centre - width, centre + width, *(centre + step * width for step in steps)])
    inside = (places[3:] >= -0.5) & (places[3:] <= end)
    places = np.clip(places, -0.5, end)
    if by_words:
        edges = np.concatenate([[0.0], trace.keys.membership().sum(1).cumsum()]) - 0.5
        places = np.interp(places, edges, np.arange(len(edges)) - 0.5)
        belongs = trace.queries.membership()
        places, inside = _joined(places, belongs), (inside @ belongs.T) == belongs.sum(1)
    # Half the width is the Gaussian's standard deviation.
    heights = np.exp(-2 * steps**2)
    windows = []
    for place, shown in zip(places.T, inside.T, strict=True):
        bell = zip(place[3:][shown].tolist(), heights[shown].tolist(), strict=True)
        windows.append(Span(float(place[0]), float(place[1]), float(place[2]), tuple(bell)))
    return tuple(windows)


def _joined(places: np.ndarray, belongs: np.ndarray) -> np.ndarray:
    """The windows of pieces as those of words: mean of the centres, lowest and highest edge, mean of what follows."""
    inside = belongs > 0
    mean = (belongs @ places[0]) / belongs.sum(1)
    low = np.where(inside, places[1], np.inf).min(1)
    high = np.where(inside, places[2], -np.inf).max(1)
    return np.stack([mean, low, high, *(places[3:] @ belongs.T) / belongs.sum(1)])
