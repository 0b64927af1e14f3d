"""Sentences whose word alignment people have drawn by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.data.files import read_text_file
from engine.errors import Refused


@dataclass(frozen=True)
class GoldPair:
    """A pair of tokenised sentences with its links `(source word, target word)`, counted from 0.

    `sure` is part of `possible`; `id` is the number of the pair in the set that it comes from.
    """

    id: int
    source: tuple[str, ...]
    target: tuple[str, ...]
    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]

    @property
    def size(self) -> tuple[int, int]:
        """How many words the source and the target have."""
        return len(self.source), len(self.target)

    def lowered(self) -> GoldPair:
        """The same pair in small letters; no word appears or goes away."""
        source, target = (tuple(word.lower() for word in side) for side in (self.source, self.target))
        return GoldPair(self.id, source, target, self.sure, self.possible)

    def turned(self) -> GoldPair:
        """The same pair with source and target changed over, for a model of the other direction."""
        sure, possible = (frozenset((j, i) for i, j in links) for links in (self.sure, self.possible))
        return GoldPair(self.id, self.target, self.source, sure, possible)


def for_languages(folder: Path | str, source: str, target: str) -> list[GoldPair] | None:
    """The gold set of two languages in a folder with files like `enfr.jsonl`, in this direction; None without one."""
    there, back = Path(folder) / f"{source}{target}.jsonl", Path(folder) / f"{target}{source}.jsonl"
    if there.is_file():
        return load(there)
    return [pair.turned() for pair in load(back)] if back.is_file() else None


def load(path: Path | str) -> list[GoldPair]:
    """Read JSON lines with `src`, `tgt`, `sure`, `possible` and, where present, `id`; `.xz` is unpacked on the way.

    Refuses a file that is not there, a line that is not such an object, and links to words that are not there.
    """
    path = Path(path)
    try:
        text = read_text_file(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("{name} is not text in UTF-8; save it in that encoding", name=path.name) from error
    return [_pair(line, number, path.name) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _pair(line: str, number: int, file: str) -> GoldPair:
    try:
        fields: dict[str, Any] = json.loads(line)
        source, target = (tuple(str(word) for word in fields[side]) for side in ("src", "tgt"))
        sure, possible = (frozenset((int(i), int(j)) for i, j in fields[kind]) for kind in ("sure", "possible"))
        identity = int(fields.get("id", number - 1))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise Refused(
            "Line {line} of {file} holds no gold alignment; each line is a JSON object with the lists "
            "src, tgt, sure and possible.",
            line=number,
            file=file,
        ) from error
    outside = [(i, j) for i, j in sorted(sure | possible) if not (0 <= i < len(source) and 0 <= j < len(target))]
    if outside:
        raise Refused(
            "Line {line} of {file} links {i}-{j}, but the words of its sentence are {source} in the source and "
            "{target} in the target, counted from 0; a set that counts from 1 needs 1 taken from every number.",
            line=number,
            file=file,
            i=outside[0][0],
            j=outside[0][1],
            source=len(source),
            target=len(target),
        )
    return GoldPair(identity, source, target, sure, possible | sure)
