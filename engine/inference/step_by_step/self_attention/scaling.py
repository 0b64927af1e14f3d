"""Why products are divided by √d_k: what becomes of the softmax and of its gradient without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float

from engine.inference.step_by_step.quantities import Stages
from engine.inference.step_by_step.softmax import softmax

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
    weights = _both(products, allowed, size)
    spread = float(products[allowed].std()) if allowed.any() else 0.0
    return Scaling(weights, slopes(weights), spread, size)


def _both(
    products: Float[np.ndarray, "*any key"], allowed: Bool[np.ndarray, "*any key"], size: int
) -> Float[np.ndarray, "2 *any key"]:
    scores = torch.tensor(np.stack([products / np.sqrt(size), products]))
    weights: np.ndarray = softmax(scores, torch.tensor(allowed).expand_as(scores)).numpy()
    return weights


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
        columns.append(slopes(_both(products, everyone, size)).mean(1))
    return np.stack(columns, 1)
