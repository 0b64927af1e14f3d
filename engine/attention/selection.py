"""Selection: how scores, already masked, become weights."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import gumbel_softmax, one_hot


class Selection(nn.Module):
    """Shared shape of all selections: each row of the result sums to 1, and masked keys get exactly 0."""

    name: str
    label: str
    meaning: str
    formula: str
    source: str
    chooses = False
    """Whether one key is chosen, so that a window's favour must be part of the choice."""
    by_reward = False
    """Whether the choice is learnt from how likely it makes what follows, which only a decoder knows."""
    mixes = False
    """Whether weights say how likely each key is the one, so that what follows from each is mixed, not the keys."""

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


class Entmax15(Selection):
    """Between soft and sparse: low scores get exactly nothing, high ones share with a gentle slope (1.5-entmax)."""

    name = "entmax15"
    label = "1.5-entmax"
    meaning = "Between soft and sparse: words with low scores get exactly nothing, the rest share gently (1.5-entmax)."
    formula = (
        r"\alpha_j = \max\left(\frac{e_j}{2} - \tau, 0\right)^2 \text{ with } \tau \text{ so that } \sum_j \alpha_j = 1"
    )
    source = "Peters, Niculae & Martins 2019, arXiv:1905.05702"

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        # Squares of small differences need more than half precision.
        weights: Tensor = _Entmax15.apply(scores.to(torch.promote_types(scores.dtype, torch.float32)))  # type: ignore[no-untyped-call]
        return weights


class _Entmax15(torch.autograd.Function):
    """Of the k largest halved scores, mean M and sum of squares S around it, τ = M - √((1 - S) / k); k is the largest
    for which the k-th of them still lies above τ."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor) -> Tensor:
        halves = (scores - scores.amax(-1, keepdim=True)) / 2
        # What lies 1 below the largest has no share; brought nearer, minus infinity stays out of the sums.
        halves = halves.clamp(min=-2)
        ranked = halves.sort(-1, descending=True).values
        places = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
        mean = ranked.cumsum(-1) / places
        around = ranked.square().cumsum(-1) - places * mean.square()
        thresholds = mean - ((1 - around) / places).clamp(min=0).sqrt()
        support = (thresholds <= ranked).sum(-1, keepdim=True)
        roots = (halves - thresholds.gather(-1, support - 1)).clamp(min=0)
        ctx.save_for_backward(roots)
        return roots.square()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """The Jacobian is diag(r) - r rᵀ / Σ r with r = √α."""
        (roots,), (grad,) = ctx.saved_tensors, grads
        own = grad * roots
        shared: Tensor = own - roots * own.sum(-1, keepdim=True) / roots.sum(-1, keepdim=True)
        return shared


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
    chooses = True

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        if self.training:
            return gumbel_softmax(scores, hard=True)
        return one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)


class HardReinforce(Selection):
    """One key gets all, and which one is learnt by trying: keys drawn while training become likelier the likelier what
    followed from them was.

    Half of the draws are left as soft shares, so that learning is calmer. When reading, the highest score.
    """

    name = "hard_reinforce"
    label = "hard (REINFORCE)"
    meaning = (
        "One word gets all the weight. Training draws it at random, and those draws become likelier after which the "
        "output was likelier."
    )
    formula = (
        r"s_t \sim \operatorname{Multinoulli}(\alpha_t), \quad \nabla = "
        r"\nabla \log p(y \mid s) + \lambda_r (\log p(y \mid s) - b) \nabla \log p(s) + \lambda_e \nabla H"
    )
    source = "Xu et al. 2015, section 4.1, arXiv:1502.03044"
    chooses = by_reward = True
    kept_soft = 0.5

    def __init__(self) -> None:
        super().__init__()
        # What a piece's log-probability was of late, on the mean; kept with the weights, so that a run can go on.
        self.register_buffer("baseline", torch.zeros(()))

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        if not self.training:
            return one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)
        shares = scores.softmax(-1)
        places = torch.multinomial(shares.detach().flatten(0, 1), 1).view(*shares.shape[:2], 1)
        drawn = torch.zeros_like(shares).scatter(-1, places, 1)
        soft = torch.rand(*shares.shape[:2], 1, device=shares.device) < self.kept_soft
        return torch.where(soft, shares, drawn)


class Exact(Selection):
    """One key is the one, and all are tried: the output's probability is the mean of what follows from each, by how
    likely it is the one."""

    name = "exact"
    label = "hard (exact)"
    meaning = (
        "One word is the one looked at, and which is not known: the output is worked out for every word, and the "
        "probabilities are averaged by the weights."
    )
    formula = r"p(y_t) = \sum_j \alpha_{tj} \, p(y_t \mid h_j)"
    source = "Deng et al. 2018, arXiv:1807.03756"
    chooses = mixes = True

    def forward(self, scores: Float[Tensor, "batch target source"]) -> Float[Tensor, "batch target source"]:
        return scores.softmax(-1)


SELECTIONS: dict[str, type[Selection]] = {cls.name: cls for cls in (Soft, Sparse, Entmax15, Hard, HardReinforce, Exact)}
