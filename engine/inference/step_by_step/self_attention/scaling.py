"""Why products are divided by √d_k: what becomes of the softmax and of its gradient without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float

from engine.inference.step_by_step.quantities import Stages

SIZES = (4, 16, 64, 256, 1024)
WORDS, DRAWS = 8, 500


@dataclass(frozen=True, eq=False)
class Scaling:
    """With division and without, in this order: the weights of each word, and the slope of the softmax there. `spread`
    is the standard deviation of the products, `size` is d_k."""

    weights: Float[np.ndarray, "2 query key"]
    slopes: Float[np.ndarray, "2 query"]
    spread: float
    size: int


def scaling(stages: Stages) -> Scaling:
    """For a layer that was taken apart, its own products and mask."""
    products, allowed = stages["dot_products"].value, stages["visible"].value > 0.5
    size = stages["queries"].shape[1]
    weights = np.stack([softmax(products / np.sqrt(size), allowed), softmax(products, allowed)])
    spread = float(products[allowed].std()) if allowed.any() else 0.0
    return Scaling(weights, slopes(weights), spread, size)


def softmax(
    scores: Float[np.ndarray, "*any key"], allowed: Bool[np.ndarray, "*any key"]
) -> Float[np.ndarray, "*any key"]:
    """Over the last axis, among what is allowed; 0 where nothing is."""
    hidden = np.where(allowed, scores, -np.inf)
    top = hidden.max(-1, keepdims=True)
    powers = np.exp(hidden - np.where(np.isfinite(top), top, 0))
    total = powers.sum(-1, keepdims=True)
    shares: np.ndarray = powers / np.where(total > 0, total, 1)
    return shares


def slopes(weights: Float[np.ndarray, "*any key"]) -> Float[np.ndarray, "*any"]:
    """The Frobenius norm of the Jacobian of each softmax, diag(α) − α αᵀ: how strongly the weights answer to a change
    of the scores. It is 0 where one word has all the weight, and then no gradient comes through."""
    squares, cubes = (weights**2).sum(-1), (weights**3).sum(-1)
    norms: np.ndarray = np.sqrt(np.maximum(squares - 2 * cubes + squares**2, 0))
    return norms


@lru_cache(maxsize=1)
def by_size() -> Float[np.ndarray, "2 size"]:
    """The mean slope for random queries and keys whose numbers have mean 0 and variance 1 (the paper's footnote 4), for
    each of `SIZES`: with division and without."""
    random, everyone = np.random.default_rng(1), np.ones((DRAWS, WORDS), dtype=bool)
    columns = []
    for size in SIZES:
        queries, keys = random.standard_normal((DRAWS, 1, size)), random.standard_normal((DRAWS, WORDS, size))
        products = (queries * keys).sum(-1)
        both = np.stack([softmax(products / np.sqrt(size), everyone), softmax(products, everyone)])
        columns.append(slopes(both).mean(1))
    return np.stack(columns, 1)
