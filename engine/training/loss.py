"""Cross-entropy over a large vocabulary, with its gradient, in pieces that stay in the cache.

Written out in full, the logits of one batch, their softmax and its gradient are three tables of words × vocabulary
that go through memory several times; here each piece of rows is made, used and forgotten.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

ROWS = 512
TINY = torch.finfo(torch.float32).tiny


class _TiedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, read: Tensor, weight: Tensor, bias: Tensor, target: Tensor, smoothing: float, low: torch.dtype
    ) -> Tensor:
        table = weight.to(low)
        into_read = torch.empty_like(read, dtype=low)
        into_weight = torch.zeros_like(weight)
        into_bias = torch.zeros_like(bias)
        total = read.new_zeros((), dtype=torch.float32)
        for start in range(0, len(read), ROWS):
            rows = read[start : start + ROWS].to(low)
            wanted = target[start : start + ROWS].unsqueeze(1)
            logits = torch.add(rows @ table.T, bias)
            own, mean = logits.gather(1, wanted), logits.mean(1, keepdim=True) if smoothing else None
            share = logits.softmax(1)
            # Below the smallest number that float32 can hold, a probability counts as that: the loss stays finite.
            logs = share.gather(1, wanted).clamp_min_(TINY).log_()
            total -= logs.sum()
            if mean is not None:
                # The mean of ln p over the vocabulary is that of the logits less what normalises them, own - ln p.
                total += smoothing * (own - mean).sum()
                share -= smoothing / len(table)
            share.scatter_add_(1, wanted, share.new_full(wanted.shape, smoothing - 1.0))
            into_bias += share.sum(0)
            share = share.to(low)
            into_read[start : start + ROWS] = share @ table
            into_weight += share.T @ rows
        ctx.save_for_backward(into_read, into_weight, into_bias)
        ctx.kind = read.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *into: Tensor) -> tuple[Tensor | None, ...]:
        (scale,) = into
        read, weight, bias = ctx.saved_tensors
        return (read * scale).to(ctx.kind), weight.mul_(scale), bias.mul_(scale), None, None, None


def cross_entropy_sum(
    read: Float[Tensor, "word embedding"],
    weight: Float[Tensor, "vocabulary embedding"],
    bias: Float[Tensor, " vocabulary"],
    target: Int[Tensor, " word"],
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """Sum over words of -log softmax(read · weightᵀ + bias)[target], in nats; products in the autocast type.

    `smoothing` is the share of each word's wish that is spread over the whole vocabulary (label smoothing).
    """
    kind = read.device.type
    low = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
    loss: Tensor = _TiedCrossEntropy.apply(read, weight, bias, target, smoothing, low)  # type: ignore[no-untyped-call]
    return loss
