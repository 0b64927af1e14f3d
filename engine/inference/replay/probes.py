"""Which texts a replay looks at: the visitor's, or a few of the development data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

FILE = "probes.txt"
MOST = 20
"""How many of a visitor's are looked at."""
USUAL = 10
MAX_BYTES = 64_000
MAX_CHARACTERS = 600
"""Of one text: a longer one is left out."""


Each = TypeVar("Each")


class Wish(NamedTuple):
    """A text to look at; with a target, where the model looks as it is made to say that."""

    text: str
    target: str | None = None


def wished(run: Path, note: Callable[[str], None] | None) -> list[Wish]:
    """What `probes.txt` in the run's folder asks for: a text a line, with a target behind a tab where there is one.

    Read leniently: what cannot be looked at is left out, and `note` is told.
    """
    path = run / FILE
    if not path.is_file():
        return []
    try:
        with path.open("rb") as file:
            lines = file.read(MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        _tell(note, f"{FILE} cannot be read ({error.strerror}): texts of the development data are looked at instead")
        return []
    wishes = [_wish(line) for line in lines.split("\n") if line.strip()]
    fitting = [wish for wish in wishes if all(len(side or "") <= MAX_CHARACTERS for side in wish)]
    if len(fitting) < len(wishes):
        _tell(note, f"{FILE}: lines of more than {MAX_CHARACTERS} characters on a side are left out")
    if len(fitting) > MOST:
        _tell(note, f"{FILE}: the first {MOST} lines are looked at")
    return fitting[:MOST]


def _wish(line: str) -> Wish:
    text, _, target = line.strip().partition("\t")
    return Wish(text.strip(), target.strip() or None)


def _tell(note: Callable[[str], None] | None, sentence: str) -> None:
    if note is not None:
        note(sentence)


def chosen(texts: Sequence[str], size: Callable[[str], int], least: int, most: int, count: int = USUAL) -> list[str]:
    """So many different texts of `least` to `most` words, as far apart from each other in the data as can be; where
    there are fewer, the shortest of all others too. The same data give the same texts."""
    different = list(dict.fromkeys(texts))
    sizes = {text: size(text) for text in different}
    fitting = [text for text in different if least <= sizes[text] <= most]
    if len(fitting) >= count:
        return spread(fitting, count)
    others = sorted((text for text in different if text not in set(fitting)), key=lambda text: sizes[text])
    return [*fitting, *others[: count - len(fitting)]]


def spread(items: Sequence[Each], count: int) -> list[Each]:
    """So many of them, evenly spaced, or all where there are no more."""
    if len(items) <= count:
        return list(items)
    return [items[(2 * number + 1) * len(items) // (2 * count)] for number in range(count)]
