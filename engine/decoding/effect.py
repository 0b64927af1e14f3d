"""What mattered, as against where a model looked: take a word away and see which outputs become less likely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from engine.decoding.contract import MARKS, Decodable, Marks
from engine.decoding.forced import Pair, logprobs
from engine.traces import Axis


def drops(
    model: Decodable,
    sources: Sequence[tuple[Sequence[int], Axis]],
    targets: Sequence[Sequence[int]],
    device: torch.device,
    marks: Marks = MARKS,
) -> list[Float[np.ndarray, "target source"]]:
    """For each pair: by how many nats each target piece becomes less likely once each source word is away.

    A word is away when all its pieces are `<unk>`, so that nothing else moves; each of its pieces carries the same
    number, and words that share a piece go together (`Axis.units`). The end of a sentence cannot be taken away: its
    column is 0. Ids and axes end with `</s>`.
    """
    variants: list[Pair] = []
    for (ids, axis), target in zip(sources, targets, strict=True):
        variants.append((ids, target))
        variants += [(without(ids, axis, word, marks), target) for word in _removable(axis)]
    read = iter(logprobs(model, variants, device, marks))
    matrices = []
    for ids, axis in sources:
        whole = next(read)
        matrix = np.zeros((len(whole), len(ids)), np.float32)
        units = np.array(axis.units())
        for word in _removable(axis):
            matrix[:, units == word] = (whole - next(read))[:, None]
        matrices.append(matrix)
    return matrices


def without(ids: Sequence[int], axis: Axis, word: int, marks: Marks = MARKS) -> tuple[int, ...]:
    """The ids with all pieces of one word made unknown; `word` is one of `Axis.units`."""
    return tuple(marks.unknown if unit == word else piece for piece, unit in zip(ids, axis.units(), strict=True))


def _removable(axis: Axis) -> list[int]:
    return sorted({unit for unit, special in zip(axis.units(), axis.special, strict=True) if not special})
