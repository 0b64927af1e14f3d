"""Texts in which people marked the words that speak for the label.

ERASER Movies (DeYoung et al. 2020, rationales of Zaidan & Eisner 2008) is found under `ALIGNSCOPE_DATA` or fetched.
Yelp-HAT (Sen et al. 2020) is published as several tables of HTML, and its texts are Yelp's: it is read from
`ALIGNSCOPE_DATA` alone.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.data.download import fetched
from engine.data.files import read_tar, read_text_file
from engine.data.lacking import lacking
from engine.errors import Refused


@dataclass(frozen=True)
class Rationale:
    """A text as annotators saw it and what each of them marked: numbers of `words`, from 0. Label 1 is positive."""

    id: str
    words: tuple[str, ...]
    label: int
    annotators: tuple[frozenset[int], ...]


@dataclass(frozen=True)
class RationaleCorpus:
    """A corpus, and how it may be had; `parts` are its files, the first of which is what its bare name means."""

    name: str
    home: str
    url: str | None
    licence: str
    attribution: str
    parts: tuple[str, ...]
    whole: bool
    """Whether the bare name means all parts together."""


RATIONALES: Mapping[str, RationaleCorpus] = MappingProxyType(
    {
        corpus.name: corpus
        for corpus in (
            RationaleCorpus(
                name="eraser_movies",
                home="https://www.eraserbenchmark.com/",
                url="https://www.eraserbenchmark.com/zipped/movies.tar.gz",
                licence="none stated; ERASER asks that the papers be cited",
                attribution="ERASER (DeYoung et al. 2020): reviews of Pang & Lee 2004, marked for Zaidan & Eisner 2008",
                parts=("val", "train"),
                whole=False,
            ),
            RationaleCorpus(
                name="yelp_hat",
                home="https://github.com/cansusen/Human-Attention-for-Text-Classification",
                url=None,
                licence="reviews from the Yelp dataset, for academic, non-commercial use",
                attribution="Human Attention Maps for Text Classification (Sen et al. 2020)",
                parts=("50words", "100words", "mixed"),
                whole=True,
            ),
        )
    }
)
_WANTED = re.compile(r"movies/(?:docs/[^/]+|(?:train|val)\.jsonl)")
MIN_TEXTS = 100


def read(name: str) -> list[Rationale]:
    """The texts of `eraser_movies` (its validation part, as ERASER reports), of `yelp_hat`, or of one part of them.

    A part is named as `yelp_hat/50words`. Raises `Refused` for an unknown name and for what cannot be had or read.
    """
    known, _, wanted = name.partition("/")
    corpus = RATIONALES.get(known)
    if corpus is None or (wanted and wanted not in corpus.parts):
        raise Refused("{name} is no corpus; use one of {names}", name=name, names=", ".join(RATIONALES))
    parts = (wanted,) if wanted else corpus.parts if corpus.whole else corpus.parts[:1]
    folder = os.environ.get("ALIGNSCOPE_DATA")
    paths = [Path(folder or "") / corpus.name / f"{part}.jsonl.xz" for part in parts]
    if folder and all(path.exists() for path in paths):
        return [text for path in paths for text in _local(path)]
    copy = Path(folder or "") / (corpus.url or "").rpartition("/")[2]
    if folder and not (corpus.url and copy.exists()):
        raise lacking(corpus, folder, f"{corpus.name}/{next(path.name for path in paths if not path.exists())}")
    archive = copy if folder else fetched(corpus, check).path
    texts = eraser(archive)
    return [text for part in parts for text in texts.get(part, [])]


def check(path: Path, corpus: RationaleCorpus) -> None:
    """Raises `Refused` unless the archive at `path` holds the texts and rationales of `corpus`."""
    texts = eraser(path)
    if any(len(texts.get(part, [])) < MIN_TEXTS for part in corpus.parts):
        raise Refused("{name} is not the file that {home} gives out; fetch it again", name=path.name, home=corpus.home)


def _local(path: Path) -> Iterator[Rationale]:
    for row in _rows(read_text_file(path), path.name):
        try:
            yield _of_sentences(row) if "sentences" in row else _of_words(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unusable(path.name) from error


def _of_sentences(row: Mapping[str, Any]) -> Rationale:
    words = tuple(word for sentence in row["sentences"] for word in sentence.split())
    return _rationale(row["id"], words, row["label"], [_within(row["rationales"])])


def _of_words(row: Mapping[str, Any]) -> Rationale:
    words = tuple(map(str, row["words"]))
    return _rationale(
        row["id"], words, row["label"], [frozenset(annotation["highlighted"]) for annotation in row["annotations"]]
    )


def _within(spans: list[list[int]]) -> frozenset[int]:
    return frozenset(number for start, end in spans for number in range(start, end))


def _rationale(name: object, words: tuple[str, ...], label: int, annotators: list[frozenset[int]]) -> Rationale:
    if any(not 0 <= number < len(words) for marked in annotators for number in marked):
        raise ValueError(f"{name} marks a word that it does not have")
    return Rationale(str(name), words, int(label), tuple(annotators))


def eraser(path: Path) -> dict[str, list[Rationale]]:
    """The texts of ERASER's `movies.tar.gz` by part; each has one annotator, whose spans are joined."""
    files = dict(read_tar(path, _WANTED))
    by_part: dict[str, list[Rationale]] = {}
    for part in ("train", "val"):
        name = f"movies/{part}.jsonl"
        try:
            by_part[part] = [_published(row, files) for row in _rows(files.get(name, b""), path.name)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unusable(path.name) from error
    return by_part


def _published(row: Mapping[str, Any], files: Mapping[str, bytes]) -> Rationale:
    name = row["annotation_id"]
    words = tuple(files[f"movies/docs/{name}"].decode("utf-8").split())
    spans = [[evidence["start_token"], evidence["end_token"]] for group in row["evidences"] for evidence in group]
    return _rationale(name.removesuffix(".txt"), words, {"NEG": 0, "POS": 1}[row["classification"]], [_within(spans)])


def _rows(data: bytes, name: str) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in data.decode("utf-8").split("\n") if line.strip()]
    except ValueError as error:
        raise _unusable(name) from error
    if not all(isinstance(row, dict) for row in rows):
        raise _unusable(name)
    return rows


def _unusable(name: str) -> Refused:
    return Refused("{name} holds no texts with marked words as we know them; fetch it again", name=name)
