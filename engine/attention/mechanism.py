"""A mechanism: scoring function · window · selection, freely combined."""

from __future__ import annotations

from typing import NamedTuple

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.attention.scores import SCORES
from engine.attention.selection import SELECTIONS
from engine.attention.windows import WINDOWS, masked


class Attended(NamedTuple):
    """`scores` are raw; `weights` come after mask and selection; `context` is the weighted average of the values."""

    context: Float[Tensor, "batch target value_size"]
    weights: Float[Tensor, "batch target source"]
    scores: Float[Tensor, "batch target source"]


class Mechanism(nn.Module):
    """Attention over one sentence. Raises ValueError for a name no table knows."""

    def __init__(
        self,
        query_size: int,
        key_size: int,
        hidden_size: int = 128,
        *,
        score: str = "additive",
        window: str = "global",
        selection: str = "soft",
    ) -> None:
        super().__init__()
        for kind, name, table in (
            ("scoring function", score, SCORES),
            ("window", window, WINDOWS),
            ("selection", selection, SELECTIONS),
        ):
            if name not in table:
                raise ValueError(f"no {kind} is called {name!r}; there are {', '.join(table)}")
        self.scoring = SCORES[score](query_size, key_size, hidden_size)
        self.window = WINDOWS[window](query_size, key_size, hidden_size)
        self.selection = SELECTIONS[selection]()

    def project(self, keys: Float[Tensor, "batch source key_size"]) -> Float[Tensor, "batch source _"]:
        return self.scoring.project(keys)

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        values: Float[Tensor, "batch source value_size"],
        projected: Float[Tensor, "batch source _"],
        present: Bool[Tensor, "batch source"],
        steps: Int[Tensor, " target"],
    ) -> Attended:
        scores = self.scoring.score(query, projected)
        view = self.window(query, steps, present)
        weights = self.selection(masked(scores, view))
        if view.favour is not None:
            weights = weights * view.favour
        return Attended(weights.to(values.dtype) @ values, weights, scores)
