"""In which form attention is shown: by piece or by word, with special tokens or without."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.traces import Axis


@dataclass(frozen=True, eq=False)
class _Joining:
    """Which positions each word has a part of, and how large a part: an entry for each such pair."""

    count: int
    words: Int[Tensor, " part"]
    places: Int[Tensor, " part"] | None  # None where each position belongs to one word
    shares: Float[Tensor, " part"] | None

    @classmethod
    def of(cls, axis: Axis) -> _Joining:
        first = axis.groups[0]
        if not axis.shares:
            return cls(axis.count, torch.tensor(axis.groups) - first, None, None)
        parts = [
            (group + k - first, i, share)
            for i, (group, row) in enumerate(zip(axis.groups, axis.shares, strict=True))
            for k, share in enumerate(row)
        ]
        words, places, shares = zip(*parts, strict=True)
        return cls(axis.count, torch.tensor(words), torch.tensor(places), torch.tensor(shares, dtype=torch.float32))

    @property
    def sizes(self) -> Float[Tensor, " word"]:
        """How many positions each word has, parts added up."""
        parts = torch.ones(len(self.words)) if self.shares is None else self.shares
        return torch.zeros(self.count).index_add_(0, self.words, parts)

    def __call__(self, weights: Tensor, axis: int) -> Tensor:
        """Summed over the positions of each word."""
        shape = list(weights.shape)
        shape[axis] = self.count
        if self.places is not None and self.shares is not None:
            along = [1] * weights.ndim
            along[axis] = len(self.shares)
            weights = weights.index_select(axis, self.places.to(weights.device))
            weights = weights * self.shares.to(weights.device).view(along)
        return weights.new_zeros(shape).index_add_(axis, self.words.to(weights.device), weights)

    def highest(self, numbers: list[int]) -> list[int]:
        """Of each word the highest number of its positions."""
        places = range(len(numbers)) if self.places is None else self.places.tolist()
        highest = [0] * self.count
        for word, place in zip(self.words.tolist(), places, strict=True):
            highest[word] = max(highest[word], numbers[place])
        return highest


@dataclass(frozen=True, eq=False)
class Form:
    """Turns weights over pieces into those that are shown, as `Trace.by_words` and `Trace.without_special_keys` do.

    `queries` and `keys` are the sides as they are shown. Weights are summed over the pieces of a key and averaged over
    those of a query; where something is left out each row is made to sum to 1 again, and one that looked at nothing
    else becomes even, or nothing at all without the diagonal.
    """

    queries: Axis
    keys: Axis
    _rows: _Joining | None
    _columns: _Joining | None
    _kept_rows: Int[Tensor, " row"] | None
    _kept_columns: Int[Tensor, " column"] | None
    _diagonal: bool = True

    @classmethod
    def of(
        cls,
        queries: Axis,
        keys: Axis,
        *,
        words: bool = False,
        special: bool = True,
        first: bool = True,
        diagonal: bool = True,
        itself: bool = True,
    ) -> Form:
        """Special tokens, and the first position, stay where there is nothing else. `itself` says that both sides are
        the same text, so that the first row goes with the first column, and that there is a diagonal."""
        rows, columns = (_Joining.of(axis) if words else None for axis in (queries, keys))
        queries, keys = (axis.words() if words else axis for axis in (queries, keys))
        kept = _kept(keys, special, first)
        left = _kept(queries, special or kept is None or not any(keys.special), first or not itself)
        if kept is None and left is None:
            return cls(queries, keys, rows, columns, None, None, diagonal or not itself)
        shown = queries if left is None else queries.only(left)
        at_rows, at_columns = (None if side is None else torch.tensor(side) for side in (left, kept))
        left_keys = keys if kept is None else keys.only(kept)
        return cls(shown, left_keys, rows, columns, at_rows, at_columns, diagonal or not itself)

    @property
    def leaves_out(self) -> bool:
        """Whether something was there and is not shown."""
        return self._kept_columns is not None or not self._diagonal

    def rarity(self, pieces: list[int]) -> list[int]:
        """That of each key that is shown: of a word its rarest piece's."""
        rarities = pieces if self._columns is None else self._columns.highest(pieces)
        return rarities if self._kept_columns is None else [rarities[k] for k in self._kept_columns.tolist()]

    def __call__(
        self, weights: Float[Tensor, "head query key"]
    ) -> tuple[Float[Tensor, "head row column"], Float[Tensor, " head"] | None]:
        """The weights as they are shown, and the mean share of what is not; None where all is shown."""
        if self._rows is not None and self._columns is not None:
            weights = self._rows(self._columns(weights.float(), 2), 1)
            weights = weights / self._rows.sizes.to(weights.device)[:, None]
        if not self.leaves_out:
            return weights, None
        if self._kept_rows is not None:
            weights = weights.index_select(1, self._kept_rows.to(weights.device))
        kept = weights.float()
        if self._kept_columns is not None:
            kept = kept.index_select(2, self._kept_columns.to(weights.device))
        if not self._diagonal:
            kept = kept.clone()
            kept.diagonal(0, -2, -1).zero_()
        share = kept.sum(-1, keepdim=True)
        even = kept.new_tensor(1 / kept.shape[-1] if self._diagonal else 0)
        return torch.where(share > 0, kept / share, even), (1 - share).clamp(min=0).mean((1, 2))


def _kept(axis: Axis, special: bool, first: bool) -> list[int] | None:
    """The positions that are shown; None where all are."""
    places = list(range(len(axis)))
    for leave_out in ((lambda k: not special and axis.special[k]), (lambda k: not first and k == 0)):
        places = [k for k in places if not leave_out(k)] or places
    return places if len(places) < len(axis) else None
