"""Which encoding of one byte a character a text is in: the one that makes its letters as frequent as languages do.

Every byte over 0x7F has a probability under each pair of encoding and group of languages, so that their products can be
compared (naive Bayes). Letters are ranked by how often texts use them; between ranks Zipf's law stands in for counts.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

# Letters beyond ASCII, the most frequent first.
_WESTERN = "éäüöèàñçóêíáßôîåøúâæãõùûëïìòœ"
_CENTRAL = "áéíęóąłěřžýšůčśťőńćżúňűźďöüăşţ"
_TURKISH = "ıüşğçöâîû"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїєъё"
_GREEK = "αοιετσνηυρπκμλςάίόέθδγήύώχωφβξζψϊ"
_HEBREW = "יוהלארתבשמנעדקחפםצטזגכסןךףץ"
_ARABIC = "المينرتوبعدسفهكةقحجشطصأخىثذئزضإغءآظؤگپچکیژ"
GROUPS = {
    "cp1252": (_WESTERN, 0.0),
    "latin-1": (_WESTERN, -0.5),
    "mac-roman": (_WESTERN, -1.5),
    "cp1251": (_CYRILLIC, -1.0),
    "cp1250": (_CENTRAL, -1.5),
    "iso8859-2": (_CENTRAL, -2.0),
    "cp1253": (_GREEK, -1.5),
    "cp1254": (_TURKISH, -1.5),
    "cp1255": (_HEBREW, -1.5),
    "cp1256": (_ARABIC, -1.5),
    "koi8-r": (_CYRILLIC, -2.0),
    "mac-cyrillic": (_CYRILLIC, -3.0),
    "cp850": (_WESTERN, -3.0),
}
"""Letters and the logarithm of how often a file of unknown origin is in this encoding, beside Windows-1252."""
_MARKS = "’“”–—…«»‘€„¡¿°£©®•·½§،؟\xa0\xad"
_SHARE_OF_MARKS = 0.3
_SHARE_OF_CAPITALS = 0.06
_RARE = 1e-4
"""What is left for each character that no list names."""
_OUT_OF_PLACE = 0.01
"""How much less likely a capital is right after a small letter, and a letter of another script after a Latin one."""
_PLAUSIBLE = -4.4
"""Nats a byte: text of the right group has about −3, and Chinese read as such under −5."""
_THINKABLE = -5.0
_CLEAR = 2.5
"""Nats by which the best must be ahead of another reading: odds of twelve to one."""


@dataclass(frozen=True)
class Guess:
    """The likeliest encoding, the mean log-probability of its bytes over 0x7F in nats, and whether another reading of
    the same bytes is nearly as likely, or none is likely."""

    encoding: str
    fit: float
    doubtful: bool

    @property
    def thinkable(self) -> bool:
        """Whether the bytes may still be text at all."""
        return self.fit > _THINKABLE

    @property
    def plausible(self) -> bool:
        """Whether the bytes are text of the languages that this encoding is for at all."""
        return self.fit > _PLAUSIBLE


def guess(content: bytes) -> Guess:
    """The likeliest of `GROUPS` for a text that holds at least one byte over 0x7F."""
    pairs = Counter(pair for pair in zip(b" " + content, content, strict=False) if pair[1] >= 0x80)
    total = pairs.total()
    fits = {name: sum(count * _fit(name, *pair) for pair, count in pairs.items()) for name in GROUPS}
    ranked = sorted(fits, key=lambda name: fits[name] + GROUPS[name][1], reverse=True)
    best = ranked[0]
    read = {name: [_character(name, byte) for byte in sorted({pair[1] for pair in pairs})] for name in GROUPS}
    other = next((name for name in ranked if read[name] != read[best]), best)
    ahead = fits[best] + GROUPS[best][1] - fits[other] - GROUPS[other][1]
    fit = fits[best] / total
    return Guess(best, fit, fit <= _PLAUSIBLE or (other != best and ahead < _CLEAR))


@cache
def _character(encoding: str, byte: int) -> str:
    return bytes([byte]).decode(encoding, "replace")


@cache
def _fit(encoding: str, before: int, byte: int) -> float:
    """ln p of a byte after another one."""
    character = _character(encoding, byte)
    chance = _chances(GROUPS[encoding][0]).get(character, _RARE)
    if unicodedata.category(character) in ("Cc", "Cn", "Co") or character == "\ufffd":
        chance = _RARE / 10
    last = _character(encoding, before)
    if character.isupper() and last.islower():
        chance *= _OUT_OF_PLACE
    if last.isascii() and last.isalpha() and character.isalpha() and not _latin(character):
        chance *= _OUT_OF_PLACE
    return math.log(chance)


def _latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN")


@cache
def _chances(letters: str) -> dict[str, float]:
    """The probability of each letter, small and capital, and of the marks that all languages share."""
    parts = (
        (letters, 1 - _SHARE_OF_MARKS - _SHARE_OF_CAPITALS, 3),
        (_MARKS, _SHARE_OF_MARKS, 1),
        (letters.upper(), _SHARE_OF_CAPITALS, 3),
    )
    chances: dict[str, float] = {}
    for characters, share, steep in parts:
        weights = [1 / (rank + steep) for rank in range(len(characters))]
        for character, weight in zip(characters, weights, strict=True):
            chances[character] = max(chances.get(character, 0.0), share * weight / sum(weights), _RARE)
    return chances
