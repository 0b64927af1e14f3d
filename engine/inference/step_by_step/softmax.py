"""The softmax as computations that are taken apart have it."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def softmax(scores: Float[Tensor, "*any"], allowed: Bool[Tensor, "*any"], axis: int = -1) -> Float[Tensor, "*any"]:
    """Over an axis, among what is allowed; 0 where nothing is, which would give 0 / 0."""
    return scores.masked_fill(~allowed, -torch.inf).softmax(axis).nan_to_num(0)
