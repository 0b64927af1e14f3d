"""Selection: how scores, already masked, become weights."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn


class Selection(nn.Module):
    """Shared shape of all selections: each row of the result sums to 1, and masked keys get exactly 0."""

    name: str
    formula: str
    source: str

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        raise NotImplementedError(f"{type(self).__name__} must say how it selects")


class Soft(Selection):
    """Every key gets a share, exponentially more for a higher score."""

    name = "soft"
    formula = r"\alpha_j = \frac{\exp e_j}{\sum_k \exp e_k}"
    source = "Bahdanau, Cho & Bengio 2015, equation 6, arXiv:1409.0473"

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        return scores.softmax(-1)


SELECTIONS: dict[str, type[Selection]] = {cls.name: cls for cls in (Soft,)}
