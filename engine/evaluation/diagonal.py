"""How far attention lies from the diagonal of two lines that stand side by side."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from engine.traces import Trace

LEAST = 1e-7
"""A row that holds less looked at no character: what is left of it is what rounding left."""


def off_diagonal(trace: Trace) -> Float[np.ndarray, " character"]:
    """How far each character of the second line looked from the same place in the first, in characters: the mean of
    |i - j| by its attention over the first line's characters, the end of both lines left out. NaN for a character that
    looked at nothing but the end."""
    rows = [i for i, special in enumerate(trace.queries.special) if not special]
    columns = [j for j, special in enumerate(trace.keys.special) if not special]
    weights = trace.matrix()[np.ix_(rows, columns)].astype(np.float64)
    mass = weights.sum(1)
    distances = np.abs(np.subtract.outer(rows, columns))
    return np.divide((weights * distances).sum(1), mass, out=np.full_like(mass, np.nan), where=mass > LEAST)


def mean_distance(distances: Float[np.ndarray, " character"]) -> float:
    """The mean over the characters of one line that looked at any; NaN where none did."""
    known = distances[~np.isnan(distances)]
    return float(known.mean()) if len(known) else float("nan")
