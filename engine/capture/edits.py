"""What can be changed about attention on purpose, to see what comes of it.

A change names a kind of attention, a layer and a head, the last two counted from 0 and None for all of them. Changes
are applied in the order given, to the weights of one call; nothing of them stays on the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.attention.rows import dealt, even
from engine.errors import Refused

AttentionKind = Literal["encoder", "decoder", "cross"]


@dataclass(frozen=True)
class Change:
    """Where a change applies."""

    kind: AttentionKind
    layer: int | None = None
    head: int | None = None

    def meets(self, kind: str, layer: int) -> bool:
        return self.kind == kind and self.layer in (None, layer)

    def heads(self, count: int) -> slice:
        return slice(0, count) if self.head is None else slice(self.head, self.head + 1)

    def weigh(
        self, weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"]
    ) -> Float[Tensor, "head query key"]:
        """New weights of the heads it applies to, from theirs and the scores with mask that these were made of."""
        return weights


@dataclass(frozen=True)
class Mute(Change):
    """The head gives nothing on (its output is 0); where it looked stays to be seen.

    Michel et al. 2019, section 2.3, arXiv:1905.10650.
    """


@dataclass(frozen=True)
class Uniform(Change):
    """The head looks at everything it may see alike."""

    def weigh(
        self, weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"]
    ) -> Float[Tensor, "head query key"]:
        return even(visible(logits), weights.dtype)


@dataclass(frozen=True)
class Permute(Change):
    """Each row's weights are dealt out anew among the keys it may see (Jain & Wallace 2019, section 4.2.1)."""

    seed: int = 0

    def weigh(
        self, weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"]
    ) -> Float[Tensor, "head query key"]:
        chance = torch.rand(weights.shape, generator=torch.Generator().manual_seed(self.seed)).to(weights.device)
        return dealt(weights, visible(logits), chance)


@dataclass(frozen=True)
class Temperature(Change):
    """Scores are divided by `value` before the softmax: below 1 the head looks more sharply, above 1 more evenly."""

    value: float = 1.0

    def __post_init__(self) -> None:
        if not 0.01 <= self.value <= 100:
            raise Refused("A temperature of {value} is out of range; use 0.01 to 100.", value=self.value)

    def weigh(
        self, weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"]
    ) -> Float[Tensor, "head query key"]:
        hidden = ~visible(logits)
        return (logits.float() / self.value).masked_fill(hidden, -torch.inf).softmax(-1).to(weights.dtype)


@dataclass(frozen=True)
class Pin(Change):
    """Position `query` looks at position `key` and at nothing else."""

    query: int = 0
    key: int = 0

    def weigh(
        self, weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"]
    ) -> Float[Tensor, "head query key"]:
        rows, columns = weights.shape[1:]
        if not (0 <= self.query < rows and 0 <= self.key < columns):
            raise Refused(
                "There is no cell {query}, {key} to pin; the rows and columns of this attention are "
                "{rows} × {columns}.",
                query=self.query + 1,
                key=self.key + 1,
                rows=rows,
                columns=columns,
            )
        if not visible(logits)[:, self.query, self.key].all():
            raise Refused(
                "Position {query} cannot look at position {key}: the model hides it.",
                query=self.query + 1,
                key=self.key + 1,
            )
        pinned = weights.clone()
        pinned[:, self.query] = 0
        pinned[:, self.query, self.key] = 1
        return pinned


@dataclass(frozen=True)
class Edits:
    """Changes in the order in which they are applied."""

    changes: tuple[Change, ...] = ()

    def at(self, kind: str, layer: int) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.meets(kind, layer))


NONE = Edits()


def visible(logits: Float[Tensor, "head query key"]) -> Bool[Tensor, "head query key"]:
    """Where a mask let keys be seen: masks add the lowest number there is, or minus infinity."""
    return logits > torch.finfo(logits.dtype).min / 2


def edited(
    weights: Float[Tensor, "head query key"], logits: Float[Tensor, "head query key"], changes: tuple[Change, ...]
) -> Float[Tensor, "head query key"]:
    """The weights after all changes; those given are not touched."""
    if not any(type(change).weigh is not Change.weigh for change in changes):
        return weights
    weights = weights.clone()
    for change in changes:
        heads = change.heads(len(weights))
        weights[heads] = change.weigh(weights[heads], logits[heads])
    return weights


def muted(changes: tuple[Change, ...], heads: int) -> list[int]:
    """The heads that give nothing on."""
    return [head for change in changes if isinstance(change, Mute) for head in range(heads)[change.heads(heads)]]
