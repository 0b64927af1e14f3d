"""Batches of like length, in an order that a seed and a pass fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from engine.text.padding import padded
from engine.text.tokenizer import START_ID, UNKNOWN_ID

POOL = 100  # batches that are sorted by length together: enough to waste little on padding, few enough to mix


class Batch(NamedTuple):
    """`previous` is the target moved on by one, behind `<s>`; `present` and `wanted` are false for padding."""

    source: Int[Tensor, "batch source"]
    present: Bool[Tensor, "batch source"]
    previous: Int[Tensor, "batch target"]
    target: Int[Tensor, "batch target"]
    wanted: Bool[Tensor, "batch target"]


Pair = tuple[Sequence[int], Sequence[int]]


def batch_of(pairs: Sequence[Pair]) -> Batch:
    source, target = (padded([pair[side] for pair in pairs]) for side in (0, 1))
    previous = torch.cat([torch.full((len(pairs), 1), START_ID), target.ids[:, :-1]], 1)
    return Batch(*source, previous, *target)


def order(pairs: Sequence[Pair], size: int, seed: int, number: int) -> list[list[int]]:
    """Which pairs make up each batch of pass `number`, pairs of like lengths together."""
    return in_order([(len(source), len(target)) for source, target in pairs], size, seed, number)


def in_order(lengths: Sequence[tuple[int, int]], size: int, seed: int, number: int) -> list[list[int]]:
    """Which examples make up each batch: shuffled, sorted by length within a pool, and the batches shuffled again."""
    random = np.random.default_rng([seed, number])
    table = np.array(lengths).reshape(-1, 2)
    shuffled = random.permutation(len(table))
    batches = []
    for start in range(0, len(shuffled), size * POOL):
        pool = shuffled[start : start + size * POOL]
        pool = pool[np.lexsort((table[pool, 1], table[pool, 0]))]
        batches += [pool[i : i + size].tolist() for i in range(0, len(pool), size)]
    return [batches[i] for i in random.permutation(len(batches))]


def with_unknown(source: Int[Tensor, "batch source"], share: float) -> Int[Tensor, "batch source"]:
    """A share of the pieces replaced by `<unk>`; `</s>` and padding stay."""
    text = source > UNKNOWN_ID + 2
    return torch.where(text & (torch.rand(source.shape, device=source.device) < share), UNKNOWN_ID, source)
