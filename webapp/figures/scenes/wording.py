"""How a figure speaks of its numbers, in the visitor's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """`rows` and `columns` name the axes. `cell` says one number with {row}, {column} and {value} in it.

    `value` is how a number is written, {value} in it; with a per cent sign, which a share is then given in.
    """

    rows: str = ""
    columns: str = ""
    cell: str = ""
    value: str = ""

    def written(self, value: float) -> str:
        """A number as it is said."""
        return self.value.format(value=percent(value) if "%" in self.value else printed(f"{value:.3g}"))

    def quantity(self, value: float, unit: str) -> str:
        """A number with its unit, at most three digits of it."""
        return self.written(value) if self.value else f"{value:.3g} {unit}"

    def sentence(self, row: str, column: str, value: float) -> str:
        """One cell as a sentence."""
        return self.cell.format(row=row, column=column, value=self.written(value))


def printed(number: str) -> str:
    """A number that was written out, with the minus that is printed."""
    return number.replace("-", "−")


PLAIN = Wording()
"""Nothing but numbers with their unit."""


def percent(share: float) -> str:
    """A share in per cent: whole from 10 on, else with one decimal, and never rounded to nothing."""
    if 0 < share < 0.0005:
        return "<0.1"
    return f"{100 * share:.0f}" if share >= 0.0995 or not share else f"{100 * share:.1f}"
