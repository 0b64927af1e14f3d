"""How sure a figure over a test set is: sentences drawn again and again, with replacement (Koehn 2004, section 3).

Everything here works on sums over sentences, so one matrix product scores all resamples. Two systems read the same
draws as long as they have the same number of sentences, so their differences are paired.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

RESAMPLES = 1000
SEED = 12345
LEVEL = 0.95
AT_ONCE = 4_000_000
"""How many draws are held in memory, 8 bytes each."""


class Interval(NamedTuple):
    """The middle 95 % of the resampled values, in the unit of the value itself."""

    low: float
    high: float


def resampled_sums(
    statistics: Float[np.ndarray, "sentence count"], resamples: int = RESAMPLES, seed: int = SEED
) -> Float[np.ndarray, "resample count"]:
    """Sums of each column over `resamples` draws of as many sentences as there are.

    The draws depend on the number of sentences and the seed alone.
    """
    sentences = len(statistics)
    if not sentences:
        raise ValueError("nothing to draw from: no sentence given")
    chance = np.random.default_rng(seed)
    at_once = max(1, AT_ONCE // sentences)
    parts = [min(at_once, resamples - start) for start in range(0, resamples, at_once)]
    return np.concatenate([_times(chance, part, sentences) @ statistics for part in parts])


def _times(chance: np.random.Generator, resamples: int, sentences: int) -> Int[np.ndarray, "resample sentence"]:
    """How often each sentence was drawn."""
    drawn = chance.integers(sentences, size=(resamples, sentences))
    offsets = np.arange(resamples)[:, None] * sentences
    return np.bincount((drawn + offsets).ravel(), minlength=resamples * sentences).reshape(resamples, sentences)


def interval(values: Float[np.ndarray, " resample"]) -> Interval:
    """Percentile interval of resampled values."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high))
