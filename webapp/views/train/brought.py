"""A file that a visitor brings to be learnt from: its table, the columns that count, and what can be used of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePath

from engine.data.own import columns
from engine.data.own.kinds import Kind
from engine.data.own.parts import Parts, parts
from engine.data.own.rows import Usable, usable
from engine.data.tables.table import Table
from engine.errors import Refused
from webapp.shell import uploads

CELL_BYTES = 60  # that a short text takes in memory beside its characters


@dataclass(eq=False)
class Chosen:
    """What two columns give, and how it is parted."""

    usable: Usable
    parts: Parts


@dataclass(eq=False)
class Brought:
    """A file that was read. `first` and `second` are the columns that count: source and target, or texts and labels
    (None without)."""

    name: str
    content: bytes
    kind: Kind
    table: Table
    first: int
    second: int | None
    _chosen: dict[tuple[int, int | None], Chosen] = field(default_factory=dict)

    def chosen(self) -> Chosen:
        """What the columns give that are chosen now; worked out once."""
        place = (self.first, self.second)
        if place not in self._chosen:
            rows = usable(self.table, self.kind, *place)
            self._chosen = {place: Chosen(rows, parts(rows))}
        return self._chosen[place]

    def columns(self, unnamed: str) -> list[str]:
        """What each is called, no two alike; `unnamed` names those without a name, by their {number}."""
        table = self.table
        names = [
            (table.names[k].strip() if table.names else "") or unnamed.format(number=k + 1) for k in range(table.width)
        ]
        counts = Counter(names)
        return [f"{name} ({k + 1})" if counts[name] > 1 else name for k, name in enumerate(names)]

    @property
    def title(self) -> str:
        """As its file is called."""
        return PurePath(self.name).stem


@dataclass(frozen=True)
class Unreadable:
    """A file that holds nothing to learn from; it takes the place of the one before."""

    name: str
    reason: Refused


def read(name: str, content: bytes, kind: Kind, **how: object) -> Brought | Unreadable:
    """A file as it is best understood; `how` is what a visitor put right, as `columns.read` takes it."""
    try:
        table = columns.read(content, kind, **how)  # type: ignore[arg-type]
        characters = sum(len(cell) for row in table.rows for cell in row)
        uploads.tables.enter(table, len(content) + characters + CELL_BYTES * len(table.rows) * table.width)
        return Brought(name, content, kind, table, *columns.guess(table, kind))
    except Refused as reason:
        return Unreadable(name, reason)
