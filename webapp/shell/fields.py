"""What a visitor can set on a page, and how each of it stands in links.

A link holds ids and numbers, never what the interface says, so it means the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.shell.typed import clean, passage

VERSION = 3  # of links
LONGEST_IN_LINK = 8_192  # bytes of one text

Follows = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Field:
    """One thing a visitor can set. `read` raises ValueError for what it cannot be; `write` gives None to stay out.

    `holds` says whether a value kept from before is still one to choose. `follows` gives what a link means that leaves
    this one out, from the values of the fields before it; without it that is the default. `formerly` is what it
    means in links of `earlier` versions, where that was another default.
    """

    param: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str | None] = str
    holds: Callable[[Any], bool] = lambda value: True
    follows: Follows | None = None
    formerly: Any = None
    earlier: tuple[str, ...] = ("1",)

    def left_out(self, before: Mapping[str, Any], version: str = str(VERSION)) -> Any:
        if version in self.earlier and self.formerly is not None:
            return self.formerly
        return self.default if self.follows is None else self.follows(before)


def choice(param: str, options: Sequence[str], default: str | None = None) -> Field:
    """One id out of several; the first one unless said otherwise."""
    known = list(options)

    def read(value: str) -> str:
        return known[known.index(value)]

    return Field(param, known[0] if default is None else default, read, holds=known.__contains__)


def several(param: str, options: Sequence[str]) -> Field:
    """Any of several ids, in their own order; all of them by default."""

    def read(value: str) -> list[str]:
        wanted = value.split(".") if value else []
        if not set(wanted) <= set(options):
            raise ValueError("an id that is not there")
        return [option for option in options if option in wanted]

    return Field(param, list(options), read, ".".join, lambda value: set(value) <= set(options))


def count(param: str, low: int, high: int, default: int | None = None, step: int = 1) -> Field:
    """A whole number from `low` to `high`."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", value):
            raise ValueError("no number")
        number = int(value)
        if not low <= number <= high or (number - low) % step:
            raise ValueError("out of range")
        return number

    return Field(param, low if default is None else default, read)


def flag(param: str, default: bool = False) -> Field:
    """On or off: 1 or 0."""

    def read(value: str) -> bool:
        return bool(("0", "1").index(value))

    return Field(param, default, read, lambda value: str(int(value)))


def numbers(param: str) -> Field:
    """Some whole numbers from 1, in order; none by default."""

    def read(value: str) -> list[int]:
        if not re.fullmatch(r"([1-9][0-9]{0,4}(\.[1-9][0-9]{0,4})*+)?", value):
            raise ValueError("no numbers")
        return sorted({int(number) for number in value.split(".") if number})

    def write(value: list[int]) -> str | None:
        written = ".".join(map(str, value))
        return written if len(written) <= LONGEST_IN_LINK else None

    return Field(param, [], read, write)


def text(param: str, default: str = "", *, lines: bool = False, follows: Follows | None = None) -> Field:
    """What a visitor typed, unless it is too long for an address; `lines` keeps its lines apart."""

    def write(value: str) -> str | None:
        return value if len(value.encode("utf-8", "replace")) <= LONGEST_IN_LINK else None

    return Field(param, default, passage if lines else clean, write, follows=follows)
