"""A table of texts as people have it: CSV or TSV of any encoding, JSON lines or a workbook, with names or without.

Rows are parted at line ends (LF, CR LF, or CR where there is no LF) and nowhere else: U+2028 and its like belong to a
text. Words such as "NA" and "null" stay words. What cannot be used is skipped and told, so that `rows_in` is always
the sum of those that can and those that cannot.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, NamedTuple

from engine.data.tables.cells import MAX_COLUMNS, SAMPLE
from engine.data.tables.labels import matched
from engine.data.tables.sources import About, Source, source
from engine.errors import Refused
from engine.text.document import MAX_CHARACTERS

MAX_ROWS = 20_000
MAX_NOTES = 100
# fmt: off
TEXT_NAMES = frozenset((
    "text", "texts", "review", "reviews", "content", "contents", "comment", "comments", "sentence", "sentences",
    "document", "body", "message", "tweet", "reviewtext", "review_text", "review_body",
    "评论", "评价", "评语", "内容", "文本", "正文", "句子", "留言", "評論", "評價", "內容", "文字",
))
LABEL_NAMES = frozenset((
    "label", "labels", "sentiment", "class", "category", "polarity", "target", "rating", "stars", "score", "overall",
    "gold", "标签", "类别", "分类", "情感", "情感倾向", "极性", "评分", "星级", "標籤", "類別", "情感傾向", "評分",
))
# fmt: on
Reason = Literal["columns", "json", "nul", "empty"]
"""Why a row is none: other columns than the others have, no JSON object, a NUL character, or nothing in it."""


class Fault(NamedTuple):
    """Why a row cannot be used, in a word and in a sentence."""

    reason: Reason
    note: Refused


@dataclass(frozen=True, eq=False)
class Table:
    """All rows of a file that have as many columns as it should have.

    `names` are those of its first line, None if it holds a text already; `numbers` are the rows' own, from 1, the line
    of names included, as a spreadsheet counts; `notes` say of the first `MAX_NOTES` rows skipped why, and `skipped` for
    each reason how many there are. Where the file goes on after as many rows as are read at most, they alone are
    counted, and `about` says that it is cut.
    """

    names: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    rows_in: int
    notes: tuple[Refused, ...]
    skipped: Mapping[Reason, int]
    about: About

    @property
    def width(self) -> int:
        return len(self.rows[0])

    @property
    def rows_bad(self) -> int:
        return self.rows_in - len(self.rows)


@dataclass(frozen=True, eq=False)
class Texts:
    """The texts of one column with their labels as written; `rows` are places in `Table.rows`."""

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    rows: tuple[int, ...]
    rows_in: int
    notes: tuple[Refused, ...]

    @property
    def rows_ok(self) -> int:
        return len(self.texts)

    @property
    def rows_bad(self) -> int:
        return self.rows_in - len(self.texts)


def read(
    content: bytes,
    *,
    names: bool | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    known: Collection[str] = TEXT_NAMES | LABEL_NAMES,
    most: int = MAX_ROWS,
) -> Table:
    """The table in a file: separated text, JSON lines, or a workbook's `sheet` (the first that is not empty if None).

    `names` says whether its first line names the columns; guessed if None, by `known` names among others. `encoding` is
    one of `decode.ENCODINGS`. At most `most` rows are read.
    Raises `Refused` for what is no text, empty, or names without rows.
    """
    rows = source(content, known, encoding, sheet, most + 1)
    sample = list(islice(rows.rows(None), SAMPLE))
    width = len(sample[0]) if _names_in(sample[0], known) else Counter(map(len, sample)).most_common(1)[0][0]
    if width > MAX_COLUMNS:
        raise Refused(
            "The file has more than {limit} columns; leave the column of texts and that of labels.", limit=MAX_COLUMNS
        )
    if rows.names is not None:
        names, width = rows.names, len(sample[0])
    if names is None:
        names = len(sample[0]) == width and _is_header(sample, known)
    return _table(rows, width, names, most)


def _table(source: Source, width: int, names: bool, most: int) -> Table:
    first: tuple[str, ...] | None = None
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    notes: list[Refused] = []
    skipped: Counter[Reason] = Counter()
    rows_in, cut = 0, source.about.cut
    for number, row in enumerate(source.rows(width), source.first):
        cells = list(row)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if names and number == source.first:
            first = tuple((cells + [""] * width)[:width])
            continue
        if rows_in == most:
            cut = True
            break
        rows_in += 1
        if (fault := _fault(number, cells, width)) is None:
            rows.append(tuple(cells))
            numbers.append(number)
            continue
        skipped[fault.reason] += 1
        if len(notes) < MAX_NOTES:
            notes.append(fault.note)
    if not rows_in:
        raise Refused("The file has a line of names and no row under it; choose one with texts in it.")
    if not rows:
        raise _none_left(rows_in, notes[0])
    return Table(first, tuple(rows), tuple(numbers), rows_in, tuple(notes), skipped, replace(source.about, cut=cut))


def _fault(row: int, cells: Sequence[str], width: int) -> Fault | None:
    """Why this row cannot be used, or None if it can."""
    if not cells:
        return Fault("json", Refused("row {row}: no JSON object, skipped", row=row))
    if "\0" in "".join(cells):
        return Fault("nul", Refused("row {row}: a NUL character, skipped", row=row))
    if len(cells) == width:
        return None
    if not any(map(str.strip, cells)):
        return Fault("empty", Refused("row {row}: no text, skipped", row=row))
    if len(cells) == 1:
        return Fault("columns", Refused("row {row}: 1 column instead of {wanted}, skipped", row=row, wanted=width))
    return Fault(
        "columns",
        Refused("row {row}: {found} columns instead of {wanted}, skipped", row=row, found=len(cells), wanted=width),
    )


def _none_left(rows: int, reason: Refused) -> Refused:
    return Refused(
        "The only row cannot be used. The reason: {reason}.",
        plural="None of the {count} rows can be used. One of the reasons: {reason}.",
        count=rows,
        reason=reason,
    )


def guess(table: Table, labels: Sequence[str]) -> tuple[int, int | None]:
    """The column of the texts and that of their labels (None if there is none), by name, else by what they hold.

    A column of labels is one whose few values mean `labels`. Raises `Refused` if no column holds words.
    """
    sample = table.rows[:SAMPLE]
    names = [name.strip().casefold() for name in table.names or [""] * table.width]
    text = next((place for place, name in enumerate(names) if name in TEXT_NAMES), None)
    if text is None:
        lengths = [sum(_letters(row[place]) for row in sample) for place in range(table.width)]
        text = lengths.index(max(lengths))
        if lengths[text] < len(sample):
            raise Refused("No column of the file holds texts; choose one in which each row has a text to read.")
    others = [place for place in range(table.width) if place != text]
    named = next((place for place in others if names[place] in LABEL_NAMES), None)
    if named is not None:
        return text, named
    return text, next((place for place in others if _are_labels([row[place] for row in sample], labels)), None)


def texts(table: Table, text: int, label: int | None = None) -> Texts:
    """The texts of a column and the labels beside them; rows without a text, or with one too long, are skipped."""
    kept: list[int] = []
    notes: list[Refused] = []
    for place, row in enumerate(table.rows):
        cell = row[text]
        if len(cell) > MAX_CHARACTERS:
            fault = Refused(
                "row {row}: {found} characters, at most {limit} are read, skipped",
                row=table.numbers[place],
                found=len(cell),
                limit=MAX_CHARACTERS,
            )
        elif not any(character.isprintable() and not character.isspace() for character in cell):
            fault = Refused("row {row}: no text, skipped", row=table.numbers[place])
        else:
            kept.append(place)
            continue
        notes.append(fault)
    if not kept:
        if longest := next((note for note in notes if "limit" in note.facts), None):
            raise _none_left(table.rows_in, longest)
        raise Refused(
            "This column holds no text in its only row; choose another one.",
            plural="This column holds no text in any of {count} rows; choose another one.",
            count=table.rows_in,
        )
    all_notes = sorted([*table.notes, *notes], key=_row)[:MAX_NOTES]
    labels = None if label is None else tuple(table.rows[place][label].strip() for place in kept)
    return Texts(tuple(table.rows[place][text] for place in kept), labels, tuple(kept), table.rows_in, tuple(all_notes))


def _row(note: Refused) -> int:
    return int(str(note.facts["row"]))


def _letters(cell: str) -> int:
    return sum(map(str.isalpha, cell[:1000]))


def _are_labels(cells: Sequence[str], labels: Sequence[str]) -> bool:
    written = [cell for cell in cells if cell.strip()]
    meanings = matched(set(written), labels)
    return bool(written) and sum(cell in meanings for cell in written) >= 0.9 * len(written)


def _names_in(cells: Sequence[str], known: Collection[str]) -> bool:
    return any(cell.strip().casefold() in known for cell in cells)


def _is_header(sample: Sequence[Sequence[str]], known: Collection[str]) -> bool:
    """Whether the first row names the columns: it says known names, or is unlike all that stand below it."""
    first, rest = sample[0], [row for row in sample[1:] if len(row) == len(sample[0])]
    named = [cell.strip().casefold() for cell in first]
    if any(len(name) > 40 or _is_number(name) for name in named):
        return False
    if _names_in(first, known):
        return True
    if not rest or len(set(named)) < len(named):
        return False
    for place, name in enumerate(named):
        below = [row[place].strip() for row in rest]
        if name in map(str.casefold, below):
            return False
        if name and all(map(_is_number, below)):
            return True
    return False


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,15}([.,][0-9]{1,15})?", cell) is not None
