"""One layer's attention as it was computed: what it was made of, and any part of it again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.capture.edits import AttentionKind, Change, edited

PART = 1 << 22
"""The most scores that are computed at once where heads may come a few at a time; a single head is never parted."""


@dataclass(frozen=True)
class Site:
    """Which attention a module computes; layers are counted from 0 within their kind."""

    kind: AttentionKind
    layer: int


@dataclass(frozen=True, eq=False)
class CapturedLayer:
    """One layer's attention as it was computed, for one text: enough to compute any of it again.

    `key` and `value` have fewer heads than `query` where keys are grouped. `bias` is what a model adds for positions,
    `mask` 0 where a key may be seen and the lowest number where not. Scores are query · key × scaling + bias.
    """

    site: Site
    query: Float[Tensor, "head query size"]
    key: Float[Tensor, "group key size"]
    value: Float[Tensor, "group key value_size"]
    scaling: float
    bias: Float[Tensor, "bias_head query key"] | None
    mask: Float[Tensor, "mask_head query key"] | None
    softcap: float | None
    changes: tuple[Change, ...]
    module: nn.Module

    @property
    def heads(self) -> int:
        return len(self.query)

    @property
    def group(self) -> int:
        """How many heads share a key."""
        return len(self.query) // len(self.key)

    def scores(self, head: int | None = None) -> Float[Tensor, "head query key"]:
        """Before mask and softmax, of one head or of all."""
        return self._scores(slice(None) if head is None else slice(head, head + 1))

    def weights(self, head: int | None = None) -> Float[Tensor, "head query key"]:
        """After mask, softmax and changes, in float32."""
        if head is None:
            return self.some(slice(None)).float()
        if self.changes:  # what a change draws at random is drawn for all heads at once
            return self.weights()[head : head + 1]
        return self.some(slice(head, head + 1)).float()

    def some(self, heads: slice, room: Room | None = None) -> Float[Tensor, "head query key"]:
        """As `weights`, of heads side by side, as the model computes them; all where something is changed.

        With `room` they lie there until it is used again.
        """
        first, second = (None, None) if room is None else room.of(self, heads)
        logits = masked(self._scores(heads, first), _part(self.mask, heads))
        return weights_of(logits, self.changes, second)

    def parts(self) -> list[slice]:
        """The heads, as many at a time as make `PART` scores; all at once where something is changed."""
        cells = self.query.shape[1] * self.key.shape[1]
        count = self.heads if self.changes else max(1, PART // max(1, cells))
        return [slice(first, first + count) for first in range(0, self.heads, count)]

    def mean(self) -> Float[Tensor, "query key"]:
        """The weights averaged over heads, of which few are held at once."""
        total = self.query.new_zeros(self.query.shape[1], self.key.shape[1], dtype=torch.float32)
        room = Room()
        for heads in self.parts():
            total += self.some(heads, room).float().sum(0)
        return total / self.heads

    def read(self, heads: slice, weights: Float[Tensor, "head query key"]) -> Float[Tensor, "head query value_size"]:
        """What these heads read with their weights."""
        return weights @ spread(self.value, self.heads)[heads]

    def _scores(self, heads: slice, out: Tensor | None = None) -> Tensor:
        query, key = self.query[heads], spread(self.key, self.heads)[heads]
        return scores_of(query, key, self.scaling, _part(self.bias, heads), self.softcap, out)


def _part(table: Tensor | None, heads: slice) -> Tensor | None:
    """A table for these heads, of which there may be one for all."""
    return table if table is None or len(table) == 1 else table[heads]


class Room:
    """Two tables in memory that scores and weights are written into, part after part and layer after layer.

    Tables of that size made anew for each of them leave holes that nothing else fits in: a text of 2,048 tokens left
    two gigabytes of them.
    """

    def __init__(self) -> None:
        self._tables: tuple[Tensor, Tensor] | None = None

    def of(self, layer: CapturedLayer, heads: slice) -> tuple[Tensor, Tensor]:
        """Both in the shape of the scores of these heads."""
        query = layer.query[heads]
        shape = (len(query), query.shape[1], layer.key.shape[1])
        size = math.prod(shape)
        if self._tables is None or len(self._tables[0]) < size:
            self._tables = (query.new_empty(size), query.new_empty(size))
        first, second = (table[:size].view(shape) for table in self._tables)
        return first, second


def spread(table: Float[Tensor, "*batch group key size"], heads: int) -> Float[Tensor, "*batch head key size"]:
    """Keys or values as often as heads share them."""
    groups = table.shape[-3]
    return table if groups == heads else table.repeat_interleave(heads // groups, -3)


def scores_of(
    query: Tensor, key: Tensor, scaling: float, bias: Tensor | None, softcap: float | None, out: Tensor | None = None
) -> Tensor:
    scores = torch.matmul(query, key.transpose(-1, -2), out=out).mul_(scaling)
    if bias is not None:
        scores = scores.add_(bias) if bias.dtype == scores.dtype else scores + bias
    return scores if softcap is None else torch.tanh(scores / softcap) * softcap


def masked(scores: Tensor, mask: Tensor | None) -> Tensor:
    """The scores are written over."""
    if mask is None:
        return scores
    return scores.add_(mask) if mask.dtype == scores.dtype else scores + mask


def weights_of(logits: Tensor, changes: tuple[Change, ...], out: Tensor | None = None) -> Tensor:
    if logits.dtype != torch.float32:
        weights = logits.softmax(-1, dtype=torch.float32).to(logits.dtype)
    else:
        weights = torch.softmax(logits, -1, out=out)
    return edited(weights, logits, changes) if changes else weights
