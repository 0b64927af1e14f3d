"""In which form attention is shown: by piece or by word, with special tokens or without."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.traces import Axis


@dataclass(frozen=True, eq=False)
class Form:
    """Turns weights over pieces into those that are shown, as `Trace.by_words` and `Trace.without_special_keys` do.

    `queries` and `keys` are the sides as they are shown. Weights are summed over the pieces of a key and averaged over
    those of a query; without special tokens each row is made to sum to 1 again, and one that looked at nothing else
    becomes even.
    """

    queries: Axis
    keys: Axis
    _rows: Int[Tensor, " query"] | None  # the word of each piece
    _columns: Int[Tensor, " key"] | None
    _kept_rows: Int[Tensor, " row"] | None
    _kept_columns: Int[Tensor, " column"] | None

    @classmethod
    def of(cls, queries: Axis, keys: Axis, *, words: bool = False, special: bool = True) -> Form:
        """Special tokens stay where there is nothing else."""
        rows, columns = (_words(axis) if words else None for axis in (queries, keys))
        queries, keys = (axis.words() if words else axis for axis in (queries, keys))
        kept = _plain(keys) if not special else None
        if kept is None:
            return cls(queries, keys, rows, columns, None, None)
        left = _plain(queries)
        shown = queries if left is None else queries.only(left)
        places = [None if side is None else torch.tensor(side) for side in (left, kept)]
        return cls(shown, keys.only(kept), rows, columns, *places)

    @property
    def leaves_out(self) -> bool:
        """Whether special tokens were there and are not shown."""
        return self._kept_columns is not None

    def rarity(self, pieces: list[int]) -> list[int]:
        """That of each key that is shown: of a word its rarest piece's."""
        found = pieces
        if self._columns is not None:
            found = [0] * (int(self._columns[-1]) + 1)
            for word, rarity in zip(self._columns.tolist(), pieces, strict=True):
                found[word] = max(found[word], rarity)
        return found if self._kept_columns is None else [found[k] for k in self._kept_columns.tolist()]

    def __call__(
        self, weights: Float[Tensor, "head query key"]
    ) -> tuple[Float[Tensor, "head row column"], Float[Tensor, " head"] | None]:
        """The weights as they are shown, and the mean share that special tokens had; None where they are shown."""
        if self._rows is not None and self._columns is not None:
            weights = _joined(_joined(weights.float(), self._columns, 2), self._rows, 1)
            weights = weights / self._rows.to(weights.device).bincount()[:, None]
        if self._kept_columns is None:
            return weights, None
        if self._kept_rows is not None:
            weights = weights.index_select(1, self._kept_rows.to(weights.device))
        kept = weights.float().index_select(2, self._kept_columns.to(weights.device))
        share = kept.sum(-1, keepdim=True)
        even = kept.new_tensor(1 / kept.shape[-1])
        return torch.where(share > 0, kept / share, even), (1 - share).clamp(min=0).mean((1, 2))


def _words(axis: Axis) -> Int[Tensor, " piece"]:
    return torch.tensor(axis.groups) - axis.groups[0]


def _plain(axis: Axis) -> list[int] | None:
    """The positions that are not special; None where all are or none is."""
    plain = [k for k, mark in enumerate(axis.special) if not mark]
    return plain if 0 < len(plain) < len(axis) else None


def _joined(weights: Tensor, words: Int[Tensor, " piece"], axis: int) -> Tensor:
    shape = list(weights.shape)
    shape[axis] = int(words[-1]) + 1
    return weights.new_zeros(shape).index_add_(axis, words.to(weights.device), weights)
