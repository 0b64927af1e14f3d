"""Parallel text: one pair a line, the two sides parted by a tab.

Lines end at LF (or CR LF) and nowhere else: U+2028, U+0085, VT and FF belong to a sentence, and quotation marks mean
nothing, so that no row swallows the next and both sides stay aligned. A third column (the attribution of newer
ManyThings files) is allowed and not kept. There is no header, unless its names are asked for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from engine.data.files import BOMS, read_text_file
from engine.errors import Refused

MAX_CHARACTERS = 5_000
"""The longest side of a pair that is read, in characters; normalising takes quadratic time in the worst case."""
MAX_NOTES = 100

_SEVEN_BIT = re.compile(rb"\x1b[$(]|~\{[^~\n]*~\}")


class Pair(NamedTuple):
    """One sentence in two languages, as published but in Unicode's composed form (NFC)."""

    source: str
    target: str

    def turned(self) -> Pair:
        """The same with its sides changed over."""
        return Pair(self.target, self.source)


@dataclass(frozen=True)
class PairTable:
    """What a file gave: its pairs, and what was skipped and why. `rows_in == len(pairs) + rows_bad`."""

    pairs: list[Pair]
    rows_in: int
    rows_bad: int
    notes: tuple[Refused, ...]
    """One sentence for each of the first `MAX_NOTES` rows skipped; rows are numbered from 1."""
    encoding: str


class Rows(NamedTuple):
    """The cells of each row that can be read, and what was skipped and why, as of `PairTable`."""

    rows: list[tuple[str, ...]]
    rows_in: int
    rows_bad: int
    notes: tuple[Refused, ...]
    encoding: str


def read(path: Path, header: tuple[str, str] | None = None) -> PairTable:
    """The pairs in a `.tsv`, `.txt` or `.xz` file; see `parse`."""
    return parse(read_text_file(path), path.name, header)


def parse(data: bytes, name: str, header: tuple[str, str] | None = None) -> PairTable:
    """The pairs in `data`, which errors call `name`.

    With `header`, the first line names the columns and those two are read. Raises `Refused` if the bytes are no text
    or a named column is missing; a row that does not fit is skipped and told, never an error.
    """
    table = rows(data, name, header)
    return PairTable([Pair(*cells) for cells in table.rows], table.rows_in, table.rows_bad, table.notes, table.encoding)


def rows(data: bytes, name: str, header: tuple[str, ...] | None = None) -> Rows:
    """The cells of the columns that `header` names, in its order; without it the first two. See `parse`."""
    text, encoding = decode(data, name)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    first = 1
    columns: tuple[int, ...] = (0, 1)
    widths = range(2, 4)
    if header is not None:
        names = lines.pop(0).removesuffix("\r").split("\t") if lines else []
        if not set(header) <= set(names):
            raise Refused(
                "{name} has no columns {wanted} in its first line; is it the right file?",
                name=name,
                wanted=" and ".join(header),
            )
        first = 2
        columns = tuple(names.index(column) for column in header)
        widths = range(len(names), len(names) + 1)
    kept: list[tuple[str, ...]] = []
    notes: list[Refused] = []
    for row, line in enumerate(lines, first):
        cells = line.removesuffix("\r").split("\t")
        fault = _fault(row, cells, columns, widths, header)
        if fault is None:
            kept.append(tuple([_composed(cells[column]) for column in columns]))
        elif len(notes) < MAX_NOTES:
            notes.append(fault)
    return Rows(kept, len(lines), len(lines) - len(kept), tuple(notes), encoding)


def _composed(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.strip())


def _fault(
    row: int, cells: list[str], columns: tuple[int, ...], widths: range, header: tuple[str, ...] | None
) -> Refused | None:
    """Why this row cannot be used, or None if it can; `header` names its `columns` where they have names."""
    if len(cells) not in widths:
        if len(cells) == 1:
            return Refused("row {row}: 1 column instead of {wanted}, skipped", row=row, wanted=widths[0])
        return Refused(
            "row {row}: {found} columns instead of {wanted}, skipped", row=row, found=len(cells), wanted=widths[0]
        )
    for place, column in enumerate(columns):
        cell = cells[column]
        if len(cell) > MAX_CHARACTERS:
            return Refused(
                "row {row}: {found} characters on one side, at most {limit} are read, skipped",
                row=row,
                found=len(cell),
                limit=MAX_CHARACTERS,
            )
        if "\0" in cell:
            return Refused("row {row}: a NUL character, skipped", row=row)
        if not (cell[:1].isalnum() or any(character.isprintable() and not character.isspace() for character in cell)):
            if header is not None:
                return Refused("row {row}: nothing stands under {column}, skipped", row=row, column=header[place])
            return Refused("row {row}: one side is blank, skipped", row=row)
    return None


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text in `data` and the name of its encoding: UTF-8, or UTF-16/UTF-32 with or without a byte-order mark.

    Any other encoding could only be guessed, and a wrong guess gives wrong words without an error, so it is refused.
    """
    if not data:
        raise Refused("{name} is empty; one pair a line is wanted, its two sides parted by a tab", name=name)
    for mark, encoding in BOMS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            if text is None:
                raise Refused(
                    "{name} begins as {encoding} but is no text; save it as UTF-8", name=name, encoding=encoding
                )
            return text, encoding
    text = _strict(data, "utf-8")
    if b"\0" in data and not (text and any("\t" in line and "\0" not in line for line in text.split("\n"))):
        # As UTF-8, no row could be used: without a mark, every tab of UTF-16 and UTF-32 has a NUL beside it.
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
            wide = _strict(data, encoding)
            if wide is not None and "\t" in wide and "\0" not in wide:
                return wide, encoding
    if text is None:
        raise Refused("{name} is not UTF-8 text; save it as UTF-8 and try again", name=name)
    if text.isascii() and _SEVEN_BIT.search(data):
        raise Refused("{name} is in a seven-bit encoding (ISO-2022 or HZ); save it as UTF-8 and try again", name=name)
    return text, "utf-8"


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
