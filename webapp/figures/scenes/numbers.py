"""Numbers to be read as numbers: a few cells with what stands in them, and all the rest as strips of colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from webapp.figures.scenes.checks import check_shades
from webapp.figures.scenes.scene import MatrixScene, Pairs


@dataclass(frozen=True, eq=False)
class NumbersScene(MatrixScene):
    """A matrix whose numbers are written into its cells.

    `strips[row, number]`, where given, are the shades of all numbers of each row, of which the cells hold the first.
    `bars[row, column]`, -1..1, are drawn below the cells: the first row as bars, a second one as marks where they stood
    before. `changed` cells were put there by hand; rows in `quiet` show what was before. `chosen` is the cell that can
    be changed.
    """

    strips: np.ndarray | None = None
    bars: np.ndarray | None = None
    changed: Pairs = frozenset()
    quiet: frozenset[int] = frozenset()
    chosen: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("strips", "bars"):
            if (values := getattr(self, name)) is not None:
                array = np.array(values, dtype=np.float64)
                check_shades(array, diverging=True)
                array.setflags(write=False)
                object.__setattr__(self, name, array)
        if self.strips is not None and len(self.strips) != len(self.rows):
            raise ValueError(f"{len(self.strips)} strips do not fit {len(self.rows)} rows")
