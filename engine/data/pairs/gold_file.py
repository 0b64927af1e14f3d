"""A visitor's file of sentence pairs whose words somebody has linked: what fits is read, all else told.

a black cat <tab> un chat noir <tab> 0-0 1-2 2-1 2-2?
{"src": ["a", "cat"], "tgt": ["un", "chat"], "sure": [[0, 0], [1, 1]], "possible": []}
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.data.pairs.gold import GoldPair
from engine.data.tsv import MAX_CHARACTERS, decode
from engine.errors import Refused
from engine.text.given import check_words

MAX_BYTES = 4_000_000
MAX_PAIRS = 400
MAX_NOTES = 100
_LINK = re.compile(r"([0-9]{1,6})(-|\?|p)([0-9]{1,6})(\??)")

Pairs = set[tuple[int, int]]


class Note(NamedTuple):
    """Why a line was left out; lines count from 1."""

    line: int
    reason: Refused


@dataclass(frozen=True)
class GoldFile:
    """What a file gave. `rows_in == len(pairs) + rows_bad + beyond`; blank lines are no rows.

    The `id` of a pair is its line. `beyond` are pairs after the first `MAX_PAIRS`. `first` is 1 where the file counts
    words from 1, and its links were put right. With `doubtful` it never names word 0, yet may count from there.
    """

    pairs: tuple[GoldPair, ...]
    rows_in: int
    rows_bad: int
    beyond: int
    notes: tuple[Note, ...]
    first: int = 0
    doubtful: bool = False


def parse(content: bytes, name: str) -> GoldFile:
    """Raises `Refused` for what is no text or too large; a line that does not fit is skipped and told."""
    if len(content) > MAX_BYTES:
        raise Refused(
            "{name} has {size:,} bytes and {limit:,} are read at most; {pairs} pairs of sentences take far less.",
            name=name,
            size=len(content),
            limit=MAX_BYTES,
            pairs=MAX_PAIRS,
        )
    text, _ = decode(content, name)
    lines = [(k, line.rstrip("\r")) for k, line in enumerate(text.split("\n"), 1) if line.strip()]
    read = _object if lines and lines[0][1].lstrip().startswith("{") else _columns
    as_numbered: list[GoldPair] = []
    notes: list[Note] = []
    for number, line in lines:
        try:
            as_numbered.append(read(number, line))
        except Refused as reason:
            notes.append(Note(number, reason))
    first, doubtful = _counted_from(as_numbered)
    pairs = []
    for pair in as_numbered:
        moved = _moved(pair, first)
        outside = sorted(link for link in moved.possible if not _within(link, moved.size))
        if outside:
            notes.append(Note(pair.id, _outside(outside[0], moved, first)))
        else:
            pairs.append(moved)
    first_pairs = tuple(pairs[:MAX_PAIRS])
    ordered = tuple(sorted(notes, key=lambda note: note.line))[:MAX_NOTES]
    return GoldFile(first_pairs, len(lines), len(notes), len(pairs) - len(first_pairs), ordered, first, doubtful)


def _columns(number: int, line: str) -> GoldPair:
    cells = line.split("\t")
    if len(cells) != 3:
        raise Refused(
            "{count} column instead of 3: source, target and links, parted by tabs.",
            plural="{count} columns instead of 3: source, target and links, parted by tabs.",
            count=len(cells),
        )
    source, target = (_words(cell.split()) for cell in cells[:2])
    sure: Pairs = set()
    possible: Pairs = set()
    for word in cells[2].split():
        match = _LINK.fullmatch(word)
        if match is None:
            raise Refused(
                "“{word}” is no link; links look like 0-0 1-2?, source word then target word.", word=word[:40]
            )
        only_possible = match[2] != "-" or match[4]
        (possible if only_possible else sure).add((int(match[1]), int(match[3])))
    return GoldPair(number, source, target, frozenset(sure), frozenset(possible | sure))


def _object(number: int, line: str) -> GoldPair:
    try:
        fields: dict[str, Any] = json.loads(line)
        sides = [fields[side] for side in ("src", "tgt")]
        if not all(isinstance(side, list) and all(isinstance(word, str) for word in side) for side in sides):
            raise TypeError("words are wanted")
        sure, possible = (_links(fields[kind]) for kind in ("sure", "possible"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refused("No JSON object with the lists src, tgt, sure and possible.") from error
    source, target = (_words(side) for side in sides)
    return GoldPair(number, source, target, sure, possible | sure)


def _links(ends: Any) -> frozenset[tuple[int, int]]:
    links = [(i, j) for i, j in ends]
    if not all(type(end) is int and 0 <= end < 10**6 for link in links for end in link):
        raise TypeError("whole numbers are wanted")
    return frozenset(links)


def _words(words: Sequence[str]) -> tuple[str, ...]:
    if sum(map(len, words)) > MAX_CHARACTERS:
        raise Refused("One side has more than {limit:,} characters.", limit=MAX_CHARACTERS)
    if not words:
        raise Refused("One side is blank.")
    checked = check_words(words)
    if any(len(word.split()) != 1 for word in checked):
        raise Refused("A word has a space in it.")
    return tuple(checked)


def _counted_from(pairs: Sequence[GoldPair]) -> tuple[int, bool]:
    """The number of the first word; and whether it may as well be 1, where 0 is taken."""
    links = [link for pair in pairs for link in pair.possible]
    if not links or any(0 in link for link in links):
        return 0, False
    leaves = any(not _within(link, pair.size) for pair in pairs for link in pair.possible)
    fits = all(_within((i - 1, j - 1), pair.size) for pair in pairs for i, j in pair.possible)
    return (1, False) if leaves and fits else (0, True)


def _moved(pair: GoldPair, first: int) -> GoldPair:
    sure, possible = (frozenset((i - first, j - first) for i, j in links) for links in (pair.sure, pair.possible))
    return GoldPair(pair.id, pair.source, pair.target, sure, possible)


def _within(link: tuple[int, int], size: tuple[int, int]) -> bool:
    return 0 <= link[0] < size[0] and 0 <= link[1] < size[1]


def _outside(link: tuple[int, int], pair: GoldPair, first: int) -> Refused:
    return Refused(
        "It links {i}-{j}, but its words are {source} in the source and {target} in the target, counted from {first}.",
        i=link[0] + first,
        j=link[1] + first,
        source=pair.size[0],
        target=pair.size[1],
        first=first,
    )
