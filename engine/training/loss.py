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
    ) -> tuple[Tensor, Tensor]:
        table = weight.to(low)
        into_read = torch.empty_like(read, dtype=low)
        into_weight = torch.zeros_like(weight)
        into_bias = torch.zeros_like(bias)
        total = read.new_zeros((), dtype=high(read))
        known = read.new_empty(len(read), dtype=high(read))
        for start in range(0, len(read), ROWS):
            rows = read[start : start + ROWS].to(low)
            wanted = target[start : start + ROWS].unsqueeze(1)
            logits = torch.add(rows @ table.T, bias)
            own, mean = logits.gather(1, wanted), logits.mean(1, keepdim=True) if smoothing else None
            share = logits.softmax(1)
            # Below the smallest number that float32 can hold, a probability counts as that: the loss stays finite.
            logs = share.gather(1, wanted).clamp_min_(TINY).log_()
            total -= logs.sum()
            known[start : start + ROWS] = logs[:, 0]
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
        ctx.mark_non_differentiable(known)
        return total, known

    @staticmethod
    def backward(ctx: Any, *into: Tensor) -> tuple[Tensor | None, ...]:
        scale, _ = into
        read, weight, bias = ctx.saved_tensors
        return (read * scale).to(ctx.kind), weight.mul_(scale), bias.mul_(scale), None, None, None


class _MixedCrossEntropy(torch.autograd.Function):
    """The same for a word whose probability is the mean of several, by weights whose logarithms are `logs`."""

    @staticmethod
    def forward(
        ctx: Any, read: Tensor, logs: Tensor, weight: Tensor, bias: Tensor, target: Tensor, low: torch.dtype
    ) -> Tensor:
        table, (_, sources, size) = weight.to(low), read.shape
        into_read, into_logs = torch.empty_like(read, dtype=low), torch.empty_like(logs)
        into_weight, into_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        total = read.new_zeros((), dtype=high(read))
        step = max(1, ROWS // sources)
        for start in range(0, len(read), step):
            rows = read[start : start + step].to(low).reshape(-1, size)
            wanted = target[start : start + step].repeat_interleave(sources).unsqueeze(1)
            share = torch.add(rows @ table.T, bias).softmax(1)
            own = share.gather(1, wanted).clamp_min_(TINY).log_().view(-1, sources)
            joint = own + logs[start : start + step]
            mixed = joint.logsumexp(1, keepdim=True)
            total -= mixed.sum()
            # Each key answers for its part of what the mean says.
            part = (joint - mixed).exp()
            into_logs[start : start + step] = -part
            share.scatter_add_(1, wanted, share.new_full(wanted.shape, -1.0))
            share *= part.view(-1, 1)
            into_bias += share.sum(0)
            share = share.to(low)
            into_read[start : start + step] = (share @ table).view(-1, sources, size)
            into_weight += share.T @ rows
        ctx.save_for_backward(into_read, into_logs, into_weight, into_bias)
        ctx.kind = read.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *into: Tensor) -> tuple[Tensor | None, ...]:
        (scale,) = into
        read, logs, weight, bias = ctx.saved_tensors
        return (read * scale).to(ctx.kind), logs * scale, weight.mul_(scale), bias.mul_(scale), None, None


def _low(tensor: Tensor) -> torch.dtype:
    """The type that products are made in."""
    kind = tensor.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else high(tensor)


def high(tensor: Tensor) -> torch.dtype:
    """The type that is summed in: 32 bits, or 64 where the network has those."""
    return torch.promote_types(tensor.dtype, torch.float32)


def cross_entropy(
    read: Float[Tensor, "word embedding"],
    weight: Float[Tensor, "vocabulary embedding"],
    bias: Float[Tensor, " vocabulary"],
    target: Int[Tensor, " word"],
    smoothing: float = 0.0,
) -> tuple[Float[Tensor, ""], Float[Tensor, " word"]]:
    """Sum over words of -log softmax(read · weightᵀ + bias)[target], in nats; products in the autocast type. Beside it
    the logarithm of each word's probability, without gradient.

    `smoothing` is the share of each word's wish that is spread over the whole vocabulary (label smoothing).
    """
    total, logs = _TiedCrossEntropy.apply(read, weight, bias, target, smoothing, _low(read))  # type: ignore[no-untyped-call]
    return total, logs


def cross_entropy_sum(
    read: Float[Tensor, "word embedding"],
    weight: Float[Tensor, "vocabulary embedding"],
    bias: Float[Tensor, " vocabulary"],
    target: Int[Tensor, " word"],
    smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """The sum alone."""
    return cross_entropy(read, weight, bias, target, smoothing)[0]


def mixed_cross_entropy_sum(
    read: Float[Tensor, "word source embedding"],
    logs: Float[Tensor, "word source"],
    weight: Float[Tensor, "vocabulary embedding"],
    bias: Float[Tensor, " vocabulary"],
    target: Int[Tensor, " word"],
) -> Float[Tensor, ""]:
    """Sum over words of -log Σ_j exp(logs_j) softmax(read_j · weightᵀ + bias)[target], in nats."""
    loss: Tensor = _MixedCrossEntropy.apply(read, logs, weight, bias, target, _low(read))  # type: ignore[no-untyped-call]
    return loss
