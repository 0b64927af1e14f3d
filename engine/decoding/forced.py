"""A model made to say given words: how likely it finds them, and where it looks meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.decoding.contract import MARKS, Decodable, Decoded, Marks
from engine.text.padding import padded
from engine.traces import Axis, Rows, Trace

Pair = tuple[Sequence[int], Sequence[int]]
"""Ids of a source and of a target, each with `</s>` last."""
CELLS = 1 << 14
"""How many pairs of a source and a target position one batch holds: more only falls out of the cache."""
FEWEST = 8
"""Pairs that a batch holds all the same: one long pair at a time takes half as long again, step by step."""
ROWS = 256
"""How many positions are compared with the whole vocabulary at a time."""


class Said(NamedTuple):
    """Outputs as a model went through them, in the terms of `Decoded`."""

    read: Float[Tensor, "batch target *embedding"]
    weights: Float[Tensor, "batch *heads target source"] | None
    scores: Float[Tensor, "batch *heads target source"] | None
    rows: Rows = "sum_to_one"
    centre: Float[Tensor, "batch target"] | None = None
    width: Float[Tensor, "batch target"] | None = None
    nowhere: bool = False

    @classmethod
    def step(cls, decoded: Decoded) -> Said:
        """Without the state, which in a Transformer grows with every step and would be held once for each."""
        return cls(*(getattr(decoded, name) for name in cls._fields))

    @classmethod
    def of(cls, steps: Sequence[Decoded | Said]) -> Said:
        """One step or more, laid end to end."""
        return cls._along(steps, torch.cat)

    @classmethod
    def followed(cls, steps: Sequence[Decoded | Said], paths: Sequence[Sequence[int]]) -> Said:
        """What outputs of one search read: `paths` are the rows of its steps, one path an output. The last row of a
        shorter one is said again, as padding."""
        longest = max(map(len, paths))
        rows = torch.tensor([[*path, *[path[-1]] * (longest - len(path))] for path in paths])
        at = rows.T.to(steps[0].read.device)

        def along(parts: Sequence[Tensor], axis: int) -> Tensor:
            return torch.cat([part.index_select(0, row) for part, row in zip(parts, at, strict=False)], axis)

        return cls._along(steps, along)

    @classmethod
    def _along(cls, steps: Sequence[Decoded | Said], join: Callable[[list[Tensor], int], Tensor]) -> Said:
        """`join` puts the parts of all steps one behind the other on an axis."""

        def joined(name: str, axis: int) -> Tensor | None:
            parts = [part for step in steps if (part := getattr(step, name)) is not None]
            return join(parts, axis) if parts else None

        read, weights, scores = join([step.read for step in steps], 1), joined("weights", -2), joined("scores", -2)
        window = joined("centre", 1), joined("width", 1)
        return cls(read, weights, scores, steps[0].rows, *window, steps[0].nowhere)


@dataclass(frozen=True, eq=False)
class Looks:
    """Where one pair's target looked, in the terms of `Trace`: weights and scores [layer, head, target, source], the
    place of a window [layer, head, target]; None for what a model does not give."""

    weights: Float[np.ndarray, "layer head target source"]
    scores: Float[np.ndarray, "layer head target source"] | None
    rows: Rows = "sum_to_one"
    centre: Float[np.ndarray, "layer head target"] | None = None
    width: Float[np.ndarray, "layer head target"] | None = None

    def trace(self, queries: Axis, keys: Axis) -> Trace:
        """Over the pieces of both sides; a null key stands behind the source's."""
        keys = keys.with_nowhere() if self.weights.shape[3] > len(keys) else keys
        return Trace("cross", queries, keys, **{field.name: getattr(self, field.name) for field in fields(self)})


def batches(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    """Numbers of pairs that go together well, each number once."""
    order = sorted(range(len(pairs)), key=lambda i: (len(pairs[i][1]), len(pairs[i][0])))
    batch: list[int] = []
    sources = targets = 0
    for i in order:
        source, target = max(sources, len(pairs[i][0])), max(targets, len(pairs[i][1]))
        if len(batch) >= FEWEST and (len(batch) + 1) * source * target > CELLS:
            yield batch
            batch, source, target = [], len(pairs[i][0]), len(pairs[i][1])
        batch.append(i)
        sources, targets = source, target
    if batch:
        yield batch


@torch.inference_mode()
def forced(
    model: Decodable, pairs: Sequence[Pair], device: torch.device, marks: Marks = MARKS
) -> tuple[Said, Int[Tensor, "batch target"], Bool[Tensor, "batch target"]]:
    """All pairs as one batch, whole targets at once; also the ids of the targets, padded, and where they are real."""
    memory = model.encode(*padded([source for source, _ in pairs], device, marks.pad))
    target, real = padded([target for _, target in pairs], device, marks.pad)
    previous = torch.cat([target.new_full((len(target), 1), marks.start), target[:, :-1]], 1)
    return Said.of([model.decode(memory, model.begin(memory), previous)]), target, real


def looks(outputs: Said, row: int, pair: Pair) -> Looks | None:
    """One pair's share of a batch, without its padding; None of a model without attention."""
    if outputs.weights is None:
        return None
    source, target = len(pair[0]) + outputs.nowhere, len(pair[1])

    def cut(values: Tensor) -> Float[np.ndarray, "layer head target source"]:
        own = values[row, ..., :target, :source].float().cpu().numpy()
        return own if own.ndim == 4 else own[None, None]

    def window(values: Tensor | None) -> Float[np.ndarray, "layer head target"] | None:
        return None if values is None else values[row, :target].float().cpu().numpy()[None, None]

    scores = None if outputs.scores is None else cut(outputs.scores)
    return Looks(cut(outputs.weights), scores, outputs.rows, window(outputs.centre), window(outputs.width))


@torch.inference_mode()
def logprobs(
    model: Decodable, pairs: Sequence[Pair], device: torch.device, marks: Marks = MARKS
) -> list[Float[np.ndarray, " target"]]:
    """For each pair, in order: the log-probability of every target piece, in nats."""
    by_pair: list[Float[np.ndarray, " target"]] = [np.empty(0, np.float32)] * len(pairs)
    for batch in batches(pairs):
        outputs, target, real = forced(model, [pairs[i] for i in batch], device, marks)
        table = torch.zeros(target.shape, device=device)
        read, wanted = outputs.read[real], target[real]
        parts = []
        for start in range(0, len(read), ROWS):
            logits = model.logits(read[start : start + ROWS]).float()
            own = logits.gather(1, wanted[start : start + ROWS].unsqueeze(1)).squeeze(1)
            parts.append(own - logits.logsumexp(1))
        table[real] = torch.cat(parts)
        for row, i in enumerate(batch):
            by_pair[i] = table[row, : len(pairs[i][1])].cpu().numpy()
    return by_pair
