"""The likeliest piece at every step."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine.decoding.contract import MARKS, Decodable, Decoded, Found, Marks, length_penalty, limit, padded, take


@torch.inference_mode()
def greedy(
    model: Decodable,
    sources: Sequence[Sequence[int]],
    *,
    alpha: float = 1.0,
    device: torch.device,
    marks: Marks = MARKS,
    steps: list[Decoded] | None = None,
) -> list[Found]:
    """One output for each source (ids, `</s>` last). Fastest where the sources are of similar length.

    To `steps`, where given, what the model decoded is added step by step; rows that are done fall out on the way, so
    that is of use for one source alone.
    """
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
        if steps is not None:
            steps.append(decoded)
        logits = model.logits(decoded.read[:, 0])
        chosen = logits.index_fill(1, banned, -torch.inf).argmax(1, keepdim=True)
        last = [limits[source] == step + 1 for source in rows]
        if any(last):
            chosen[torch.tensor(last, device=device)] = marks.end
        gains = logits.gather(1, chosen) - logits.logsumexp(1, keepdim=True)
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
