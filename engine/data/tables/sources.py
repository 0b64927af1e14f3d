"""The rows of a file, whatever its format: text parted by some separator, JSON lines, or a sheet of a workbook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Literal

from engine.data.tables import workbook
from engine.data.tables.cells import MAX_COLUMNS, SAMPLE, records, separator
from engine.data.tables.decode import check_size, read_text
from engine.errors import Refused
from engine.text.given import controls, strays

Format = Literal["separated", "json", "workbook"]
_NAMED = re.compile(r'"?sep=([^\w\s"]|\t)"?(?:\n|\Z)', re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class About:
    """How a file was read. `encoding` is None for a workbook, of which `sheets` are all and `sheet` the one.

    `separator` is None if each line is one text. `replaced` characters could not be read, and `doubtful` says that
    another encoding is nearly as likely. `strays` and `controls` are how many characters `engine.text.given.mended`
    will change and leave out. `cut` says that rows are missing at the end.
    """

    format: Format
    encoding: str | None = None
    replaced: int = 0
    doubtful: bool = False
    strays: int = 0
    controls: int = 0
    separator: str | None = None
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    cut: bool = False


@dataclass(frozen=True, eq=False)
class Source:
    """`rows` gives the cells of each row, when told how many columns there should be; a row that is none has no cell.

    `first` is the number of the first row. `names` says whether that row names the columns, where the format tells.
    """

    about: About
    rows: Callable[[int | None], Iterator[Sequence[str]]]
    first: int = 1
    names: bool | None = None


def source(content: bytes, names: Collection[str], encoding: str | None, sheet: str | None, rows: int) -> Source:
    """The rows of a file. Raises `Refused` for what is no text, no workbook, empty or too large.

    `names` are columns' usual names, by which a separator is known; of a workbook at most `rows` rows are read.
    """
    check_size(content)
    if workbook.is_workbook(content):
        page = workbook.read(content, sheet, rows, MAX_COLUMNS + 1)
        characters = "".join(cell for row in page.rows for cell in row)
        odd, left_out = strays(characters), controls(characters)
        about = About("workbook", strays=odd, controls=left_out, sheets=page.sheets, sheet=page.name, cut=page.cut)
        return Source(about, lambda width: iter(page.rows), page.first)
    decoded = read_text(content, encoding)
    text = decoded.text.replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    text = text.rstrip("\n")
    if not text.strip():
        raise Refused("The file is empty; choose one with text in it.")
    about = About("separated", decoded.encoding, decoded.replaced, decoded.doubtful, strays(text), controls(text))
    return _json(text, about) or _separated(text, names, about)


def _separated(text: str, names: Collection[str], about: About) -> Source:
    """A first line like `sep=;`, which Excel writes and obeys, is no row; it says what parts the columns."""
    named = _NAMED.match(text)
    if named and named.end() < len(text):
        text = text[named.end() :]
    mark = named[1] if named else separator(text, names)
    return Source(replace(about, separator=mark), lambda width: records(text, mark, width))


def _json(text: str, about: About) -> Source | None:
    """Objects, one a line, or one list of them; None for what is no such file. Their keys are the columns."""
    lines = text.split("\n")
    whole = _loaded(text) if text.startswith("[") else None
    if isinstance(whole, list) and whole and isinstance(whole[0], dict):
        values: Callable[[], Iterator[Any]] = whole.__iter__
    elif text.startswith("{") and isinstance(_loaded(lines[0]), dict):
        values = partial(map, _loaded, lines)
    else:
        return None
    sample = [value for value in islice(values(), SAMPLE) if isinstance(value, dict)]
    columns = list(dict.fromkeys(key for value in sample for key in value))

    def rows(width: int | None) -> Iterator[Sequence[str]]:
        yield [_written(name) for name in columns]
        for value in values():
            yield [_written(value.get(name)) for name in columns] if isinstance(value, dict) else []

    return Source(replace(about, format="json"), rows, first=0, names=True)


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _written(value: Any) -> str:
    """A value as a cell; half of a surrogate pair, which JSON can spell and no file can hold, is unreadable."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _SURROGATE.sub("\ufffd", written)
