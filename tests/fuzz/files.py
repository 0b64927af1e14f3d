"""Files as people bring them, damaged by chance, and what reads them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.data import tsv
from engine.data.own import columns, rows
from engine.data.own.kinds import Kind
from engine.data.pairs import gold
from engine.data.tables import table as table_file
from engine.data.tables.decode import read_text
from engine.errors import Refused
from engine.training import config
from webapp.examples.reviews import REVIEWS
from webapp.shell import view_file
from webapp.shell.typed import passage
from webapp.views.many_texts import job

Damaged = tuple[str, bytes]
"""The kind of a file, and its bytes."""

_TABLE = "text,label\n" + "".join(f'"It was ""{k}"", and cosy.\nReally.",{k % 2}\nplain {k} 很好,0\n' for k in range(9))
_PAIRS = "".join(f"A man rides {k} horses.\tUn homme monte {k} chevaux.\tCC-BY\n" for k in range(9))
_GOLD = "".join(
    json.dumps({"id": k, "src": ["a", "man"], "tgt": ["un", "homme"], "sure": [[0, 0]], "possible": [[1, 1]]}) + "\n"
    for k in range(5)
)
_VIEW = json.dumps({"format": 1, "model": "a/b", "text": "A film.", "view": {"m": "a/b", "t": "很好", "x": "1.2"}})
_TRAIN = (Path(__file__).parents[2] / "pretrained/classification/imdb-han/train.toml").read_text(encoding="utf-8")
WHOLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "table": (_TABLE, ("utf-8", "utf-8-sig", "utf-16", "gb18030")),
    "text": (REVIEWS["zh"]["mixed"] + REVIEWS["en"]["mixed"], ("utf-8", "utf-16", "gb18030")),
    "view": (_VIEW, ("utf-8", "utf-8-sig")),
    "pairs": (_PAIRS, ("utf-8", "utf-16", "utf-8-sig")),
    "own pairs": (_PAIRS, ("utf-8", "utf-16", "gb18030", "utf-32")),
    "own texts": (_TABLE, ("utf-8", "utf-16", "gb18030", "utf-8-sig")),
    "gold links": (_GOLD, ("utf-8",)),
    "training config": (_TRAIN, ("utf-8",)),
}
PIECES = (
    *(
        b"",
        b'"',
        b",",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\t;",
        b"{",
        b"]",
        b"[[",
        b"\\ud800",
        b"\\u0000",
        b"\xe2\x80\xa8",
    ),
    *(b"1e999", b"-1", b"NaN", b"null", b"9" * 5_000, b"[" * 5_000, b'"' * 300, b"\x1b$B", b"=", b"PK\x03\x04"),
)


def damaged(count: int, seed: int = 0) -> Iterator[Damaged]:
    """Every kind in turn: cut, spliced, repeated, or nothing but noise."""
    dice = random.Random(seed)
    kinds = list(WHOLE)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        whole, encodings = WHOLE[kind]
        content = bytearray(whole.encode(dice.choice(encodings)))
        if dice.random() < 0.1:
            content = bytearray(dice.randbytes(dice.randrange(400)))
        for _ in range(dice.randrange(8)):
            place = dice.randrange(len(content) + 1)
            content[place : place + dice.randrange(4)] = dice.choice((*PIECES, dice.randbytes(3)))
        if dice.random() < 0.3:
            del content[dice.randrange(len(content) + 1) :]
        if dice.random() < 0.02:
            content *= 1 + 1_000_000 // (len(content) + 1)
        yield kind, bytes(content)


def _table(content: bytes, folder: Path) -> None:
    opened = job.opened("file.csv", content)
    found = opened.chosen()
    assert found.rows_ok + found.rows_bad == found.rows_in
    assert len(opened.table.rows) + opened.table.rows_bad == opened.table.rows_in
    assert len(found.notes) == min(found.rows_bad, table_file.MAX_NOTES)


def _pairs(content: bytes, folder: Path) -> None:
    found = tsv.parse(content, "pairs.tsv")
    assert len(found.pairs) + found.rows_bad == found.rows_in


def _own(kind: Kind) -> Callable[[bytes, Path], None]:
    def read(content: bytes, folder: Path) -> None:
        table = columns.read(content, kind)
        usable = rows.usable(table, kind, *columns.guess(table, kind))
        assert len(usable.rows) + sum(usable.left_out.values()) == usable.rows_in
        assert len(usable.notes) == min(usable.rows_in - len(usable.rows), table_file.MAX_NOTES)

    return read


def _gold(content: bytes, folder: Path) -> None:
    path = folder / "gold.jsonl"
    path.write_bytes(content)
    gold.load(path)


def _train(content: bytes, folder: Path) -> None:
    path = folder / "train.toml"
    path.write_bytes(content)
    config.read(path)


READERS: dict[str, Callable[[bytes, Path], object]] = {
    "table": _table,
    "text": lambda content, folder: passage(read_text(content).text).encode(),
    "view": lambda content, folder: view_file.opened(content),
    "pairs": _pairs,
    "own pairs": _own("pairs"),
    "own texts": _own("texts"),
    "gold links": _gold,
    "training config": _train,
}


def read(file: Damaged, folder: Path) -> bool:
    """Whether the file was read; False where it was refused, in a sentence that can be sent."""
    kind, content = file
    try:
        READERS[kind](content, folder)
    except Refused as reason:
        assert str(reason).encode()
        return False
    return True
