"""Windows: which keys may take part for a query, and how much each is favoured for where it stands."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


class View(NamedTuple):
    """`allowed` keys share the weight; `favour`, where a window has one, multiplies the weights afterwards."""

    allowed: Bool[Tensor, "batch 1 source"] | Bool[Tensor, "batch target source"]
    favour: Float[Tensor, "batch target source"] | None


class Window(nn.Module):
    """Shared shape of all windows. Built from sizes alone, and described, as scoring functions are."""

    name: str
    label: str
    meaning: str
    formula: str
    source: str

    def __init__(self, query_size: int, key_size: int, hidden_size: int = 128) -> None:
        super().__init__()

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        """`steps` number the target positions from 0; `present` is false for padding."""
        raise NotImplementedError(f"{type(self).__name__} must say what it lets through")


class Global(Window):
    """Every word of the source may take part."""

    name = "global"
    label = "global"
    meaning = "Every word of the source may take part."
    formula = r"j \in \{1, \dots, S\}"
    source = "Bahdanau, Cho & Bengio 2015, equation 6, arXiv:1409.0473"

    def forward(
        self,
        query: Float[Tensor, "batch target query_size"],
        steps: Int[Tensor, " target"],
        present: Bool[Tensor, "batch source"],
    ) -> View:
        return View(present.unsqueeze(1), None)


WINDOWS: dict[str, type[Window]] = {cls.name: cls for cls in (Global,)}


def masked(scores: Float[Tensor, "batch target source"], view: View) -> Float[Tensor, "batch target source"]:
    """Scores with minus infinity where a key may not take part, so that any selection gives it exactly 0."""
    return scores.masked_fill(~view.allowed, -torch.inf)
