"""From two columns of a table to rows that can be learnt from, and why each other row cannot."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from engine.data import tsv
from engine.data.documents.review_files import cleaned
from engine.data.own.kinds import LEAST_WITH_LABEL, MAX_LABEL, Kind, Row
from engine.data.tables import table as tables
from engine.data.tables.table import MAX_NOTES, Table
from engine.errors import N_, Refused
from engine.text import document
from engine.text.given import entered, visible
from engine.text.spoken import language_of

Reason = tables.Reason | Literal["long", "doubled", "rare"]
REASONS: Mapping[Reason, str] = {
    "columns": N_("another number of columns than the others"),
    "json": N_("no JSON object"),
    "nul": N_("a NUL character"),
    "empty": N_("nothing in a column that counts"),
    "long": N_("too long"),
    "doubled": N_("the same as a row above"),
    "rare": N_("a label that is too rare"),
}
_BREAKS = re.compile(r"[\t\r\n]+")


class LeftOut(NamedTuple):
    """Why a row cannot be learnt from, in a word and in a sentence."""

    reason: Reason
    note: Refused


@dataclass(frozen=True, eq=False)
class Usable:
    """What a table gives. `rows` are pairs, or texts with their labels before them (empty where there are none), and
    `numbers` theirs in the file. `rows_in == len(rows) + sum(left_out.values())`; `notes` say of the first `MAX_NOTES`
    that are left out why."""

    kind: Kind
    rows: tuple[Row, ...]
    numbers: tuple[int, ...]
    rows_in: int
    left_out: Mapping[Reason, int]
    notes: tuple[Refused, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Those of texts, in the order of their characters; none of pairs, or where no column holds labels."""
        return tuple(sorted({label for label, _ in self.rows} - {""})) if self.kind == "texts" else ()

    @property
    def languages(self) -> tuple[str | None, str | None]:
        """What both columns are in, twice the same for texts; None where nothing tells."""
        sides = [language_of(row[side] for row in self.rows) for side in ((0, 1) if self.kind == "pairs" else (1, 1))]
        return sides[0], sides[1]


def usable(table: Table, kind: Kind, first: int, second: int | None) -> Usable:
    """The rows of two columns that can be learnt from: source and target, or texts and labels (None without)."""
    sieve = _Sieve(table)
    for number, cells in zip(table.numbers, table.rows, strict=True):
        if kind == "pairs" and second is not None:
            row = _pair(number, cells[first], cells[second])
            sieve.put(number, row, row)
        else:
            text = _text(number, cells[first], None if second is None else cells[second])
            sieve.put(number, text, text[1])  # a text comes once, whatever its label
    if kind == "texts" and second is not None:
        sieve.leave_out_rare_labels()
    return sieve.usable(kind)


class _Sieve:
    """The rows of a table one after another, and what is left out of them."""

    def __init__(self, table: Table) -> None:
        self._rows_in = table.rows_in
        self._skipped: Mapping[tables.Reason, int] = table.skipped
        self._left_out: Counter[Reason] = Counter()
        self._notes = [*table.notes]
        self._rows: dict[int, Row] = {}
        self._first: dict[object, int] = {}

    def put(self, number: int, row: Row | LeftOut, key: object) -> None:
        """`key` is what makes a row the same as another one."""
        if isinstance(row, LeftOut):
            self._leave_out(row)
        elif (same := self._first.setdefault(key, number)) != number:
            note = Refused("row {row}: the same as row {first}, skipped", row=number, first=same)
            self._leave_out(LeftOut("doubled", note))
        else:
            self._rows[number] = row

    def leave_out_rare_labels(self) -> None:
        counts = Counter(label for label, _ in self._rows.values())
        rare = {number: label for number, (label, _) in self._rows.items() if counts[label] < LEAST_WITH_LABEL}
        for number, label in rare.items():
            del self._rows[number]
            note = Refused(
                "row {row}: its label {label} stands in {times} rows, and {least} are needed, skipped",
                row=number,
                label=label,
                times=counts[label],
                least=LEAST_WITH_LABEL,
            )
            self._leave_out(LeftOut("rare", note))

    def _leave_out(self, row: LeftOut) -> None:
        self._left_out[row.reason] += 1
        if self._left_out[row.reason] <= MAX_NOTES:  # the first of each reason; among them are the first of all
            self._notes.append(row.note)

    def usable(self, kind: Kind) -> Usable:
        notes = sorted(self._notes, key=lambda note: int(str(note.facts["row"])))[:MAX_NOTES]
        for reason, count in self._skipped.items():
            self._left_out[reason] += count
        left_out = {reason: self._left_out[reason] for reason in REASONS if self._left_out[reason]}
        return Usable(kind, tuple(self._rows.values()), tuple(self._rows), self._rows_in, left_out, tuple(notes))


def _pair(number: int, *sides: str) -> Row | LeftOut:
    """Each side in one line and in Unicode's composed form (NFC)."""
    for side in sides:
        if fault := _fault(number, side, tsv.MAX_CHARACTERS):
            return fault
    source, target = map(_line, sides)
    return source, target


def _line(side: str) -> str:
    if not side.isprintable():
        side = _BREAKS.sub(" ", entered(side))
    return unicodedata.normalize("NFC", side.strip())


def _text(number: int, text: str, label: str | None) -> Row | LeftOut:
    """The label and the text, which keeps its lines; no label where no column holds any."""
    if fault := _fault(number, text, document.MAX_CHARACTERS):
        return fault
    name = "" if label is None else " ".join(entered(label[: 2 * MAX_LABEL]).split())
    if label is not None and not visible(name):
        return LeftOut("empty", Refused("row {row}: no label, skipped", row=number))
    if len(name) > MAX_LABEL:
        long = Refused("row {row}: a label of over {limit} characters, skipped", row=number, limit=MAX_LABEL)
        return LeftOut("long", long)
    try:
        return name, document.check_document(cleaned(text))
    except Refused:
        return LeftOut("empty", Refused("row {row}: no text, skipped", row=number))


def _fault(number: int, cell: str, limit: int) -> LeftOut | None:
    """What is wrong with a text, looked at before it is normalised, which takes time with the square of its length."""
    if len(cell) > limit:
        note = Refused(
            "row {row}: {found} characters, at most {limit} are read, skipped", row=number, found=len(cell), limit=limit
        )
        return LeftOut("long", note)
    if not visible(cell):
        return LeftOut("empty", Refused("row {row}: no text, skipped", row=number))
    return None
