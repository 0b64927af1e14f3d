"""Where rows and cells of a table begin and end, for tables as people have them rather than as RFC 4180 wants them.

Rows end at LF. A quotation mark counts only around a whole cell, and one that is never closed means itself, so that no
row swallows those after it. Between tabs a cell in quotation marks may go over several lines, as Excel's "Unicode text"
writes it, but holds no tab.
Everything takes linear time: a search for the closing mark never goes past the next row that could start one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

SEPARATORS = ("\t", ",", ";", "|")
MAX_COLUMNS = 50
SAMPLE = 200
"""How many rows a guess looks at."""


def separator(text: str, names: Collection[str]) -> str | None:
    """What parts the columns: what a line of known `names` says, else what parts most rows into equally many.

    None if nothing does, and each line is one cell.
    """
    best: tuple[float, str | None] = (0.0, None)
    for mark in SEPARATORS:
        sample = list(islice(records(text, mark, None), SAMPLE))
        named = any(cell.strip().casefold() in names for cell in sample[0])
        width, rows = Counter(map(len, sample)).most_common(1)[0]
        share = rows / len(sample)
        if named and (len(sample[0]) > 1 or (mark == "," and width == 1 and share >= 0.9)):
            return mark
        # A comma or two in each line are more likely columns than chance only if most lines agree.
        if width > 1 and share > max(best[0], 0.5 if mark == "\t" else 0.75):
            best = (share, mark)
    return best[1]


def records(text: str, separator: str | None, width: int | None) -> Iterator[list[str]]:
    """The cells of one row after another, at most `MAX_COLUMNS` + 1 of each.

    With `width`, the columns there should be, a quoted cell over several lines is doubted (`_swallows`).
    """
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if separator is None:
            yield [_unquoted(line)]
        elif '"' not in line:
            yield line.split(separator, MAX_COLUMNS)
        else:
            quoted = _quoted(text, start, separator)
            if quoted is None or _swallows(text[start : quoted[1]], quoted[0], separator, width):
                cells = line.split(separator, MAX_COLUMNS)
                yield list(map(_unquoted, cells)) if separator == "\t" else cells
            else:
                cells, end = quoted
                yield cells
        start = end + 1


def _quoted(text: str, start: int, separator: str) -> tuple[list[str], int] | None:
    """The cells from `start` on and where their row ends; None if a quotation mark is not what it seems."""
    mark = re.escape(separator)
    quoted = re.compile(rf' *+"((?:[^"]++|"")*+)" *+(?=[{mark}\n]|\Z)')
    plain = re.compile(rf"[^{mark}\n]*+")
    cells: list[str] = []
    while len(cells) <= MAX_COLUMNS:
        if match := quoted.match(text, start):
            cells.append(match[1].replace('""', '"'))
        elif match := plain.match(text, start):
            if match[0].lstrip(" ").startswith('"'):
                return None
            cells.append(match[0])
        start = match.end() if match else start
        if start == len(text) or text[start] == "\n":
            return cells, start
        start += 1
    return None


def _swallows(row: str, cells: Sequence[str], separator: str, width: int | None) -> bool:
    """Whether a row over several lines is several rows, between a mark that was never closed and another one."""
    lines = row.split("\n")
    if separator == "\t" and len(lines) > 1 and any("\t" in cell for cell in cells):
        return True
    if width is None or width < 2 or len(lines) < 3:
        return False
    fitting = [line.count(separator) == width - 1 for line in lines]
    return all(fitting[1:-1]) if len(cells) != width else len(lines) >= 4 and all(fitting)


def _unquoted(cell: str) -> str:
    """A cell in quotation marks without them, others as they stand."""
    inside = cell[1:-1]
    if len(cell) >= 2 and cell[0] == cell[-1] == '"' and '"' not in inside.replace('""', ""):
        return inside.replace('""', '"')
    return cell
