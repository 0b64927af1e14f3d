"""How a figure stands in `metrics.json`: a value and, where it was drawn from many, its 95 % interval."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.evaluation.bootstrap import Interval, interval, resampled_sums

DECIMALS = 6
Figure = dict[str, float]


def figure(value: float, within: Interval | None = None) -> Figure:
    """Rounded, so that the last bits of another processor change nothing."""
    ends = {} if within is None else {"low": round(within.low, DECIMALS), "high": round(within.high, DECIMALS)}
    return {"value": round(float(value), DECIMALS), **ends}


def mean(values: Float[np.ndarray, " document"]) -> Figure | None:
    """The mean over documents and its bootstrap interval. NaN marks a document that has no such value: it is left
    out, and `documents` says how many are in. None where there is not one."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    return {**ratio(known, np.ones(len(known))), "documents": len(known)}


def ratio(parts: Float[np.ndarray, " document"], wholes: Float[np.ndarray, " document"]) -> Figure:
    """Sum of `parts` by sum of `wholes`, documents drawn again for the interval: a mean over annotations, say, that
    come several a document. At least one whole is above 0."""
    sums = resampled_sums(np.stack([parts, wholes], 1))
    drawn = sums[sums[:, 1] > 0]  # where few documents hold all the wholes, a draw can miss every one of them
    return figure(parts.sum() / wholes.sum(), interval(drawn[:, 0] / drawn[:, 1]))


def to_json(report: Mapping[str, Any]) -> str:
    """The text of `metrics.json`."""
    return json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
