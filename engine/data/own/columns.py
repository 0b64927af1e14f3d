"""Which columns of a table count: those of two languages, or that of texts and that of their labels."""

from __future__ import annotations

from collections.abc import Mapping

from engine.data.own.kinds import LEAST_WITH_LABEL, MAX_LABEL, MAX_LABELS, Kind
from engine.data.tables import table as tables
from engine.data.tables.cells import SAMPLE
from engine.data.tables.table import LABEL_NAMES, TEXT_NAMES, Table
from engine.errors import Refused

MAX_ROWS = 200_000
"""Of one file."""
# fmt: off
SOURCE_NAMES = frozenset((
    "source", "src", "en", "eng", "english", "question", "first line", "上联", "源语言", "原文", "英文", "英语",
))
TARGET_NAMES = frozenset((
    "target", "tgt", "trg", "translation", "fr", "fra", "french", "français", "zh", "cmn", "chinese", "de", "deu",
    "german", "deutsch", "es", "spa", "spanish", "answer", "reply", "second line", "下联", "译文", "目标语言", "中文",
    "汉语", "法文", "法语",
))
# fmt: on
KNOWN: Mapping[Kind, frozenset[str]] = {"pairs": SOURCE_NAMES | TARGET_NAMES, "texts": TEXT_NAMES | LABEL_NAMES}
"""What the columns of such tables are usually called."""


def read(
    content: bytes, kind: Kind, *, names: bool | None = None, encoding: str | None = None, sheet: str | None = None
) -> Table:
    """A table of at most `MAX_ROWS` rows; see `tables.table.read`."""
    return tables.read(content, names=names, encoding=encoding, sheet=sheet, known=KNOWN[kind], most=MAX_ROWS)


def guess(table: Table, kind: Kind) -> tuple[int, int | None]:
    """Source and target of pairs, or the texts and their labels (None without). Raises `Refused` where none fit."""
    return _sides(table) if kind == "pairs" else _texts(table)


def _sides(table: Table) -> tuple[int, int]:
    """Those of the usual names, else the two that hold most letters, as they stand."""
    if table.width < 2:
        raise Refused(
            "The rows of this file have one column, and pairs need two: a source and a target, with a tab between them."
        )
    names = [name.strip().casefold() for name in table.names or ()]
    sources, targets = (
        [place for place, name in enumerate(names) if name in side] for side in (SOURCE_NAMES, TARGET_NAMES)
    )
    if sources and targets:
        return sources[0], targets[0]
    sample = table.rows[:SAMPLE]
    letters = [sum(sum(map(str.isalpha, row[place][:1000])) for row in sample) for place in range(table.width)]
    first, second = sorted(sorted(range(table.width), key=lambda place: -letters[place])[:2])
    return first, second


def _texts(table: Table) -> tuple[int, int | None]:
    text, label = tables.guess(table, ())
    if label is not None:
        return text, label
    others = (place for place in range(table.width) if place != text)
    return text, next((place for place in others if _are_labels(table, place)), None)


def _are_labels(table: Table, place: int) -> bool:
    """Whether few short values fill the first rows of a column."""
    values = [row[place].strip() for row in table.rows[:SAMPLE]]
    few = 1 < len(set(values)) <= min(MAX_LABELS, max(2, len(values) // LEAST_WITH_LABEL))
    return few and max(map(len, values)) <= MAX_LABEL // 2
