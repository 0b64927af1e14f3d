"""Words as a picture can show them: escaped, measured without a browser, shortened only in sight of the reader.

    label = Label.of("Donaudampfschifffahrt", budget=90, size=14)
    label.shown   'Donaudampfs…'      label.full   'Donaudampfschifffahrt' (None where `shown` is the very word)

Everything that becomes text or an attribute of a picture goes through `escape`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Advance widths in em of DejaVu Sans, the widest of the fonts we ask for, so that an estimate errs on the roomy side.
_WIDTHS = {
    character: width
    for width, characters in (
        (0.3, " ',./:;IJ\\ijl|"),
        (0.4, "!()-[]frt"),
        (0.5, '"*?_`csz'),
        (0.62, "$0123456789EFLPSTYabdeghknopquvxy{}"),
        (0.7, "ABCKNRUVXZ"),
        (0.84, "#&+−<=>→←DGHOQ^w~"),
        (1.0, "%@MWm…"),
    )
    for character in characters
}
_PICTURED = {" ": "␣", "\t": "⇥", "\n": "↵", "\r": "↵", "\u00a0": "⍽", "\u3000": "␣"}
_MOST_CHARACTERS = 64
_ELLIPSIS = "…"
ISOLATE, END = "\u2068", "\u2069"  # Unicode's first strong isolate, and the end of it
_JOINER = "\u200d"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WRITTEN = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
    "var(": "var&#40;",
}
_MARKUP = re.compile("[&<>\"'\t\n\r]|var\\(")


def legal(text: str) -> str:
    """The text with what XML or UTF-8 cannot hold (controls, lone surrogates) as U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def escape(text: str) -> str:
    """Text for an element or a quoted attribute; reads back as `legal(text)`, never taken for a colour variable."""
    if text.isalnum():
        return text  # letters and digits alone need nothing
    return _MARKUP.sub(lambda match: _WRITTEN[match.group()], legal(text))


def width(text: str, size: float = 14) -> float:
    """About how wide the text comes out, in pixels, at a font size in pixels."""
    em, joined = 0.0, False
    for character in text:
        em += 0.0 if joined else _advance(character)
        joined = character == _JOINER
    return em * size


@lru_cache(maxsize=8192)
def _advance(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf") or 0x1F3FB <= ord(character) <= 0x1F3FF:
        return 0.0
    if ord(character) >= 0x1F000:
        return 1.3
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1.0
    return 0.78 if category == "Lu" else 0.64


def clusters(text: str) -> list[str]:
    """What a reader takes for one character: a base with its marks, emoji joined to one."""
    groups: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        mark = category in ("Mn", "Me", "Mc") or character == _JOINER or 0x1F3FB <= ord(character) <= 0x1F3FF
        if groups and (mark or groups[-1].endswith(_JOINER)):
            groups[-1] += character
        else:
            groups.append(character)
    return groups


def is_cjk(text: str) -> bool:
    """True where all that is written is Han, kana or hangul, which may stand upright one below the other."""
    return (
        bool(text)
        and all(unicodedata.east_asian_width(character) in ("W", "F") for character in text)
        and all(unicodedata.category(character).startswith(("L", "P", "N")) for character in text)
    )


def is_spaced(word: str) -> bool:
    """Whether white space stands before a word of running text: before none of Chinese, and before no full stop."""
    return not is_cjk(word) and not all(unicodedata.category(c) in ("Pe", "Pf") or c in ".,;:!?…%" for c in word)


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def runs_right_to_left(words: tuple[str, ...]) -> bool:
    """By most words that have a direction."""
    votes = [is_right_to_left(word) for word in words if any(character.isalpha() for character in word)]
    return sum(votes) * 2 > len(votes)


def _named(text: str) -> str:
    names = [f"U+{ord(character):04X} {unicodedata.name(character, 'control character')}" for character in text[:4]]
    return ", ".join(names) + (f" {_ELLIPSIS} ({len(text)} characters)" if len(text) > 4 else "")


def _invisible(text: str) -> bool:
    return all(character.isspace() or unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp") for character in text)


@dataclass(frozen=True)
class Label:
    """A word as it is drawn; `full` is the whole of it where it had to be shortened or pictured for want of ink."""

    shown: str
    full: str | None
    width: float

    @classmethod
    @lru_cache(maxsize=8192)  # a page draws each word many times
    def of(cls, word: str, budget: float = math.inf, size: float = 14) -> Label:
        whole = legal(word)
        if not whole:
            return cls("∅", "∅", width("∅", size))
        if _invisible(whole):
            shown = "".join(_PICTURED.get(character, "◌") for character in whole[:3]) + _ELLIPSIS * (len(whole) > 3)
            return cls(shown, _named(whole), width(shown, size))
        body = whole.strip()
        start = whole.index(body)
        edges = (whole[:start], whole[start + len(body) :])
        before, after = ("".join(_PICTURED.get(character, "␣") for character in edge[:3]) for edge in edges)
        inner = "".join(_PICTURED.get(character, character) if character != " " else " " for character in body[:256])
        shown = _fitted(before + inner + after, budget, size, len(body) > 256)
        return cls(shown, whole if shown != whole else None, width(shown, size))


def _fitted(text: str, budget: float, size: float, cut: bool) -> str:
    if not cut and len(text) <= _MOST_CHARACTERS and width(text, size) <= budget:
        return text
    room = budget - width(_ELLIPSIS, size)
    kept: list[str] = []
    used, count = 0.0, 0
    for cluster in clusters(text):
        cluster = cluster[:8]
        used, count = used + width(cluster, size), count + len(cluster)
        if kept and (used > room or count > _MOST_CHARACTERS):
            break
        kept.append(cluster)
    return "".join(kept) + _ELLIPSIS


def wrapped(text: str, budget: float, size: float) -> list[str]:
    """Lines of at most `budget` pixels, broken at spaces and between Chinese characters; what is isolated stays so on
    each line that it reaches."""
    lines: list[str] = []
    for word in legal(text).split():
        for k, part in enumerate(_parts(word)):
            longer = ("" if k else " ") + part
            if lines and width(lines[-1] + longer, size) <= budget:
                lines[-1] += longer
            else:
                lines.append(part)
    deep = 0
    for k, line in enumerate(lines):
        before, deep = deep, max(0, deep + line.count(ISOLATE) - line.count(END))
        lines[k] = ISOLATE * before + line + END * deep
    return lines


def _parts(word: str) -> list[str]:
    """What stays together at the end of a line: Chinese may be parted between any two characters, but no line begins
    with what closes or ends with what opens."""
    parts: list[str] = []
    for cluster in clusters(word):
        before = parts[-1][-1] if parts else ""
        wide = any(
            character and unicodedata.east_asian_width(character) in ("W", "F") for character in (before, cluster[0])
        )
        if parts and (not wide or _closes(cluster[0]) or _opens(before)):
            parts[-1] += cluster
        else:
            parts.append(cluster)
    return parts


def _closes(character: str) -> bool:
    return character == END or unicodedata.category(character) in ("Pe", "Pf", "Po", "Pd")


def _opens(character: str) -> bool:
    return character == ISOLATE or unicodedata.category(character) in ("Ps", "Pi")


def isolated(text: str) -> str:
    """Text inside a sentence of another direction of writing, which it must not turn round."""
    return f"{ISOLATE}{text}{END}"
