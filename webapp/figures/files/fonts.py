"""Which fonts of this machine can write a word, and what to install where none can.

    family("机器")        'Noto Sans CJK SC'
    missing("𓀀 abc")     (Missing(characters='𓀀', package='fonts-noto-core'),)
    warnings(picture, t)  the same as sentences for a visitor

Asks fontconfig once. Where that is not installed nothing is known: no warnings, and the drawing program chooses.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from webapp.figures.drawing.theme import FONTS

WANTED = tuple(name.strip("'") for name in FONTS.split(",") if not name.startswith("sans"))
LAST = "DejaVu Sans"
# first and last code point, package of Debian and Ubuntu; other systems name them alike
PACKAGES = (
    (0x1F000, 0x1FAFF, "fonts-noto-color-emoji"),
    (0x2E80, 0x9FFF, "fonts-noto-cjk"),
    (0xAC00, 0xD7AF, "fonts-noto-cjk"),
    (0xF900, 0xFAFF, "fonts-noto-cjk"),
    (0xFF00, 0xFFEF, "fonts-noto-cjk"),
    (0x20000, 0x3FFFF, "fonts-noto-cjk"),
)


@dataclass(frozen=True)
class Missing:
    """Characters that no font here can draw, and the package that can."""

    characters: str
    package: str


class Cover:
    """The characters one family can write, as sorted ranges."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.ranges = sorted(ranges)
        self.starts = [first for first, _ in self.ranges]

    def __contains__(self, character: str) -> bool:
        k = bisect_right(self.starts, ord(character)) - 1
        return k >= 0 and ord(character) <= self.ranges[k][1]


@lru_cache(maxsize=1)
def installed() -> Mapping[str, Cover]:
    """Every family fontconfig knows of; empty where it is not there."""
    program = shutil.which("fc-list")
    if program is None:
        return {}
    listing = subprocess.run(
        [program, ":", "family", "charset"], capture_output=True, text=True, timeout=20, check=False
    )
    by_family: dict[str, list[tuple[int, int]]] = {}
    for line in listing.stdout.splitlines():
        names, _, charset = line.rpartition(":charset=")
        for name in names.split(","):
            by_family.setdefault(name, []).extend(_ranges(charset))
    return {name: Cover(ranges) for name, ranges in by_family.items()}


def _ranges(charset: str) -> list[tuple[int, int]]:
    parts = [part.partition("-") for part in charset.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in parts]


def _inked(text: str) -> set[str]:
    """What needs a glyph: controls, joiners and choosers of a variant do not."""
    return {
        c
        for c in text
        if unicodedata.category(c) not in ("Cc", "Cf", "Zs", "Zl", "Zp") and not "\ufe00" <= c <= "\ufe0f"
    }


def family(text: str) -> str | None:
    """The first of our families that can write all of the text, else the one that can write most of it."""
    here, needed = installed(), _inked(text)
    ours = [name for name in WANTED if name in here]
    counts = [(sum(c in here[name] for c in needed), -k, name) for k, name in enumerate(ours)]
    return max(counts)[2] if counts else None


def missing(text: str) -> tuple[Missing, ...]:
    """One entry for each package that would help."""
    here = installed()
    lost: dict[str, str] = {}
    for character in sorted(_inked(text)) if here else ():
        if not any(character in cover for cover in here.values()):
            package = _package(character)
            lost[package] = lost.get(package, "") + character
    return tuple(Missing(characters, package) for package, characters in lost.items())


def _package(character: str) -> str:
    packages = [package for first, last, package in PACKAGES if first <= ord(character) <= last]
    return packages[0] if packages else "fonts-noto-core"


def warnings(text: str, t: Callable[[str], str] = str) -> list[str]:
    """What to install so that a picture of this text holds no empty boxes."""
    sentence = t("No font on this machine can draw {characters} in a PNG or PDF. Install the package {package}.")
    return [sentence.format(characters=lost.characters[:20], package=lost.package) for lost in missing(text)]
