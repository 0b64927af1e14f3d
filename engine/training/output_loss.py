"""How wrong a translator is about the words of a batch, by the way in which its attention chooses."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.models.recurrent.mixture import MixtureSeq2Seq
from engine.training.loss import TINY, cross_entropy, mixed_cross_entropy_sum

REWARD, ENTROPY, FORGETTING = 0.1, 0.002, 0.1
"""What a reward counts for, what a bit of doubt does, and how fast the mean of rewards moves on: as in the program of
Xu et al. 2015 (kelvinxu/arctic-captions, `capgen.py`)."""


def output_loss(
    net: Any,
    decoded: Any,
    target: Int[Tensor, "batch target"],
    wanted: Bool[Tensor, "batch target"],
    smoothing: float,
) -> Float[Tensor, ""]:
    """Summed over the words that are `wanted`, in nats. Where keys are drawn the number is that of the words alone, and
    the gradient that of the draws as well."""
    weight, bias, read = net.embedding.weight, net.bias, decoded.read[wanted]
    if isinstance(net, MixtureSeq2Seq):
        return mixed_cross_entropy_sum(read[..., :-1], read[..., -1], weight, bias, target[wanted])
    total, logs = cross_entropy(read, weight, bias, target[wanted], smoothing)
    if getattr(decoded, "shares", None) is None:
        return total
    gain = _gain(net, decoded, logs, wanted)
    return total + gain.detach() - gain


def _gain(
    net: Any, decoded: Any, logs: Float[Tensor, " word"], wanted: Bool[Tensor, "batch target"]
) -> Float[Tensor, ""]:
    """Whose gradient makes draws likelier that were followed by likelier words than of late (Xu et al. 2015, section
    4.1). A draw is followed by all words from its own on where it enters the next step, else by its own alone."""
    ahead = torch.zeros(wanted.shape, device=wanted.device)
    ahead[wanted] = logs - _baseline(net.attention.selection.baseline, logs.mean())
    if net.config.placement == "before" or net.config.feeding:
        ahead = ahead.flip(1).cumsum(1).flip(1)
    choice, shares = decoded.weights.detach(), decoded.shares
    drawn = wanted & (choice.amax(-1) == 1)  # the other rows were left soft, and learn as soft ones do
    chance = (shares * choice).sum(-1).clamp_min(TINY).log()
    doubt = -(shares * shares.clamp_min(TINY).log()).sum(-1)
    return REWARD * (ahead * chance)[drawn].sum() + ENTROPY * doubt[wanted].sum()


@torch.no_grad()
def _baseline(kept: Float[Tensor, ""], mean: Float[Tensor, ""]) -> Float[Tensor, ""]:
    """What a word's log-probability was of late on the mean, which then moves towards that of now."""
    before = torch.where(kept == 0, mean, kept)
    kept.copy_(torch.lerp(before, mean, FORGETTING))
    return before
