"""Rows of weights that no score made: even ones, and those dealt out anew."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def even(allowed: Bool[Tensor, "*rows key"], dtype: torch.dtype) -> Float[Tensor, "*rows key"]:
    """The same share for each key that is allowed, so that a row adds up to 1; all 0 where none is."""
    shares = allowed.to(dtype)
    return shares / shares.sum(-1, keepdim=True).clamp(min=1)


def dealt(
    weights: Float[Tensor, "*rows key"], allowed: Bool[Tensor, "*rows key"], chance: Float[Tensor, "*rows key"]
) -> Float[Tensor, "*rows key"]:
    """Each row's weights dealt out anew among the keys that it may see, in the order of `chance`, numbers of 0 to 1."""
    # Both orders put hidden keys last, so that visible ones change places among themselves alone.
    places = (~allowed).int().argsort(dim=-1, stable=True)
    drawn = torch.where(allowed, chance, 2 + chance).argsort(-1)
    return torch.zeros_like(weights).scatter(-1, places, weights.gather(-1, drawn))
