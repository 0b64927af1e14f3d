"""A part of a matrix of attention: by piece or by word, without special tokens, the first position or the diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from engine.errors import Refused
from engine.traces import Axis, Kind, Trace

LEAST = 1e-7
"""A row that holds less is blank: what is left of it is what rounding left."""


@dataclass(frozen=True, eq=False)
class Part:
    """numbers[row, column] over what is left of both sides; rows sum to 1, or to 0 where nothing is left of them.

    `rows` and `columns` are positions of the whole text, of a word its first. `left_out` is the mean share of what is
    not there, None where all is.
    """

    numbers: Float[np.ndarray, "row column"]
    queries: Axis
    keys: Axis
    kind: Kind
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    left_out: float | None = None


def part(trace: Trace, *, words: bool = False, special: bool = True, first: bool = True, diagonal: bool = True) -> Part:
    """The first head of a trace. What each place has of itself without any attention (`Trace.identity`) is taken off.

    Without `first` the first position is left out, of cross-attention as a key alone, and without `diagonal` what each
    place gives to itself, of which cross-attention has none. Special tokens, and the first one, stay where there is
    nothing else.
    """
    form = trace.by_words() if words else trace
    numbers = form.matrix().astype(np.float64)
    diagonal = diagonal or trace.kind == "cross"
    if trace.identity is not None:
        numbers = np.clip(numbers - _identity(trace, words), 0, None)
    if not diagonal:
        np.fill_diagonal(numbers, 0)
    columns = _kept(form.keys, special, first)
    rows = _kept(form.queries, special, first or trace.kind == "cross")
    left = numbers[np.ix_(rows, columns)]
    total = left.sum(1, keepdims=True)
    empty = 0.0 if trace.identity is not None or not diagonal else 1 / len(columns)
    changed = trace.identity is not None or left.size < numbers.size or not diagonal
    whole = numbers[rows].sum(1).clip(1e-30) if trace.identity is not None else np.ones(len(rows))
    left = np.where(total > LEAST, left / np.where(total > LEAST, total, 1), empty) if changed else left
    gone = not (special and first and diagonal)
    left_out = float((1 - total[:, 0] / whole).clip(0).mean()) if gone and changed else None
    starts = [axis.starts() if words else list(range(len(axis))) for axis in (trace.queries, trace.keys)]
    return Part(
        left,
        form.queries.only(rows),
        form.keys.only(columns),
        trace.kind,
        tuple(starts[0][k] for k in rows),
        tuple(starts[1][k] for k in columns),
        left_out,
    )


def row(trace: Trace, query: int, *, special: bool = True) -> tuple[Axis, Float[np.ndarray, " key"]]:
    """Where position `query` looks in the first head of a trace, as `part` gives it; without special tokens the rest of
    its row is made to sum to 1 again, whatever the position itself is. Raises `Refused` where there is none."""
    whole = part(trace)
    if not 0 <= query < len(whole.queries):
        raise Refused("There is no position {query}; there are {places}.", query=query + 1, places=len(whole.queries))
    columns = _kept(whole.keys, special, True)
    shares = whole.numbers[query, columns]
    total = shares.sum()
    rest = shares / total if total > 0 else np.full_like(shares, 1 / len(shares))
    return whole.keys.only(columns), shares if len(columns) == len(whole.keys) else rest


def _identity(trace: Trace, words: bool) -> Float[np.ndarray, "query key"]:
    assert trace.identity is not None
    table = np.diag(trace.identity[0].astype(np.float64))
    if not words:
        return table
    rows, columns = trace.queries.membership(), trace.keys.membership()
    return np.asarray(rows @ table @ columns.T / rows.sum(1)[:, None])


def _kept(axis: Axis, special: bool, first: bool) -> list[int]:
    """Special tokens, and the first one, stay where there is nothing else."""
    places = list(range(len(axis)))
    if not special:
        places = [k for k in places if not axis.special[k]] or places
    return [k for k in places if k or first] or places
