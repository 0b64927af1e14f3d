"""Attention pulled towards given links, beside learning to translate: supervised attention.

Mi et al. 2016 (arXiv:1608.00112) and Liu et al. 2016 (arXiv:1609.04186) add to the loss the cross entropy between the
links of a target word and where it looked. Their links are those of a statistical aligner; ours may be anybody's.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.traces import Axis

TINY = torch.finfo(torch.float32).tiny


def wish(source: Axis, target: Axis, links: Set[tuple[int, int]]) -> Float[np.ndarray, "target source"]:
    """Where each target piece is to look, as shares: evenly at the source words its own word is linked to, and in each
    of them evenly at its pieces. The rows of a word without a link are all 0.

    `links` are (source word, target word) and number the words of the axes.
    """
    linked = np.zeros((target.count, source.count))
    for i, j in links:
        linked[j, i] = 1.0
    pieces = source.membership()
    rows = target.membership().T @ _rows_to_one(linked) @ _rows_to_one(pieces)
    return _rows_to_one(rows).astype(np.float32)


def _rows_to_one(matrix: Float[np.ndarray, "row column"]) -> Float[np.ndarray, "row column"]:
    totals = matrix.sum(1, keepdims=True)
    return np.divide(matrix, totals, out=np.zeros_like(matrix), where=totals > 0)


class Supervision:
    """What the attention of each training pair is wished to be, by the number of the pair.

    A piece is supervised `later` steps after the one that writes it; whoever reads the model then does so as well.
    """

    def __init__(self, wishes: Sequence[Float[np.ndarray, "_ _"]], weight: float, later: int = 0) -> None:
        self.wishes, self.weight, self.later = wishes, weight, later

    def __len__(self) -> int:
        return len(self.wishes)

    def loss(self, weights: Float[Tensor, "batch target source"], places: Sequence[int]) -> Float[Tensor, ""]:
        """`weight` times the cross entropy in nats, summed over all pieces that are linked. `places` are the numbers of
        the pairs of the batch; their sides may be padded."""
        wishes = torch.zeros(weights.shape)
        for row, place in zip(wishes, places, strict=True):
            own = torch.from_numpy(self.wishes[place])
            steps, positions = own.shape
            row[self.later : steps, :positions] = own[: steps - self.later]
        # A weight that selection made 0 has no logarithm, and no slope to climb either.
        logs = weights.float().clamp_min(TINY).log()
        return -self.weight * (wishes.to(weights.device) * logs).sum()
