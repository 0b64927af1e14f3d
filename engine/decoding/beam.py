"""Beam search: the best outputs of those that were among the best at every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.decoding.contract import MARKS, Decodable, Found, Marks, length_penalty, limit, take
from engine.decoding.forced import Said
from engine.decoding.wanted import Wanted
from engine.text.padding import padded


class Node(NamedTuple):
    """The last piece of an unfinished output, the beam it was read off, and the node of the one before."""

    piece: int
    beam: int
    before: Node | None


@dataclass
class _Search:
    """One source: what is still being written, and what has ended."""

    most: int
    nodes: list[Node | None]
    ended: list[Found] = field(default_factory=list)


@torch.inference_mode()
def beam_search(
    model: Decodable,
    sources: Sequence[Sequence[int]],
    width: int,
    *,
    alpha: float = 1.0,
    device: torch.device,
    marks: Marks = MARKS,
    steps: list[Said] | None = None,
    wanted: Wanted | None = None,
) -> list[list[Found]]:
    """For each source (ids, `</s>` last) at least one and about `width` outputs, best first; only those are looked at
    that are as `wanted` says. Of a source alone all steps are put into `steps`: `Found.rows` says which rows were read.

    At each step the `width` best continuations are looked at. Those that end are put aside, as many others go on,
    and a search is over once `width` have ended. Ended outputs are ranked by log-probability over
    `length_penalty`.
    """
    if not sources:
        return []
    searches = [_Search(limit(len(source) - 1), [None] * width) for source in sources]
    memory = _encoded(model, sources, width, device, marks)
    state = model.begin(memory)
    banned = torch.tensor(marks.banned, device=device)
    live = searches
    previous = torch.full((len(live) * width, 1), marks.start, device=device)
    totals = torch.full((len(live), width), -torch.inf, device=device)
    totals[:, 0] = 0.0  # all beams begin alike, so only one counts
    for step in range(max(search.most for search in searches)):
        decoded = model.decode(memory, state, previous, step)
        if steps is not None:
            steps.append(Said.step(decoded))
        gains = _gains(model.logits(decoded.read[:, 0]), step, banned, wanted, marks)
        best, beams, pieces = _best(gains, totals, [search.most == step + 1 for search in live], marks)
        kept = [
            _advance(search, list(zip(*rows, strict=True)), width, alpha, marks, step + 1)
            for search, *rows in zip(live, best.tolist(), beams.tolist(), pieces.tolist(), strict=True)
        ]
        left = [i for i, search in enumerate(live) if len(search.ended) < width and kept[i]]
        if not left:
            break
        if 2 * len(left) > len(live):
            left = list(range(len(live)))
        else:
            memory = take(memory, torch.tensor([i * width + k for i in left for k in range(width)], device=device))
        rows, totals, previous = _onward(kept, left, width, device)
        state = take(decoded.state, rows)
        live = [live[i] for i in left]
    return [sorted(search.ended, key=lambda output: -output.score) for search in searches]


def _gains(
    logits: Float[Tensor, "beam vocabulary"], step: int, banned: Tensor, wanted: Wanted | None, marks: Marks
) -> Float[Tensor, "beam vocabulary"]:
    """ln p of each continuation; minus infinity for those that an output cannot go on with."""
    gains = logits.float().log_softmax(1).index_fill_(1, banned, -torch.inf)
    return gains if wanted is None else wanted.hold(gains, step, marks.end)


Step = tuple[float, int, int]
"""The sum of log-probabilities so far, the beam that goes on, and the piece that it goes on with."""


def _encoded(model: Decodable, sources: Sequence[Sequence[int]], width: int, device: torch.device, marks: Marks) -> Any:
    """The memory of each source, `width` times side by side."""
    memory = model.encode(*padded(sources, device, marks.pad))
    return take(memory, torch.arange(len(sources), device=device).repeat_interleave(width))


def _onward(
    kept: Sequence[Sequence[Step]], left: Sequence[int], width: int, device: torch.device
) -> tuple[Int[Tensor, " beam"], Float[Tensor, "source width"], Int[Tensor, "beam 1"]]:
    """Of the sources that are `left`: which row of the batch each beam goes on from, its sum, and its last piece."""
    onward = [_filled(kept[i], width) for i in left]
    rows = [i * width + beam for i, steps in zip(left, onward, strict=True) for _, beam, _ in steps]
    totals = [[total for total, _, _ in steps] for steps in onward]
    pieces = [[piece] for steps in onward for _, _, piece in steps]
    return (
        torch.tensor(rows, device=device),
        torch.tensor(totals, device=device),
        torch.tensor(pieces, device=device),
    )


def _best(gains: Tensor, totals: Tensor, last: list[bool], marks: Marks) -> tuple[Tensor, Tensor, Tensor]:
    """The 2 · width best continuations of each source, best first: enough that `width` of them do not end."""
    count, width = totals.shape
    size = gains.shape[1]
    sums = gains.view(count, width, size) + totals.unsqueeze(2)
    if any(last):
        others = torch.arange(size, device=sums.device) != marks.end
        sums.masked_fill_(torch.tensor(last, device=sums.device)[:, None, None] & others, -torch.inf)
    best, places = sums.flatten(1).topk(min(2, size) * width, 1)
    return best, places // size, places % size


def _advance(search: _Search, steps: list[Step], width: int, alpha: float, marks: Marks, length: int) -> list[Step]:
    """Put aside what has ended, and return what goes on."""
    if len(search.ended) >= width:
        return []
    onward: list[Step] = []
    for rank, (total, beam, piece) in enumerate(steps):
        if total == -torch.inf:
            break
        if piece != marks.end:
            if len(onward) < width:
                onward.append((total, beam, piece))
        elif rank < width:
            path = _path(Node(piece, beam, search.nodes[beam]))
            ids, rows = tuple(node.piece for node in path), tuple(node.beam for node in path)
            search.ended.append(Found(ids, total, total / length_penalty(length, alpha), length < search.most, rows))
    search.nodes = [Node(piece, beam, search.nodes[beam]) for _, beam, piece in onward]
    return onward


def _filled(onward: Sequence[Step], width: int) -> list[Step]:
    """A batch has `width` rows for each source; rows that nothing goes on in can never win."""
    return [*onward] + [(-torch.inf, 0, 0)] * (width - len(onward))


def _path(node: Node | None) -> list[Node]:
    """All nodes up to this one, the first one first."""
    path: list[Node] = []
    while node is not None:
        path.append(node)
        node = node.before
    return path[::-1]
