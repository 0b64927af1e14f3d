"""Rows of ids of several lengths, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from engine.text.tokenizer import PAD_ID


class Padded(NamedTuple):
    """`present` is false for padding."""

    ids: Int[Tensor, "batch longest"]
    present: Bool[Tensor, "batch longest"]


def padded(rows: Sequence[Sequence[int]], device: torch.device | str = "cpu", pad: int = PAD_ID) -> Padded:
    """Each row, filled up to the longest one; there is one at least."""
    lengths = np.array([len(row) for row in rows])
    grid = np.full((len(rows), lengths.max()), pad, dtype=np.int64)
    for filled, ids in zip(grid, rows, strict=True):
        filled[: len(ids)] = ids
    present = np.arange(grid.shape[1]) < lengths[:, None]
    return Padded(torch.from_numpy(grid).to(device), torch.from_numpy(present).to(device))
