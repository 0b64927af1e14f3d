"""What people type, looked at before a model sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from engine.errors import N_, Refused

MAX_CHARACTERS = 4_000
TYPE_SENTENCE = N_("Type a sentence first.")
"""Looked at first: normalising a text takes time with the square of its length where it is made of marks alone."""

# Control characters that are spaces for everybody who reads them are let through; Python alone counts four more.
_CONTROL = regex.compile(r"[\x00-\x08\x0E-\x1F\x7F]")
_UNREADABLE = regex.compile(r"\p{Cs}")
_STRAY = regex.compile(r"[\x80-\x9F]")
_MEANT = {code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0xA0)}
_LETTER, _LATIN = regex.compile(r"\p{L}"), regex.compile(r"\p{Latin}")
_SCRIPTS = {
    "zh": regex.compile(r"\p{Han}"),
    "ja": regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
    "uk": regex.compile(r"\p{Cyrillic}"),
    "el": regex.compile(r"\p{Greek}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "he": regex.compile(r"\p{Hebrew}"),
}
SEEN = regex.compile(r"[^\p{Z}\p{Cc}\p{Cf}]")
"""What is no space and no invisible sign."""
_UNMEANT = dict.fromkeys((0xFEFF, 0xAD))


def visible(text: str) -> bool:
    """Whether there is anything in it that is no space and no invisible sign."""
    # Of what cannot be seen the plain space alone can be printed.
    return bool(text.strip(" ")) if text.isprintable() else SEEN.search(text) is not None


def mended(text: str) -> str:
    """The text without control characters, those from U+0080 to U+009F as what they are in Windows-1252.

    From there they were left over: so does every browser, and so IMDB's reviews have come with dashes for twenty years.
    Five of them mean nothing there either and become U+FFFD. The other ones mean nothing anywhere and are left out.
    """
    if text.isprintable():
        return text  # nothing of the kind can be printed, and that is known in no time
    text = text.translate(_MEANT) if _STRAY.search(text) else text
    return _CONTROL.sub("", text)


def entered(text: str) -> str:
    """What somebody typed, pasted or sent: `mended`, without byte order marks (U+FEFF) and soft hyphens (U+00AD).

    Files begin with the one, and several that were joined hold it anywhere; words that come from a page or a PDF hold
    the other where a line may break. Nobody sees either, and each would make another word of the one that it is in.
    """
    return text if text.isprintable() else mended(text).translate(_UNMEANT)


def strays(text: str) -> int:
    """How many characters `mended` reads as others."""
    return len(_STRAY.findall(text))


def controls(text: str) -> int:
    """How many characters `mended` leaves out."""
    return len(_CONTROL.findall(text))


def looks_like(text: str, language: str) -> bool:
    """Whether a text may be in a language (ISO 639-1), as far as its letters tell.

    More than half of them are of its script: that in the table, Latin for languages that are not in it. A text without
    letters may be in any language.
    """
    letters = len(_LETTER.findall(text))
    if not letters:
        return True
    if language in _SCRIPTS:
        return len(_SCRIPTS[language].findall(text)) > letters / 2
    return len(_LATIN.findall(text)) > letters / 2


def check_text(text: str, blank: str = TYPE_SENTENCE, limit: int = MAX_CHARACTERS) -> str:
    """The text as `entered`. Raises `Refused` where it is over `limit` characters or blank, or holds no character.

    Blank is also what holds nothing but spaces and invisible signs. `blank` is the sentence that then says so.
    """
    if len(text) > limit:
        raise Refused(
            "This text has {count} characters and {limit} are read at most: shorten it.",
            count=len(text),
            limit=limit,
        )
    if unreadable := _UNREADABLE.search(mended(text)):
        raise Refused(
            "Character {place} of this text, U+{code}, is none that can be read: take it out.",
            place=unreadable.start() + 1,
            code=f"{ord(unreadable.group()):04X}",
        )
    if not SEEN.search(text):
        raise Refused(blank)
    return entered(text)


def too_many_words(pieces: int, limit: int, words: int) -> Refused:
    """Why a text is not read of which so many words fit."""
    return Refused(
        "This text is too long: it has {pieces} pieces, and {limit} are read at most. Its first word alone fits.",
        plural="This text is too long: it has {pieces} pieces, and {limit} are read at most. Its first {count} words "
        "fit.",
        pieces=pieces,
        limit=limit,
        count=words,
    )


def too_long(text: str, pieces: int, limit: int, fits: Callable[[str], bool]) -> Refused:
    """Why a text is not read, with how much of it `fits`, found by trying: in words as spaces part them, or in
    characters where words are few and long, as in scripts without spaces."""
    words, characters = ([match.end() for match in regex.finditer(part, text)] for part in (r"\S+", r"."))
    most, letters = (_most(text, ends[:-1], fits) for ends in (words, characters))  # the whole does not fit
    if most and words[most - 1] * 2 > characters[letters - 1]:
        return too_many_words(pieces, limit, most)
    return Refused(
        "This text is too long: it has {pieces} pieces, and {limit} are read at most. Its first character alone fits.",
        plural="This text is too long: it has {pieces} pieces, and {limit} are read at most. Its first {count} "
        "characters fit.",
        pieces=pieces,
        limit=limit,
        count=letters,
    )


def _most(text: str, ends: Sequence[int], fits: Callable[[str], bool]) -> int:
    """How many of these parts fit, from the first on."""
    high = 1
    while high < len(ends) and fits(text[: ends[high - 1]]):
        high *= 2  # so that nothing much longer than what fits is tried
    low, high = 0, min(high, len(ends))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[: ends[middle - 1]]) else (low, middle - 1)
    return low


def check_words(words: str | Sequence[str]) -> list[str]:
    """Given words, of a text those between spaces. Raises `Refused` as `check_text` does, and for a blank word."""
    check_text(words if isinstance(words, str) else " ".join(words))
    # Parted first: a word of nothing but a soft hyphen is counted by whoever gave it, and must not vanish.
    checked = list(map(entered, mended(words).split() if isinstance(words, str) else words))
    if any(not word.strip() for word in checked):
        raise Refused("Word {place} is blank: leave it out.", place=[bool(w.strip()) for w in checked].index(False) + 1)
    return checked
