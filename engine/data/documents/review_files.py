"""Labelled texts as files hold them: tables with named columns, and IMDB's archive of one file a review."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import regex

from engine.data import tsv
from engine.data.files import read_tar
from engine.data.splits import Key, hashed
from engine.errors import Refused
from engine.text.document import check_document
from engine.text.given import mended

_IMDB_FILE = re.compile(r"aclImdb/(?:train|test)/(?:neg|pos)/\d+_\d+\.txt")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}--[\t\n]]", flags=regex.V1)


@dataclass(frozen=True)
class Review:
    """One labelled text; `label` is its place among the labels of its corpus."""

    id: str
    text: str
    label: int


def keys(text: str) -> Key:
    """Hashes of a text, without and with regard to case and punctuation; spaces never count."""
    exact = blake2b("".join(text.split()).encode("utf-8", "replace"), digest_size=8).digest()
    return hashed(text), int.from_bytes(exact, "little")


def cleaned(text: str) -> str:
    """The text without control characters.

    Those of 0x80 to 0x9F are read as `mended` reads them, and those that mean nothing there as spaces.
    """
    return _CONTROL.sub(_sign, text).strip()


def _sign(sign: regex.Match[str]) -> str:
    meant = mended(sign.group())
    return " " if meant in (sign.group(), "\ufffd", "") else meant


def usable(reviews: Iterable[Review]) -> list[Review]:
    """Those with a text that can be read as a document, which is what goes on from here."""
    return [review for review in (replace(raw, text=cleaned(raw.text)) for raw in reviews) if _readable(review.text)]


def _readable(text: str) -> bool:
    try:
        check_document(text)
    except Refused:
        return False
    return True


def table(data: bytes, name: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The cells of these columns, row by row, by the names in the first line; rows of another width are left out.

    A name that ends in `.tsv` tells of tabs without quotation marks, any other of CSV. Raises `Refused` if the bytes
    are no text, no such table, or lack a column.
    """
    if not data:
        raise Refused("The file is empty; choose one with text in it.")
    text, _ = tsv.decode(data, name)
    rows = _tabbed(text) if name.removesuffix(".xz").endswith(".tsv") else _quoted(text, name)
    names = [cell.strip().lower() for cell in next(rows, [])]
    if not set(columns) <= set(names):
        raise Refused(
            "{name} has no columns {wanted} in its first line; is it the right file?",
            name=name,
            wanted=" and ".join(columns),
        )
    places = [names.index(column) for column in columns]
    return [tuple(cells[place] for place in places) for cells in rows if len(cells) == len(names)]


def _tabbed(text: str) -> Iterator[list[str]]:
    return (line.removesuffix("\r").split("\t") for line in text.split("\n"))


def _quoted(text: str, name: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise Refused("{name} is no CSV that can be read: {reason}", name=name, reason=error) from error


def numbered(rows: Iterable[tuple[str, ...]], split: str) -> list[Review]:
    """Reviews from rows of name, label (0 or 1) and text; names are unique within a split."""
    return [Review(f"{split}/{name}", text, int(label)) for name, label, text in rows if label in ("0", "1")]


def hashed_rows(rows: Iterable[tuple[str, ...]]) -> list[Review]:
    """Reviews from rows of label (0 or 1) and text, called by their text's hash; each text comes once."""
    by_hash: dict[str, Review] = {}
    for label, text in rows:
        name = f"{keys(text)[1]:016x}"
        if label in ("0", "1"):
            by_hash.setdefault(name, Review(name, text, int(label)))
    return list(by_hash.values())


def imdb(path: Path) -> dict[str, list[Review]]:
    """The labelled reviews of `aclImdb_v1.tar.gz`, by "train" and "test"."""
    parts: dict[str, list[Review]] = {"train": [], "test": []}
    for name, data in read_tar(path, _IMDB_FILE):
        _, split, kind, number = name.removesuffix(".txt").split("/")
        text = data.decode("utf-8", "replace")
        parts[split].append(Review(f"{split}/{kind}_{number.partition('_')[0]}", text, int(kind == "pos")))
    return parts
