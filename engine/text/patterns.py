"""How long a regular expression that others wrote may search, found out by taking it apart and never by trying it.

Tokenizers hand theirs to an engine that goes back and tries again (Oniguruma). `(a+)+$` then takes time with 2 to the
power of the text's length, and `a+b` with its square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex
from regex import _regex_core

syntax: Any = _regex_core

LONGEST = 4_000
MOST_CHOICES = 1_000
"""Ways in which one place of a text may be tried; those in use come to a few dozen."""
_SINGLE = ("Any", "AnyAll", "AnyU", "Character", "Property", "Range", "SetDiff", "SetInter", "SetSymDiff", "SetUnion")
_PLACES = ("Boundary", "EndOfLine", "EndOfString", "EndOfStringLine", "StartOfLine", "StartOfString", "StartOfWord")
_REPEATS = ("GreedyRepeat", "LazyRepeat", "PossessiveRepeat")
MOST_TIMES = 64
"""Characters that one counted repeat may stand for."""
_COUNTED_TWICE = regex.compile(r"(?<!\\[pPxuo])\{[\d,]+\}[+*{]")
"""What is possessive elsewhere is a repeated repeat to Oniguruma."""


class NotPlain(ValueError):
    """The expression repeats what can itself be read in several ways, or holds what is not known here."""


@dataclass(frozen=True)
class Steps:
    """What a search over n characters takes: at most `single` times n steps, and `square` times n². It finds texts of
    `shortest` characters or more."""

    single: int
    square: int
    shortest: int


@dataclass(frozen=True)
class _Part:
    """One part of an alternative: in how many ways it can be read, whether by nothing at all, what it repeats without
    an end (None where it does not), how many characters it looks at otherwise, and how many it reads at least."""

    ways: int = 1
    empty: bool = False
    endless: Any | None = None
    width: int = 1
    least: int = 1


def steps(pattern: str) -> Steps:
    """The cost of searching with a pattern. Raises `NotPlain` where no such cost can be told."""
    if len(pattern) > LONGEST or _COUNTED_TWICE.search(pattern):
        raise NotPlain(pattern)
    try:
        source = syntax.Source(pattern)
        information = syntax.Info(regex.V1, source.char_type, {})
        whole = syntax._parse_pattern(source, information)
    except Exception as error:  # the parser has errors of its own, and RecursionError
        raise NotPlain(pattern) from error
    if not source.at_end():
        raise NotPlain(pattern)
    alternatives = [_parts(branch) for branch in _branches(whole)]
    single = square = 0
    for number, parts in enumerate(alternatives):
        ways, over = _cost(parts)
        if over is None or any(_takes_all(later, over) for later in alternatives[number + 1 :]):
            single += ways
        else:
            square += ways
    if single + square > MOST_CHOICES:
        raise NotPlain(pattern)
    return Steps(single, square, min(sum(part.least for part in parts) for parts in alternatives))


def _branches(node: Any) -> Sequence[Any]:
    return node.branches if type(node).__name__ == "Branch" else [node]


def _parts(node: Any) -> list[_Part]:
    kind = type(node).__name__
    if kind == "Sequence":
        return [part for item in node.items for part in _parts(item)]
    if kind in ("Group", "Atomic"):
        return _parts(node.subpattern)
    if kind in _SINGLE:
        return [_Part()]
    if kind in _PLACES:
        return [_Part(least=0)]
    if kind == "Branch":
        return [_choice([_parts(branch) for branch in node.branches])]
    if kind == "LookAround":
        # It may run over the text and fail behind that, which no part at the end of an alternative does else.
        return [*(replace(part, least=0) for part in _parts(node.subpattern)), _Part(least=0)]
    if kind in _REPEATS:
        return [_repeat(node.subpattern, node.min_count, node.max_count)]
    raise NotPlain(kind)


def _choice(alternatives: list[list[_Part]]) -> _Part:
    """Alternatives inside of a longer expression, none of which may go on without an end."""
    _bounded([part for alternative in alternatives for part in alternative])
    ways = sum(math.prod(part.ways for part in alternative) for alternative in alternatives)
    width = max(sum(part.width for part in alternative) for alternative in alternatives)
    empty = any(all(part.empty for part in alternative) for alternative in alternatives)
    return _Part(ways, empty, width=width, least=min(sum(part.least for part in parts) for parts in alternatives))


def _repeat(node: Any, least: int, most: int | None) -> _Part:
    parts = _parts(node)
    _bounded(parts)
    width, shortest = sum(part.width for part in parts), least * sum(part.least for part in parts)
    if most is not None and most <= 1:
        ways = 1 + math.prod(part.ways for part in parts)
        return _Part(ways, empty=least == 0, width=width, least=shortest)
    if any(part.ways > 1 or part.empty for part in parts):
        raise NotPlain("a repeat of what can be read in several ways")
    if width * max(least, most or 1) > MOST_TIMES:
        raise NotPlain("a repeat of too many")
    if most is None:
        return _Part(empty=least == 0, endless=node, least=shortest)
    return _Part(1 + most - least, empty=least == 0, width=width * most, least=shortest)


def _bounded(parts: list[_Part]) -> None:
    if any(part.endless is not None for part in parts):
        raise NotPlain("an endless part inside of another")


def _cost(parts: list[_Part]) -> tuple[int, Any | None]:
    """In how many ways an alternative can be tried at one place, and what it may have run over, to the end of the
    text, before it fails.

    What can be read as nothing at all never fails, so at the end of an alternative it costs nothing; and the last part
    of those that can fail does so where it begins.
    """
    while parts and parts[-1].empty:
        parts = parts[:-1]
    endless = [part.endless for part in parts[:-1] if part.endless is not None]
    if len(endless) > 1:
        raise NotPlain("two endless parts, one after the other")
    ways = math.prod(part.ways for part in parts[:-1])
    if ways > MOST_CHOICES:
        raise NotPlain("too many ways")
    return ways, endless[0] if endless else None


def _takes_all(parts: list[_Part], over: Any) -> bool:
    """Whether an alternative reads all of what an earlier one ran over in vain, so that no other place tries again."""
    needed = [part for part in parts if not part.empty]
    return len(needed) == 1 and needed[0].endless == over and needed[0].ways == 1
