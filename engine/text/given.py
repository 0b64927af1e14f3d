"""What people type, looked at before a model sees it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from engine.errors import Refused

MAX_CHARACTERS = 4_000
"""Looked at first: normalising a text takes time with the square of its length where it is made of marks alone."""

SPACES = "\t\n\v\f\r\x85"
"""Control characters that are spaces for everybody who reads them; Python alone counts four more."""


def check_text(text: str, blank: str = "Type a sentence first.") -> str:
    """The same text. Raises `Refused` where it is too long or blank, or holds what is no character.

    Blank is also what holds nothing but spaces and invisible signs. `blank` is the sentence that then says so.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused(
            "This text has {count} characters and {limit} are read at most: shorten it.",
            count=len(text),
            limit=MAX_CHARACTERS,
        )
    kinds = [unicodedata.category(character) for character in text]
    for place, (character, kind) in enumerate(zip(text, kinds, strict=True)):
        if kind == "Cs" or (kind == "Cc" and character not in SPACES):
            raise Refused(
                "Character {place} of this text, U+{code}, is none that can be read: take it out.",
                place=place + 1,
                code=f"{ord(character):04X}",
            )
    if all(kind[0] == "Z" or kind in ("Cc", "Cf") for kind in kinds):
        raise Refused(blank)
    return text


def check_words(words: str | Sequence[str]) -> list[str]:
    """Given words, of a text those between spaces. Raises `Refused` as `check_text` does, and for a blank word."""
    text = check_text(words if isinstance(words, str) else " ".join(words))
    found = text.split() if isinstance(words, str) else list(words)
    if any(not word.strip() for word in found):
        raise Refused("Word {place} is blank: leave it out.", place=[bool(w.strip()) for w in found].index(False) + 1)
    return found
