"""From what the engine found to what a figure shows.

    matrix(trace)                                     one head, source across the top, target down the side
    matrix(effect, maximum=largest(effect, other))    in nats; one scale for several figures
    matrix(trace, links=found, sure=gold.sure, possible=gold.possible)  links are (source, target), as in Pharaoh files
    lines(trace, mass=0.75)                           for each target word the strongest links, 75 % of its row
    text(trace, row=3)                                the source, shaded by where target word 3 looked
    difference(trace, other)                          what changed, in two hues

Words or pieces is decided before: `matrix(trace.by_words())`. `unit` and `note` are shown to the visitor as they are
given, so a page that speaks another language passes its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.traces import Effect, Trace
from webapp.figures.scenes.scene import LinesScene, Link, MatrixScene, Pairs, TextScene
from webapp.figures.scenes.wording import PLAIN, Wording

SHARE, NATS = "share", "nats"
UNIT = {Trace: SHARE, Effect: NATS}
NOTE = {
    Trace: "each row sums to 1",
    Effect: "by how much the log-probability of the row's word falls without the column's word",
}
SELF = {"encoder": ("source", "source"), "decoder": ("target", "target")}


def largest(*records: Trace | Effect) -> float:
    """The highest value in all of them: give it as `maximum` to draw them in one scale. 1 for shares of attention."""
    if all(isinstance(record, Trace) for record in records):
        return 1.0
    highest = [float(values(record).max(initial=0)) for record in records]
    return max(highest, default=0) or 1.0


def values(record: Trace | Effect, layer: int = 0, head: int = 0) -> np.ndarray:
    """[query, key] of one head in shares, or of an effect in nats."""
    return np.asarray(record.matrix(layer, head) if isinstance(record, Trace) else record.drops, dtype=np.float64)


def shades(numbers: np.ndarray, maximum: float) -> np.ndarray:
    """0..1: nothing at or below zero, full at the maximum and above."""
    return np.clip(numbers / maximum, 0, 1) if maximum > 0 else np.zeros_like(numbers)


def sides(record: Trace | Effect) -> tuple[str, str]:
    """Whose words stand in the rows and whose in the columns."""
    return SELF.get(record.kind, ("target", "source")) if isinstance(record, Trace) else ("target", "source")


def matrix(
    record: Trace | Effect,
    *,
    layer: int = 0,
    head: int = 0,
    maximum: float | None = None,
    links: Iterable[tuple[int, int]] = (),
    sure: Iterable[tuple[int, int]] = (),
    possible: Iterable[tuple[int, int]] = (),
    title: str = "",
    unit: str | None = None,
    note: str | None = None,
    wording: Wording = PLAIN,
) -> MatrixScene:
    """A row for each query, a column for each key; pairs in `links`, `sure`, `possible` are (key, query)."""
    numbers = values(record, layer, head)
    top = largest(record) if maximum is None else maximum
    return MatrixScene(
        rows=record.queries.labels,
        columns=record.keys.labels,
        values=numbers,
        shades=shades(numbers, top),
        unit=UNIT[type(record)] if unit is None else unit,
        title=title,
        note=NOTE[type(record)] if note is None else note,
        maximum=top,
        links=_turned(links),
        sure=_turned(sure),
        possible=_turned(possible),
        sides=sides(record),
        wording=wording,
    )


def grid(
    numbers: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    unit: str = SHARE,
    note: str = "",
    title: str = "",
    maximum: float = 1.0,
    links: Iterable[tuple[int, int]] = (),
    sure: Iterable[tuple[int, int]] = (),
    possible: Iterable[tuple[int, int]] = (),
    wording: Wording = PLAIN,
) -> MatrixScene:
    """The same for numbers that come without a record, such as two directions joined; pairs are (column, row)."""
    numbers = np.asarray(numbers, dtype=np.float64)
    return MatrixScene(
        tuple(rows),
        tuple(columns),
        numbers,
        shades(numbers, maximum),
        unit,
        title,
        note,
        maximum,
        _turned(links),
        _turned(sure),
        _turned(possible),
        wording=wording,
    )


def difference(
    after: Trace | Effect,
    before: Trace | Effect,
    *,
    layer: int = 0,
    head: int = 0,
    maximum: float | None = None,
    title: str = "",
    unit: str | None = None,
    note: str = "",
) -> MatrixScene:
    """after − before, cell by cell, in two hues; both must stand over the same words."""
    if (after.queries.labels, after.keys.labels) != (before.queries.labels, before.keys.labels):
        raise ValueError("a difference needs the same words on both sides of both matrices")
    numbers = values(after, layer, head) - values(before, layer, head)
    top = float(np.abs(numbers).max(initial=0)) if maximum is None else maximum
    return MatrixScene(
        rows=after.queries.labels,
        columns=after.keys.labels,
        values=numbers,
        shades=np.clip(numbers / top, -1, 1) if top > 0 else np.zeros_like(numbers),
        unit=UNIT[type(after)] if unit is None else unit,
        title=title,
        note=note,
        maximum=top or 1.0,
        diverging=True,
        sides=sides(after),
    )


def strongest(numbers: np.ndarray, mass: float) -> np.ndarray:
    """True for the fewest largest cells of each row that together carry at least `mass` of what the row has above zero.

    `mass` 0 keeps nothing, 1 keeps all that is above zero; of equal cells the first one is kept first.
    """
    if not 0 <= mass <= 1:
        raise ValueError(f"mass is a share from 0 to 1, got {mass}")
    positive = np.clip(numbers, 0, None)
    order = np.argsort(-positive, axis=1, kind="stable")
    ranked = np.take_along_axis(positive, order, axis=1)
    total = ranked.sum(1, keepdims=True)
    before = np.cumsum(ranked, axis=1) - ranked
    wanted = (before < mass * total - 1e-9 * total) & (ranked > 0)
    kept = np.zeros(numbers.shape, dtype=bool)
    np.put_along_axis(kept, order, wanted, axis=1)
    return kept


def lines(
    record: Trace | Effect,
    *,
    mass: float = 0.75,
    layer: int = 0,
    head: int = 0,
    maximum: float | None = None,
    title: str = "",
    unit: str | None = None,
    note: str | None = None,
    wording: Wording = PLAIN,
) -> LinesScene:
    """Source above, target below; each target word keeps its strongest lines until they carry `mass` of its row."""
    numbers = values(record, layer, head)
    top = largest(record) if maximum is None else maximum
    kept, shade = strongest(numbers, mass), shades(numbers, top)
    total = float(np.clip(numbers, 0, None).sum())
    return LinesScene(
        top=record.keys.labels,
        bottom=record.queries.labels,
        links=tuple(
            Link(int(i), int(j), float(numbers[i, j]), float(shade[i, j]))
            for i, j in zip(*np.nonzero(kept), strict=True)
        ),
        unit=UNIT[type(record)] if unit is None else unit,
        title=title,
        note=NOTE[type(record)] if note is None else note,
        shown=float(numbers[kept].sum()) / total if total > 0 else 0.0,
        sides=sides(record),
        wording=wording,
    )


def text(
    record: Trace | Effect,
    *,
    row: int | None = None,
    layer: int = 0,
    head: int = 0,
    maximum: float | None = None,
    title: str = "",
    unit: str | None = None,
    note: str = "",
) -> TextScene:
    """The words looked at, shaded by what query `row` took from each; without a row, by the mean over all queries."""
    numbers = values(record, layer, head)
    word_values = numbers.mean(0) if row is None else numbers[row]
    top = max(float(word_values.max(initial=0)), 0.0) if maximum is None else maximum
    return TextScene(
        words=record.keys.labels,
        values=word_values,
        shades=shades(word_values, top),
        unit=UNIT[type(record)] if unit is None else unit,
        title=title,
        note=note,
        maximum=top or 1.0,
        side=sides(record)[1],
    )


def _turned(pairs: Iterable[tuple[int, int]]) -> Pairs:
    return frozenset((target, source) for source, target in pairs)
