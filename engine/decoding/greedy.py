"""The likeliest piece at every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from engine.decoding.contract import MARKS, Decodable, Found, Marks, length_penalty, limit, take
from engine.decoding.forced import Said
from engine.text.padding import padded


class Written(NamedTuple):
    """One output as it was made: its ids, `</s>` last, all its steps, and whether it came to its end by itself."""

    ids: tuple[int, ...]
    steps: list[Said]
    finished: bool


@torch.inference_mode()
def greedy_one(
    model: Decodable,
    source: Sequence[int],
    likeliest: Callable[[Float[Tensor, "*embedding"]], int],
    *,
    device: torch.device,
    marks: Marks = MARKS,
) -> Written:
    """The output for one source (ids, `</s>` last) alone. `likeliest` names the piece that follows what was read.

    No probability is computed on the way: `Decoded.read` of all steps gives them at once.
    """
    memory = model.encode(*padded([source], device, marks.pad))
    state, piece, most = model.begin(memory), marks.start, limit(len(source) - 1)
    ids: list[int] = []
    steps: list[Said] = []
    while piece != marks.end:
        decoded = model.decode(memory, state, torch.full((1, 1), piece, device=device), len(ids))
        piece = likeliest(decoded.read[0, 0]) if len(ids) + 1 < most else marks.end
        state = decoded.state
        ids.append(piece)
        steps.append(Said.step(decoded))
    return Written(tuple(ids), steps, len(ids) < most)


@torch.inference_mode()
def greedy(
    model: Decodable,
    sources: Sequence[Sequence[int]],
    *,
    alpha: float = 1.0,
    device: torch.device,
    marks: Marks = MARKS,
) -> list[Found]:
    """One output for each source (ids, `</s>` last). Fastest where the sources are of similar length."""
    if not sources:
        return []
    limits = [limit(len(source) - 1) for source in sources]
    memory = model.encode(*padded(sources, device, marks.pad))
    state = model.begin(memory)
    banned = torch.tensor(marks.banned, device=device)
    outputs: list[list[int]] = [[] for _ in sources]
    totals = [0.0] * len(sources)
    done = [False] * len(sources)
    rows = list(range(len(sources)))  # which source each row of the batch belongs to
    previous = torch.full((len(rows), 1), marks.start, device=device)
    for step in range(max(limits)):
        decoded = model.decode(memory, state, previous, step)
        logits = model.logits(decoded.read[:, 0]).float()
        logs = logits.log_softmax(1)
        chosen = logits.index_fill(1, banned, -torch.inf).argmax(1, keepdim=True)
        last = [limits[source] == step + 1 for source in rows]
        if any(last):
            chosen[torch.tensor(last, device=device)] = marks.end
        gains = logs.gather(1, chosen)
        for source, piece, gain in zip(rows, chosen[:, 0].tolist(), gains[:, 0].tolist(), strict=True):
            if not done[source]:
                outputs[source].append(piece)
                totals[source] += gain
                done[source] = piece == marks.end
        left = [row for row, source in enumerate(rows) if not done[source]]
        if not left:
            break
        state, previous = decoded.state, chosen
        if 2 * len(left) <= len(rows):
            memory, state, previous = take((memory, state, previous), torch.tensor(left, device=device))
            rows = [rows[row] for row in left]
    return [
        Found(tuple(ids), total, total / length_penalty(len(ids), alpha), len(ids) < most)
        for ids, total, most in zip(outputs, totals, limits, strict=True)
    ]
