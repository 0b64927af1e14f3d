"""The texts of a table in a file: CSV, TSV, JSON lines or a workbook, as the page Batch reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.cli.lines import AT_ONCE
from engine.cli.notes import note
from engine.data.tables import decode
from engine.data.tables.table import guess, read, texts
from engine.errors import Refused


class Layout(NamedTuple):
    """How a file is to be understood, as `engine.data.tables.table.read` takes it, and the column of its texts, from 1;
    None to guess."""

    sheet: str | None = None
    encoding: str | None = None
    names: bool | None = None
    column: int | None = None


def each_row(path: Path, layout: Layout, labels: Sequence[str], work: Callable[[Sequence[str]], Sequence[str]]) -> None:
    """Print what `work` makes of the texts of a table, a blank line for each row that has none; why goes to stderr.

    `labels` are those of the model, by which a column of labels is known. Raises `Refused` for a file without texts, or
    without that column.
    """
    try:
        with path.open("rb") as file:
            content = file.read(decode.MAX_BYTES + 1)
    except OSError as error:
        raise Refused("{path} cannot be read; check the name and its permissions", path=path) from error
    table = read(content, names=layout.names, encoding=layout.encoding, sheet=layout.sheet)
    column = layout.column
    if column is not None and column > table.width:
        raise Refused("There is no column {column}; this table has {count}.", column=column, count=table.width)
    chosen = texts(table, *(guess(table, labels) if column is None else (column - 1, None)))
    for skipped in chosen.notes:
        note(str(skipped))
    done = table.numbers[0] - 1 if table.names is None else 1 if table.about.format != "json" else 0
    for start in range(0, len(chosen.texts), AT_ONCE):
        answers = work(chosen.texts[start : start + AT_ONCE])
        for place, answer in zip(chosen.rows[start : start + AT_ONCE], answers, strict=True):
            number = table.numbers[place]
            print("\n" * (number - done - 1), end="")
            print(answer, flush=True)
            done = number
