"""The texts of a table in a file: CSV, TSV, JSON lines or a workbook, as the page Batch reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.cli.lines import AT_ONCE
from engine.cli.notes import note
from engine.data.tables import decode
from engine.data.tables.table import guess, read, texts
from engine.errors import Refused


def each_row(
    path: Path, sheet: str | None, labels: Sequence[str], work: Callable[[Sequence[str]], Sequence[str]]
) -> None:
    """Print what `work` makes of the texts of a table, a blank line for each row that has none; why goes to stderr.

    `labels` are those of the model, by which a column of labels is known. Raises `Refused` for a file without texts.
    """
    try:
        with path.open("rb") as file:
            content = file.read(decode.MAX_BYTES + 1)
    except OSError as error:
        raise Refused("{path} cannot be read; check the name and its permissions", path=path) from error
    table = read(content, sheet=sheet)
    column, label = guess(table, labels)
    chosen = texts(table, column, label)
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
