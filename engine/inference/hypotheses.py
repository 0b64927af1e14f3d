"""How likely each piece of an output was, and what else might have stood in its place."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from engine.decoding.contract import MARKS, length_penalty
from engine.inference.translation import Candidate, Hypothesis, OutputToken
from engine.text.padding import padded
from engine.text.tokenizer import Tokenizer

CANDIDATES = 5


def hypotheses_of(
    tokenizer: Tokenizer,
    outputs: Sequence[tuple[int, ...]],
    logs: Float[Tensor, "output target vocabulary"],
    alpha: float,
) -> tuple[Hypothesis, ...]:
    """Each output with the ln p of its pieces and the likeliest pieces at each place.

    `logs` are ln p of every piece, `alpha` the exponent of the length penalty that scores are divided by.
    """
    target, _ = padded(outputs, logs.device)
    own = logs.gather(2, target.unsqueeze(2)).squeeze(2).clamp(max=0)
    banned = torch.tensor(MARKS.banned, device=logs.device)
    top = logs.index_fill(2, banned, -torch.inf).topk(min(CANDIDATES, logs.shape[-1] - len(banned)), -1)
    candidates = zip(top.values.clamp(max=0).tolist(), top.indices.tolist(), strict=True)
    rows = zip(outputs, own.tolist(), candidates, strict=True)
    return tuple(_hypothesis(tokenizer, ids, logprobs, tops, alpha) for ids, logprobs, tops in rows)


def _hypothesis(
    tokenizer: Tokenizer,
    ids: tuple[int, ...],
    logprobs: list[float],
    candidates: tuple[list[list[float]], list[list[int]]],
    alpha: float,
) -> Hypothesis:
    """The lists go on for as long as the longest output does."""
    piece = tokenizer.piece
    tokens = tuple(
        OutputToken(piece(own), logprob, tuple(Candidate(piece(i), v) for v, i in zip(values, others, strict=True)))
        for own, logprob, values, others in zip(ids, logprobs, *candidates, strict=False)
    )
    total = sum(logprobs[: len(ids)])
    return Hypothesis(tokenizer.decode(ids), tokens, total, total / length_penalty(len(ids), alpha))
