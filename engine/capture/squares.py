"""How far the heads of a vision model look, and at which of the squares around: in the plane, not in reading order."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from engine.capture.edits import AttentionKind

NEIGHBOURS = {"left": (0, -1), "right": (0, 1), "above": (-1, 0), "below": (1, 0), "itself": (0, 0)}
"""Rows and columns from a square to the one that is looked at."""


@dataclass(frozen=True)
class Squares:
    """What `Collectors` is for the tokens of a text; `marks` positions stand before the squares of the grid."""

    grid: tuple[int, int]
    marks: int

    def distance(self, weights: Float[Tensor, "head query key"]) -> Float[Tensor, " head"]:
        """Mean distance in squares from those that look to those looked at, under the weights among squares alone.

        After the attention distance of Dosovitskiy et al. 2021, section 4.5, arXiv:2010.11929. Marks have no place in
        the picture, so what goes to them or comes from them does not count.
        """
        own = weights[:, self.marks :, self.marks :]
        rows, columns = self.grid
        places = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).to(weights)
        apart = torch.cdist(places, places)
        total = own.sum((-2, -1)).clamp(min=1e-30)
        return torch.einsum("hqk,qk->h", own, apart) / total

    def shares(
        self, weights: Float[Tensor, "head query key"], kind: AttentionKind
    ) -> dict[str, Float[Tensor, " head"]]:
        """The mean share that goes to each neighbour, over the squares that have it, and to the marks."""
        rows, columns = self.grid
        squares = weights[:, self.marks :, self.marks :]
        own = squares.unflatten(1, self.grid).unflatten(3, self.grid)  # head, row, column, row, column
        means = {}
        for name, (down, across) in NEIGHBOURS.items():
            if abs(down) >= rows or abs(across) >= columns:
                continue
            r, c = (torch.arange(max(0, -by), size - max(0, by)) for by, size in ((down, rows), (across, columns)))
            line = own[:, r[:, None], c[None, :], r[:, None] + down, c[None, :] + across]
            means[name] = line.mean((-2, -1))
        means["marks"] = weights[:, :, : self.marks].sum(-1).mean(-1)
        return means
