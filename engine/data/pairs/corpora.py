"""Sentence pairs to learn from: by the name of a corpus, or from an own file or folder.

A name is looked for under the folder in `ALIGNSCOPE_DATA` where that is set, and is otherwise fetched once from its
publisher into a cache (`ALIGNSCOPE_CACHE`, or `~/.cache/alignscope`). A path begins with `/`, `./` or `../`,
and `own:NAME` is a corpus that somebody brought (`engine.data.own`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engine.data import splits, tsv, turns
from engine.data.download import Progress, check, fetch
from engine.data.files import read_text_file
from engine.data.lacking import lacking
from engine.data.own import stored
from engine.data.own.stored import OwnCorpus
from engine.data.registry import CORPORA, SPLITS, Corpus
from engine.data.splits import HeldOut, Split
from engine.data.tsv import Pair
from engine.errors import Refused

__all__ = ["CORPORA", "SPLITS", "Corpus", "Loaded", "Pair", "load", "read"]

SUFFIXES = (".tsv", ".txt", ".tsv.xz", ".txt.xz")


@dataclass(frozen=True)
class Loaded:
    """A corpus read in full: its three splits and what a model card says about where they come from."""

    name: str
    split: Split
    corpus: Corpus | None
    """None for an own file."""
    sha256: dict[str, str]
    """The hash of each file that was read, as it lies on disk, by its name."""
    notes: tuple[Refused, ...]
    """What was skipped while reading, one sentence a row, at most `tsv.MAX_NOTES` for each file."""
    rows_in: int
    rows_bad: int


def load(name_or_path: str, split: str) -> list[Pair]:
    """The pairs of one split ("train", "dev" or "test"), in the order of the files.

    Raises `Refused` for an unknown name or split, a file that cannot be used, or a split without a pair.
    """
    if split not in SPLITS:
        raise Refused("{split} is no split; use one of {splits}", split=split, splits=", ".join(SPLITS))
    pairs: list[Pair] = getattr(read(name_or_path, (split,)).split, split)
    if not pairs:
        raise Refused(
            "{name} has no pair for {split}; give more pairs, or a folder with train.tsv, dev.tsv and test.tsv",
            name=name_or_path,
            split=split,
        )
    return pairs


def read(name_or_path: str, wanted: tuple[str, ...] = SPLITS, progress: Progress | None = None) -> Loaded:
    """A corpus with its splits; see `load` for what is refused.

    Only the `wanted` splits are sure to be there: where each has a file of its own, no other file is read. `progress`
    is told how much is fetched, as by `download.fetch`.
    """
    if name_or_path.startswith(("/", "./", "../")):
        return _own(Path(name_or_path))
    if stored.is_own(name_or_path):
        return _stored(stored.find(name_or_path))
    if name_or_path not in CORPORA:
        raise Refused(
            "{name} is no corpus; use one of {names}, or a path that begins with /, ./ or ../",
            name=name_or_path,
            names=", ".join(CORPORA),
        )
    corpus = CORPORA[name_or_path]
    folder = os.environ.get("ALIGNSCOPE_DATA")
    if not folder:
        archive = fetch(corpus.name, progress)
        return _edition(corpus, archive.path)
    if any((Path(folder) / file).exists() for file in corpus.files.values()):
        return _local(corpus, Path(folder), wanted)
    if corpus.url is not None:
        copy = Path(folder) / corpus.url.rpartition("/")[2]
        if copy.exists():
            return _edition(corpus, copy)
    raise lacking(corpus, folder, corpus.files["train"])


def _edition(corpus: Corpus, archive: Path) -> Loaded:
    """Whatever edition the publisher gave out, parted by the hashes."""
    table = check(archive, corpus)
    rows = _Rows.of_table(table, archive.name, archive.read_bytes())
    split = splits.part(rows.pairs, HeldOut.load(corpus.slug))
    return rows.loaded(corpus.name, _directed(corpus, split), corpus)


def _dialogues(corpus: Corpus, folder: Path) -> Loaded:
    """One file for each split. All are read, for what training has is left out of the others."""
    tables = [_Rows.of(folder / corpus.files[split], corpus) for split in SPLITS]
    split = splits.part_dialogues(*(table.pairs for table in tables))
    return (tables[0] + tables[1] + tables[2]).loaded(corpus.name, split, corpus)


def _local(corpus: Corpus, folder: Path, wanted: tuple[str, ...]) -> Loaded:
    """One file for each split, from which nothing is taken that the hashes know to belong elsewhere."""
    if corpus.utterances:
        return _dialogues(corpus, folder)
    held_out = HeldOut.load(corpus.slug)
    rows = _Rows([], {}, (), 0, 0)
    split = Split([], [], [], [])
    for name in wanted:
        part = _Rows.of(folder / corpus.files[name], corpus)
        rows += part
        parted = splits.part(part.pairs, held_out)
        for other in SPLITS:
            getattr(split, name if other == name else "dropped").extend(getattr(parted, other))
        split.dropped.extend(parted.dropped)
    return rows.loaded(corpus.name, _directed(corpus, split), corpus)


def _directed(corpus: Corpus, split: Split) -> Split:
    if not corpus.swapped:
        return split
    parts = (split.train, split.dev, split.test, split.dropped)
    return Split(*([pair.turned() for pair in pairs] for pairs in parts))


def _own(path: Path) -> Loaded:
    """A file, parted by hash, or a folder with one file for each split."""
    if not path.is_dir():
        if not path.name.endswith(SUFFIXES):
            raise Refused(
                "{path} is no {suffixes} file; save the pairs as one", path=path, suffixes=", ".join(SUFFIXES)
            )
        rows = _Rows.of(path, None)
        return rows.loaded(str(path), splits.carve(rows.pairs), None)
    tables = [_Rows.of(_named(path, split), None) for split in SPLITS]
    train, dev, test = (table.pairs for table in tables)
    held_out = HeldOut(frozenset(splits.keys_of(dev)), frozenset(splits.keys_of(test)))
    parted = splits.part(train, held_out)
    rows = tables[0] + tables[1] + tables[2]
    return rows.loaded(str(path), Split(parted.train, dev, test, parted.dropped + parted.dev + parted.test), None)


def _stored(corpus: OwnCorpus) -> Loaded:
    """What somebody brought, parted by hash as any own file."""
    if corpus.kind != "pairs":
        raise Refused("{name} holds texts, and pairs are needed: choose a corpus of pairs.", name=corpus.called)
    pairs = [Pair(*row) for row in stored.rows(corpus)]
    files = {f"{corpus.name}.tsv": corpus.sha256}
    return Loaded(corpus.called, splits.carve(pairs), None, files, (), len(pairs), 0)


def _named(folder: Path, split: str) -> Path:
    for suffix in SUFFIXES:
        path = folder / (split + suffix)
        if path.is_file():
            return path
    raise Refused("{folder} has no {split}.tsv; train.tsv, dev.tsv and test.tsv are wanted", folder=folder, split=split)


@dataclass(frozen=True)
class _Rows:
    """What several files gave together."""

    pairs: list[Pair]
    sha256: dict[str, str]
    notes: tuple[Refused, ...]
    rows_in: int
    rows_bad: int

    @classmethod
    def of(cls, path: Path, corpus: Corpus | None) -> _Rows:
        """One file as the corpus has its files; of an own one where there is none."""
        content = read_text_file(path)
        if corpus is not None and corpus.utterances:
            table = turns.parse(content, path.name, corpus.utterances)
        else:
            table = tsv.parse(content, path.name, None if corpus is None else corpus.header)
        return cls.of_table(table, path.name, path.read_bytes())

    @classmethod
    def of_table(cls, table: tsv.PairTable, name: str, packed: bytes) -> _Rows:
        return cls(table.pairs, {name: sha256(packed).hexdigest()}, table.notes, table.rows_in, table.rows_bad)

    def __add__(self, other: _Rows) -> _Rows:
        return _Rows(
            self.pairs + other.pairs,
            self.sha256 | other.sha256,
            self.notes + other.notes,
            self.rows_in + other.rows_in,
            self.rows_bad + other.rows_bad,
        )

    def loaded(self, name: str, split: Split, corpus: Corpus | None) -> Loaded:
        return Loaded(name, split, corpus, self.sha256, self.notes, self.rows_in, self.rows_bad)
