"""The words of a text, and how much of each piece belongs to which of them.

A word is what `WORD` matches: letters with their marks, a French article with its apostrophe ("l'"), an English
contraction ("'t"), a run of digits, or one other sign with all its parts (an emoji). Chinese, which has no spaces, is
cut into words by jieba. For Japanese, Thai, Lao, Khmer and Burmese there is no segmenter here (`unparted` says so): of
a text in them each piece counts as a word, and at least a whole character.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import regex

from engine.traces import SPACE

Span = tuple[int, int]

UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_CUT_BY_PIECES = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"  # as the tokenizers that are stored were taught to cut
CONTRACTION = r"['’](?i:s|t|re|ve|d|ll|m)(?!\p{L})"
PARTS = (
    r"(?i:aujourd['’]hui)(?!\p{L})",
    r"(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\p{L})",
    rf"[{_CUT_BY_PIECES}]+",
    rf"[\p{{L}}\p{{M}}--[{_CUT_BY_PIECES}]]+",
    r"\p{N}+",
)
_FLAG = r"[\U0001F1E6-\U0001F1FF]{1,2}+"  # \X would count back over all flags before it
WORD = regex.compile("|".join((CONTRACTION, *PARTS, _FLAG, r"(?!\s)\X")), flags=regex.V1)
_HAN = regex.compile(r"\p{Han}{1,200}+")  # jieba's time grows faster than the run
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_NO_SEGMENTER = regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_RUN = regex.compile(rf"[{UNSPACED}]")
_SIGN = regex.compile(r"[^\p{L}\p{N}\s]")


def words(text: str) -> list[str]:
    """The words of a text; of scripts that nothing here can cut, unbroken runs."""
    return [text[start:end] for start, end in _spans(text)]


def unparted(text: str) -> bool:
    """Whether a text is written without spaces in a script for which there is no segmenter here."""
    return _NO_SEGMENTER.search(text) is not None


class Belonging(NamedTuple):
    """Which words the positions of an axis belong to, as `engine.traces.Axis` has it."""

    groups: tuple[int, ...]
    names: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]


def belonging(text: str, labels: Sequence[str], spans: Sequence[Span | None]) -> Belonging:
    """The words of `text`, and how much of each position they have, in proportion to its characters.

    A span says which characters a position reads, in order; None stands for a mark, which is a word of its own under
    its label. A position that reads nothing but spaces goes with the word after it.
    """
    borders = _Borders.of(text, [span for span in spans if span is not None])
    keys: list[list[tuple[tuple[int, int], float]]] = []
    for i, span in enumerate(spans):
        keys.append([((-1, i), 1.0)] if span is None else borders.covered(span))
    _lend(keys)
    numbers: dict[tuple[int, int], int] = {}
    for row in keys:
        for key, _ in row:
            numbers.setdefault(key, len(numbers))
    names = tuple(labels[i] if kind == -1 else text[slice(*borders.words[i])] for kind, i in numbers)
    shares = tuple(tuple(share for _, share in row) for row in keys)
    groups = tuple(numbers[row[0][0]] for row in keys)
    return Belonging(groups, names, () if all(row == (1.0,) for row in shares) else shares)


def _lend(keys: list[list[tuple[tuple[int, int], float]]]) -> None:
    """Positions that read nothing get the word after them, else the one before, else one of their own."""
    following: tuple[int, int] | None = None
    for i in reversed(range(len(keys))):
        if not keys[i] and following is not None:
            keys[i] = [(following, 1.0)]
        following = keys[i][0][0] if keys[i] and keys[i][0][0][0] == 0 else None
    for i, row in enumerate(keys):
        if not row:
            before = keys[i - 1][-1][0] if i and keys[i - 1] else None
            keys[i] = [(before if before is not None and before[0] == 0 else (-1, i), 1.0)]


class _Borders(NamedTuple):
    """The words of a text as they are counted over given pieces."""

    words: list[Span]
    starts: list[int]

    @classmethod
    def of(cls, text: str, pieces: Sequence[Span]) -> _Borders:
        cut = list(_merged(text, _cut_by(text, _spans(text), pieces), pieces))
        return cls(cut, [start for start, _ in cut])

    def covered(self, span: Span) -> list[tuple[tuple[int, int], float]]:
        """The words that a piece reads of, numbered, each with its share of the piece's characters."""
        start, end = span
        place = max(bisect_right(self.starts, start) - 1, 0)
        parts: list[tuple[int, int]] = []
        while place < len(self.words) and self.words[place][0] < end:
            common = min(end, self.words[place][1]) - max(start, self.words[place][0])
            if common > 0:
                parts.append((place, common))
            place += 1
        total = sum(common for _, common in parts)
        return [((0, word), common / total) for word, common in parts]


def _spans(text: str) -> Iterator[Span]:
    """Chinese is cut by jieba; with kana beside it, its characters are taken to be Japanese and left together."""
    chinese = _HAN.search(text) is not None and _KANA.search(text) is None
    if chinese:
        import rjieba  # not everywhere installed where translators are trained, which asks for no words
    for match in WORD.finditer(text):
        start, end = match.span()
        if not chinese or not _RUN.match(text, start):
            yield start, end
            continue
        reached = start
        for run in _HAN.finditer(text, start, end):
            if run.start() > reached:
                yield reached, run.start()
            yield from ((run.start() + a, run.start() + b) for _, a, b in rjieba.tokenize(run.group()))
            reached = run.end()
        if reached < end:
            yield reached, end


def _cut_by(text: str, spans: Iterator[Span], pieces: Sequence[Span]) -> Iterator[Span]:
    """Runs of a script that no segmenter knows are cut where pieces begin."""
    if not unparted(text):
        yield from spans
        return
    begins = sorted({start + len(text[start:end]) - len(text[start:end].lstrip()) for start, end in pieces})
    for start, end in spans:
        run = _NO_SEGMENTER.search(text, start, end) or (_KANA.search(text) and _RUN.match(text, start))
        inner = begins[bisect_right(begins, start) : bisect_right(begins, end - 1)] if run else []
        yield from pairwise([start, *inner, end])


def _merged(text: str, spans: Iterator[Span], pieces: Sequence[Span]) -> Iterator[Span]:
    """Signs that one piece reads together ("...") are one word."""
    ends = {start: end for start, end in sorted(pieces)}
    starts = sorted(ends)
    held: Span | None = None
    for span in spans:
        if held is not None and held[1] == span[0] and _together(text, held, span, starts, ends):
            held = held[0], span[1]
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _together(text: str, this: Span, other: Span, starts: Sequence[int], ends: dict[int, int]) -> bool:
    if not (_SIGN.match(text, this[1] - 1) and _SIGN.match(text, other[0])):
        return False
    place = bisect_right(starts, this[1] - 1) - 1
    return place >= 0 and ends[starts[place]] > other[0]


def reading(label: str) -> str:
    """What a position shows: without the space that it begins with, and the mark of a space where it is one."""
    return label.strip() or SPACE
