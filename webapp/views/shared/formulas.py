"""Formulas as a narrow card can show them."""

from __future__ import annotations

BREAKS = (r", \quad ", r" \text{ with } ")  # where a formula may go on in another line


def stacked(formula: str) -> str:
    """A long formula in several lines, one below the other; another as it is."""
    lines = formula
    for place in BREAKS:
        lines = lines.replace(place, r" \\[0.4em] ")
    return formula if lines == formula else rf"\begin{{gathered}} {lines} \end{{gathered}}"
