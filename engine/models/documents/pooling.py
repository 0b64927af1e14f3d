"""Many vectors into one: attention against a learnt query, their average, or their largest values."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from engine.attention import SELECTIONS, Mechanism
from engine.errors import N_, Contradiction

Pooling = Literal["attention", "average", "max"]


class Pooled(NamedTuple):
    """Each row of `weights` sums to 1; `scores` are raw, None where nothing is scored."""

    vector: Float[Tensor, "batch size"]
    weights: Float[Tensor, "batch source"]
    scores: Float[Tensor, "batch source"] | None


class Pool(nn.Module):
    """Shared shape of all three. Every row holds at least one vector that is `present`."""

    def forward(
        self,
        values: Float[Tensor, "batch source size"],
        present: Bool[Tensor, "batch source"],
        weights: Float[Tensor, "batch source"] | None = None,
    ) -> Pooled:
        """With `weights`, those are used in place of the pool's own."""
        return self.pooled(values, present) if weights is None else Pooled(_average(values, weights), weights, None)

    def pooled(self, values: Float[Tensor, "batch source size"], present: Bool[Tensor, "batch source"]) -> Pooled:
        raise NotImplementedError(f"{type(self).__name__} must say how it pools")


class AttentionPool(Pool):
    """Yang et al. 2016, equations 5 to 7: u = tanh(W h + b), weights = softmax(uᵀ u_w), with u_w learnt.

    Any scoring function that reads a query can stand where their dot product does. Without `turned` the keys are
    tanh(h), and with the dot product this is equations 9 to 11 of Zhou et al. 2016.
    """

    def __init__(
        self, size: int, hidden_size: int, score: str = "dot", selection: str = "soft", turned: bool = True
    ) -> None:
        super().__init__()
        if score == "location":
            raise ValueError("location needs a query that changes; a learnt one would always name the same place")
        choice = SELECTIONS.get(selection)
        if choice is not None and (choice.by_reward or choice.mixes):
            known = ", ".join(name for name, other in SELECTIONS.items() if not (other.by_reward or other.mixes))
            raise Contradiction(
                N_("selection = {selection} goes with models that write word by word; a classifier takes {known}."),
                selection=selection,
                known=known,
            )
        self.turn = nn.Linear(size, hidden_size) if turned else None
        keys = hidden_size if turned else size
        self.query = nn.Parameter(torch.empty(keys).normal_(std=keys**-0.5))
        self.attention = Mechanism(keys, keys, hidden_size, score=score, selection=selection)

    def pooled(self, values: Float[Tensor, "batch source size"], present: Bool[Tensor, "batch source"]) -> Pooled:
        keys = torch.tanh(values if self.turn is None else self.turn(values))
        query = self.query.to(keys.dtype).expand(len(keys), 1, -1)
        steps = torch.zeros(1, dtype=torch.long, device=keys.device)
        attended = self.attention(query, values, self.attention.project(keys), present, steps)
        return Pooled(attended.context.squeeze(1), attended.weights.squeeze(1), attended.scores.squeeze(1))


class AveragePool(Pool):
    """HN-AVE of Yang et al. 2016, table 2: every vector counts the same."""

    def pooled(self, values: Float[Tensor, "batch source size"], present: Bool[Tensor, "batch source"]) -> Pooled:
        weights = present / present.sum(1, keepdim=True)
        return Pooled(_average(values, weights), weights, None)


class MaxPool(Pool):
    """HN-MAX of Yang et al. 2016, table 2: of each dimension the largest value.

    A vector's weight is the share of the dimensions whose largest value it holds, the first of equals.
    """

    def pooled(self, values: Float[Tensor, "batch source size"], present: Bool[Tensor, "batch source"]) -> Pooled:
        largest, holder = values.masked_fill(~present.unsqueeze(-1), -torch.inf).max(1)
        held = torch.zeros(present.shape, device=values.device)
        held.scatter_add_(1, holder, torch.ones(holder.shape, device=values.device))
        return Pooled(largest, held / values.shape[-1], None)


def _average(values: Tensor, weights: Tensor) -> Tensor:
    return (weights.to(values.dtype).unsqueeze(1) @ values).squeeze(1)


def pool(
    kind: Pooling, size: int, hidden_size: int, score: str = "dot", selection: str = "soft", turned: bool = True
) -> Pool:
    """Raises ValueError for a kind, scoring function or selection that no table knows."""
    if kind == "attention":
        return AttentionPool(size, hidden_size, score, selection, turned)
    if kind not in ("average", "max"):
        raise ValueError(f"no pooling is called {kind!r}; there are attention, average, max")
    return AveragePool() if kind == "average" else MaxPool()
