"""One self-attention layer with all that it computes from: what it reads, its matrices, its mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

MOST = 24
"""Tokens of a text: every one of them is a row and a column of numbers."""


@dataclass(frozen=True, eq=False)
class Linear:
    """x W + b, as the paper writes it; `bias` is None where there is none."""

    weight: Float[Tensor, "into out"]
    bias: Float[Tensor, " out"] | None = None

    def some(self, inputs: Float[Tensor, "word into"], columns: slice) -> Float[Tensor, "word some"]:
        """Some of the numbers that come out, which is one head's share."""
        product = inputs @ self.weight[:, columns]
        return product if self.bias is None else product + self.bias[columns]


@dataclass(frozen=True, eq=False)
class Layer:
    """Layer `number` of `layers`, from 0. `labels` are the words, `present` is false for padding.

    Head h has the columns h d to (h + 1) d of query, key and value. `turn` are cosines and sines by which queries and
    keys are turned where a model tells positions apart so. Products are divided by √d_k where `by_size` says so, as in
    the paper, and by `divisor` besides, which is the number of the layer in some GPT-2. `normalised` says that what it
    reads has been through a normalisation of its own, `code` is the class of which the model's own layer is.
    """

    labels: tuple[str, ...]
    inputs: Float[Tensor, "word size"]
    present: Bool[Tensor, " word"]
    query: Linear
    key: Linear
    value: Linear
    output: Linear
    heads: int
    causal: bool = False
    number: int = 0
    layers: int = 1
    turn: tuple[Float[Tensor, "word part"], Float[Tensor, "word part"]] | None = None
    by_size: bool = True
    divisor: int = 1
    normalised: bool = False
    code: Callable[..., Any] | None = None

    @property
    def size(self) -> int:
        """Numbers of one head's queries, d_k."""
        return self.query.weight.shape[1] // self.heads

    @property
    def allowed(self) -> Bool[Tensor, "word word"]:
        """Whom each word may see."""
        count = len(self.labels)
        visible = self.present.expand(count, count)
        return visible.tril() if self.causal else visible
