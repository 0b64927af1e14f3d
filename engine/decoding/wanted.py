"""What an output must be: given pieces at given places, and a given length. A search then looks at nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Wanted:
    """`pieces` by their places, counted from 0; `length` in pieces, the end among them, None where it is free.

    Lexically constrained decoding in its simplest case (Hokamp & Liu 2017, arXiv:1704.07138): where the place of each
    wanted piece is known, it is enough to leave out all other continuations there.
    """

    pieces: Mapping[int, int] = field(default_factory=dict)
    length: int | None = None

    def __post_init__(self) -> None:
        if self.length is not None and any(place >= self.length - 1 for place in self.pieces):
            raise ValueError(f"a piece is wanted behind the end at {self.length - 1}: {sorted(self.pieces)}")

    @property
    def last(self) -> int:
        """The last place at which a piece is wanted; -1 without one."""
        return max(self.pieces, default=-1)

    def hold(self, logs: Float[Tensor, "beam vocabulary"], step: int, end: int) -> Float[Tensor, "beam vocabulary"]:
        """ln p of each continuation at place `step`, minus infinity for those that are not wanted there."""
        if (own := self._only(step, end)) is not None:
            others = torch.ones(logs.shape[1], dtype=torch.bool, device=logs.device)
            others[own] = False
            return logs.masked_fill(others, -torch.inf)
        if step <= self.last or self.length is not None:
            return logs.index_fill(1, torch.tensor([end], device=logs.device), -torch.inf)
        return logs

    def _only(self, step: int, end: int) -> int | None:
        """The one piece that may stand there; None where there are several."""
        if self.length is not None and step >= self.length - 1:
            return end
        return self.pieces.get(step)
