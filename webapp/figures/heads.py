"""From what a Transformer's overview and one of its cells hold to what figures show.

grid(overview, order=ranked(overview, "near"), unit="share")      all heads, the nearest-sighted first
product(arithmetic, unit="")                                      query, key and what they give, number by number
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from webapp.figures.scenes.scene import HeadsScene, MatrixScene

if TYPE_CHECKING:
    from engine.capture.arithmetic import Arithmetic
    from engine.capture.overview import Overview

PLACE = "place"
ASCENDING, DESCENDING = ("sharp", "near"), ("even", "far")
Pair = tuple[int, int]
Along = Literal["pieces", "words", "squares"]
"""What stands along both sides of a head; every piece is a token."""
DISTANCE: dict[Along, str] = {
    "pieces": "distance (tokens)",
    "words": "distance (words)",
    "squares": "distance (squares)",
}


def measures(overview: Overview, along: Along) -> dict[str, np.ndarray]:
    """All numbers of each head, [layer, head], by the names that tables and files give them."""
    shares = {f"toward {name}": values for name, values in overview.toward.items()}
    left_out = {} if overview.left_out is None else {"left out": overview.left_out}
    return {"entropy (nats)": overview.entropy, DISTANCE[along]: overview.distance, **shares, **left_out}


def of_squares(overview: Overview) -> bool:
    """Whether these are heads of a vision model, with marks before the picture."""
    return "marks" in overview.toward


def measure(overview: Overview, by: str) -> np.ndarray:
    """What heads are sorted by, [layer, head]: "sharp", "even", "near", "far", or a name of `overview.toward`."""
    if by in ("sharp", "even"):
        return np.asarray(overview.entropy)
    if by in ("near", "far"):
        return np.asarray(overview.distance)
    return np.asarray(overview.toward[by])


def ranked(overview: Overview, by: str, keep: int | None = None) -> tuple[Pair, ...] | None:
    """The `keep` first heads in that order, of equal ones those of lower layers first; None for that of the grid."""
    if by == PLACE:
        return None
    values = measure(overview, by)
    order = np.argsort(values if by in ASCENDING else -values, axis=None, kind="stable")
    return tuple((int(k) // values.shape[1], int(k) % values.shape[1]) for k in order[:keep])


def most_telling(overview: Overview) -> Pair:
    """The head to open first: the one that looks most steadily at a neighbour, else the sharpest."""
    steady = [overview.toward[name] for name in ("previous", "next") if name in overview.toward]
    values = np.max(steady, axis=0) if steady else -np.asarray(overview.entropy)
    best = int(np.argmax(values))
    return best // values.shape[1], best % values.shape[1]


def grid(
    overview: Overview,
    *,
    unit: str,
    along: Along = "pieces",
    order: Sequence[Pair] | None = None,
    tooltip: Mapping[str, np.ndarray] | None = None,
    each: bool = False,
    title: str = "",
    note: str = "",
) -> HeadsScene:
    """All heads of one kind, or those of `order`; `tooltip` is what a reader learns of a head that is pointed at."""
    return HeadsScene(
        tiles=overview.tiles,
        rows=overview.queries.labels,
        columns=overview.keys.labels,
        unit=unit,
        block=overview.block,
        order=None if order is None else tuple(order),
        measures=measures(overview, along),
        tooltip=tooltip or {},
        each=each,
        title=title,
        note=note,
    )


def product(arithmetic: Arithmetic, names: tuple[str, str, str], *, unit: str = "", title: str = "") -> MatrixScene:
    """Three rows with a number for each of the head's dimensions: the query, the key, and one times the other."""
    values = np.stack([arithmetic.query, arithmetic.key, arithmetic.products]).astype(np.float64)
    top = float(np.abs(values).max(initial=0)) or 1.0
    columns = tuple(str(k + 1) for k in range(values.shape[1]))
    return MatrixScene(names, columns, values, values / top, unit, title, maximum=top, diverging=True)
