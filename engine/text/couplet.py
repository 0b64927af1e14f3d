"""What makes two lines a couplet: equal length, tones that oppose each other, and repeats that are mirrored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import regex

from engine.errors import Refused
from engine.text.tones import Tone, tones

FREE = "_＿?？*＊□○"
"""What stands in a pattern of fixed characters for a place that is free; a space does too."""
MAX_LINE = 59
"""Characters of the longest line that is read and, unless a training file says otherwise, learnt from."""
_SIGN = regex.compile(r"[\p{P}\p{S}]")
_SPACES = regex.compile(r"\s+")


class Place(NamedTuple):
    """One even place of a clause, where tones should oppose each other: its character's number, from 0, and both
    tones, None where they are not known."""

    number: int
    first: Tone | None
    second: Tone | None

    @property
    def opposed(self) -> bool | None:
        """None where one of the tones is not known."""
        return None if self.first is None or self.second is None else self.first != self.second


class Repeat(NamedTuple):
    """A character of the first line that comes again, at these places, from 0; `kept` where the second line has one
    character at both places too."""

    place: int
    again: int
    kept: bool


@dataclass(frozen=True)
class CoupletForm:
    """How two lines answer each other. `first_end` and `second_end` are the tones that the lines end in: the first
    should be oblique, the second level."""

    lengths: tuple[int, int]
    even: tuple[Place, ...]
    first_end: Tone | None
    second_end: Tone | None
    repeats: tuple[Repeat, ...]

    @property
    def equal(self) -> bool:
        return self.lengths[0] == self.lengths[1]


def one_line(text: str) -> str:
    """A line as the models read it: no spaces in it, its commas Chinese ones."""
    return _SPACES.sub("", text).replace(",", "，")


def form(first: str, second: str) -> CoupletForm:
    """How two lines answer each other, character by character; places are counted anew after a sign, in the first
    line, and only those are compared that both lines have."""
    first, second = one_line(first), one_line(second)
    own, other = tones(first), tones(second)
    even = [i for i in _even_places(first) if i < len(second)]
    return CoupletForm(
        (len(first), len(second)),
        tuple(Place(i, own[i], other[i]) for i in even),
        _last(first, own),
        _last(second, other),
        tuple(_repeats(first, second)),
    )


def _even_places(line: str) -> list[int]:
    """The second, fourth, sixth … character of each clause: those whose tones must be right, as the saying has it
    (一三五不论，二四六分明)."""
    places, counted = [], 0
    for i, character in enumerate(line):
        counted = 0 if _SIGN.match(character) else counted + 1
        if counted and counted % 2 == 0:
            places.append(i)
    return places


def _last(line: str, own: tuple[Tone | None, ...]) -> Tone | None:
    """The tone of the last character that is no sign."""
    return next((tone for c, tone in zip(line[::-1], own[::-1], strict=True) if not _SIGN.match(c)), None)


def _repeats(first: str, second: str) -> list[Repeat]:
    latest: dict[str, int] = {}
    repeats = []
    for i, character in enumerate(first):
        if _SIGN.match(character):
            continue
        if character in latest:
            before = latest[character]
            repeats.append(Repeat(before, i, i < len(second) and second[before] == second[i]))
        latest[character] = i
    return repeats


def fixed_places(pattern: str) -> dict[int, str]:
    """The characters that a pattern fixes, by their places from 0; any of `FREE`, and a space, leaves its place free.

    Raises `Refused` for a pattern that is longer than a line can be.
    """
    if len(pattern) > MAX_LINE:
        raise Refused(
            "The fixed characters fill {count} places, and a line has {most} at most.",
            count=len(pattern),
            most=MAX_LINE,
        )
    return {i: c for i, c in enumerate(pattern.replace(",", "，")) if c not in FREE and not c.isspace()}
