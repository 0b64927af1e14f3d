"""Selection: how scores, already masked, become weights."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gumbel_softmax, one_hot


class Selection(nn.Module):
    """Shared shape of all selections: each row of the result sums to 1, and masked keys get exactly 0."""

    name: str
    label: str
    meaning: str
    formula: str
    source: str

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        raise NotImplementedError(f"{type(self).__name__} must say how it selects")


class Soft(Selection):
    """Every key gets a share, exponentially more for a higher score."""

    name = "soft"
    label = "soft"
    meaning = "Every word gets a share, exponentially more for a higher score (softmax)."
    formula = r"\alpha_j = \frac{\exp e_j}{\sum_k \exp e_k}"
    source = "Bahdanau, Cho & Bengio 2015, equation 6, arXiv:1409.0473"

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        return scores.softmax(-1)


class Sparse(Selection):
    """The weights nearest to the scores: keys with low scores get exactly nothing (sparsemax)."""

    name = "sparse"
    label = "sparse"
    meaning = "Words with low scores get exactly nothing (sparsemax)."
    formula = r"\alpha = \operatorname{arg\,min}_{p \ge 0,\, \sum_j p_j = 1} \lVert p - e \rVert^2"
    source = "Martins & Astudillo 2016, equation 2 and algorithm 1, arXiv:1602.02068"

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        # Sums of many scores need more than half precision; taking away the largest changes nothing but their size.
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        scores = scores - scores.amax(-1, keepdim=True).detach()
        ranked = scores.sort(-1, descending=True).values
        places = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
        sums = ranked.cumsum(-1)
        support = (1 + places * ranked > sums).sum(-1, keepdim=True).clamp(min=1)
        threshold = (sums.gather(-1, support - 1) - 1) / support
        return (scores - threshold).clamp(min=0)


class Hard(Selection):
    """One key gets all: the one with the highest score, of equals the first.

    While training, a key drawn with the probabilities of the soft selection, so that others are tried too; its gradient
    is that of the soft selection of the same draw (straight-through Gumbel-softmax, temperature 1).
    """

    name = "hard"
    label = "hard"
    meaning = "One word gets all the weight; it is drawn at random while training."
    formula = r"\alpha_j = \begin{cases} 1 & j = \operatorname{arg\,max}_k e_k \\ 0 & \text{else} \end{cases}"
    source = "Jang, Gu & Poole 2017, section 2.2, arXiv:1611.01144"

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        if self.training:
            return gumbel_softmax(scores, hard=True)
        return one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)


SELECTIONS: dict[str, type[Selection]] = {cls.name: cls for cls in (Soft, Sparse, Hard)}
