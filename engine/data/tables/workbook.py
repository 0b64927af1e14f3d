"""One sheet of a workbook (XLSX, XLS, ODS) as rows of text, read in a process of its own.

The library that reads workbooks holds a whole sheet as one block: a single cell in the last corner makes that 500 GB,
and its failure ends the process. So a child with limits on memory and time does it, and only its answer is trusted.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from engine.errors import Refused

SIGNS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""What a zip archive (XLSX, ODS) and an old workbook (XLS) begin with."""
MAX_UNPACKED = 300 * 2**20
"""The most that all parts of a workbook may be once unpacked, in bytes, by its own table of contents."""
MEMORY = 1500 * 2**20
SECONDS = 20
MAX_CHARACTERS = 40_000_000
"""All cells of a sheet together; what stands below is left out."""
MAX_SHEETS = 200


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet from its first used row on, which is number `first`, from 1. `sheets` are the names of all.

    `cut` says that the sheet goes on.
    """

    name: str
    sheets: tuple[str, ...]
    first: int
    rows: tuple[tuple[str, ...], ...]
    cut: bool


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook; other zip archives are not."""
    if not content.startswith(SIGNS):
        return False
    if content.startswith(SIGNS[1]):
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.startswith("xl/") or name == "content.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def read(content: bytes, sheet: str | None, rows: int, columns: int) -> Sheet:
    """At most `rows` rows and `columns` columns of the sheet of that name; of the first that holds anything if None.

    Raises `Refused` for what cannot be read, is larger than the limits above, or holds nothing.
    """
    if content.startswith(SIGNS[0]):
        _check_size(content)
    asked = json.dumps({"sheet": sheet, "rows": rows, "columns": columns}).encode()
    try:
        child = subprocess.run(
            [sys.executable, "-m", __name__],
            input=asked + b"\n" + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_large() from None
    if child.returncode:
        raise _too_large()
    answer: dict[str, Any] = json.loads(child.stdout)
    if answer["name"] is None:
        raise Refused("This workbook cannot be read; save the sheet as CSV and try again.")
    if not answer["rows"]:
        raise Refused("The file is empty; choose one with text in it.")
    return Sheet(
        answer["name"],
        tuple(answer["sheets"]),
        answer["first"],
        tuple(tuple(row) for row in answer["rows"]),
        answer["cut"],
    )


def _check_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            raise _too_large()


def _too_large() -> Refused:
    return Refused(
        "This workbook is too large or damaged to be read; save the sheet with the texts as CSV and try again."
    )


# What follows runs in the child.


def _main() -> None:
    """Answer on standard output with one sheet of the workbook on standard input, within the limits."""
    _limit()
    header, _, content = sys.stdin.buffer.read().partition(b"\n")
    print(json.dumps(_answer(content, **json.loads(header))))


def _limit() -> None:
    try:
        import resource
    except ImportError:  # no such limits on Windows
        return
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _answer(content: bytes, sheet: str | None, rows: int, columns: int) -> dict[str, Any]:
    from python_calamine import CalamineError, load_workbook

    empty: dict[str, Any] = {"name": None, "sheets": [], "first": 1, "rows": [], "cut": False}
    try:
        workbook = load_workbook(io.BytesIO(content))
        names = workbook.sheet_names[:MAX_SHEETS]
        for name in [sheet] if sheet in names else names:
            page = workbook.get_sheet_by_name(name)
            if page.start is not None:
                first = page.start[0] + 1
                cells, cut = _within(islice(page.iter_rows(), first - 1, None), rows, columns)
                return {"name": name, "sheets": names, "first": first, "rows": cells, "cut": cut}
    except (CalamineError, ValueError):
        return empty
    return {**empty, "name": names[0] if names else None, "sheets": names}


def _within(all_rows: Iterator[Sequence[Any]], rows: int, columns: int) -> tuple[list[list[str]], bool]:
    """The first rows as text, and whether there are more."""
    table: list[list[str]] = []
    left = MAX_CHARACTERS
    for row in all_rows:
        cells = [_text(cell) for cell in row[:columns]]
        left -= sum(map(len, cells))
        if len(table) == rows or left < 0:
            return table, True
        table.append(cells)
    return table, False


def _text(cell: Any) -> str:
    """A cell as a spreadsheet writes it into a CSV file."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return str(cell)


if __name__ == "__main__":
    _main()
