"""Sentence pairs read one after another from files that never fit into memory, from any place on.

A folder holds TSV files (a pair a line, also as .gz or .xz), pairs of plain files that are named by their languages
(`news.en` and `news.fr`, also as .gz or .xz) or Parquet files as the Hugging Face hub has those of WMT, with a column
`translation` of both languages. All are read line by line, or a thousand rows at a time.
"""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as parquet

from engine.data.tsv import MAX_CHARACTERS, Pair
from engine.errors import Refused

ROWS = 1000
OPEN: dict[str, Callable[..., TextIOWrapper]] = {".gz": gzip.open, ".xz": lzma.open}


class Place(NamedTuple):
    """Before row `row` of the file that pass `number` reads as its `file`-th, all from 0."""

    number: int = 0
    file: int = 0
    row: int = 0


class Streamed:
    """The files of some folders, or those whose names fit (`train-*.parquet`). Each pass reads them in another order,
    which the seed fixes; `sides` are the languages of source and target."""

    def __init__(self, names: tuple[str, ...], sides: tuple[str, str], seed: int) -> None:
        self._sides, self._seed = sides, seed
        self._files = [file for name in names for file in _files(Path(name), sides)]

    def pairs(self, place: Place) -> Iterator[tuple[Place, Pair]]:
        """Each pair from a place on, with the place after it, over and over; rows that lack a side, or have one of more
        than `MAX_CHARACTERS` characters, are left out. Raises Refused for files of which a whole pass gives no pair,
        and for one that cannot be read."""
        number, first, row = place
        while True:
            order = np.random.default_rng([self._seed, number]).permutation(len(self._files))
            some = (first, row) != (0, 0)
            for index in range(first, len(order)):
                for after, pair in self._of(self._files[order[index]], row):
                    some = True
                    yield Place(number, index, after), pair
                row = 0
            if not some:
                raise Refused("{files} hold no pair of sentences.", files=", ".join(f.name for f in self._files))
            number, first = number + 1, 0

    def sample(self, most: int) -> Iterator[Pair]:
        """At most so many pairs, of each file as many of its first."""
        each = max(1, most // len(self._files))
        for file in self._files:
            yield from (pair for _, pair in islice(self._of(file, 0), each))

    def _of(self, file: Path, row: int) -> Iterator[tuple[int, Pair]]:
        read = _parquet if file.suffix == ".parquet" else _tsv if _is_tsv(file) else _parallel
        try:
            for after, sides in enumerate(read(file, self._sides, row), row + 1):
                source, target = (side.strip() for side in sides)
                if source and target and max(len(source), len(target)) <= MAX_CHARACTERS:
                    yield after, Pair(source, target)
        except (OSError, EOFError, ValueError, KeyError, TypeError, lzma.LZMAError) as error:
            raise Refused("{file} cannot be read as sentence pairs: {error}", file=file.name, error=error) from error


def _files(path: Path, sides: tuple[str, str]) -> list[Path]:
    """Of parallel files that of the source stands for both."""
    files = sorted(path.iterdir() if path.is_dir() else path.parent.glob(path.name))
    files = [file for file in files if file.is_file()]
    wanted = [f for f in files if f.suffix == ".parquet" or _is_tsv(f) or f".{sides[0]}" in f.suffixes[-2:]]
    if not wanted:
        raise Refused(
            "{path} holds no pairs: .tsv files (.gz, .xz), .parquet files, or two with the endings .{source} and "
            ".{target} are wanted",
            path=path,
            source=sides[0],
            target=sides[1],
        )
    return wanted


def _is_tsv(file: Path) -> bool:
    return ".tsv" in file.suffixes[-2:]


def _opened(file: Path) -> TextIOWrapper:
    return OPEN.get(file.suffix, open)(file, "rt", encoding="utf-8", newline="\n")


def _tsv(file: Path, sides: tuple[str, str], row: int) -> Iterator[tuple[str, str]]:
    with _opened(file) as lines:
        for line in islice(lines, row, None):
            source, _, rest = line.partition("\t")
            yield source, rest.partition("\t")[0]


def _parallel(file: Path, sides: tuple[str, str], row: int) -> Iterator[tuple[str, str]]:
    stem, _, ending = file.name.rpartition(f".{sides[0]}")
    with ExitStack() as stack:
        both = [stack.enter_context(_opened(file.with_name(f"{stem}.{side}{ending}"))) for side in sides]
        yield from islice(zip(*both, strict=True), row, None)


def _parquet(file: Path, sides: tuple[str, str], row: int) -> Iterator[tuple[str, str]]:
    with parquet.ParquetFile(file) as table:
        group = 0
        while group < table.num_row_groups and row >= (rows := table.metadata.row_group(group).num_rows):
            group, row = group + 1, row - rows  # whole groups are passed over without being read
        groups = list(range(group, table.num_row_groups))
        for batch in table.iter_batches(ROWS, row_groups=groups, columns=["translation"]) if groups else ():
            both = batch.column("translation").to_pylist()
            for translation in both[row:]:
                yield translation[sides[0]] or "", translation[sides[1]] or ""
            row = max(0, row - len(both))
