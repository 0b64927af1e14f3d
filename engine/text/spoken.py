"""In which language texts are, as far as their letters and their commonest words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engine.text.given import looks_like

LOOKED_AT = 20_000
"""Characters that are enough to tell."""
_KANA = re.compile("[\u3041-\u30ff]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# The commonest words of each; those that two of them share are told apart by all others.
_COMMON = {
    "en": "the and of to is you that it was he she his with for not what this are have they i my",
    "fr": "le la les des et est une dans pas vous que je qui il elle ce un du sur pour avec au à où été sont tu on",
    "de": "der die das und ist nicht ein eine ich du sie wir zu mit den auf es dem sich von",
    "es": "el la los las que y es en una no por con para se lo un del está yo su al más",
    "it": "il la che di è non un una per sono con gli ho le si mi lo del della e i più",
    "pt": "o a os as que e é em uma não um para com por se do da no na eu você está",
    "nl": "de het een en van ik is niet dat je zijn op te met hij voor aan er die wat",
}
COMMON: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def language_of(texts: Iterable[str]) -> str | None:
    """The code (ISO 639-1) of the language that texts are in; None where nothing tells."""
    sample = _sample(texts)
    letters = sum(map(str.isalpha, sample))
    if not letters:
        return None
    if 20 * len(_KANA.findall(sample)) > letters:
        return "ja"
    for language in ("zh", "ko", "el", "ar", "he"):
        if looks_like(sample, language):
            return language
    if looks_like(sample, "ru"):
        return "uk" if 100 * len(_UKRAINIAN.findall(sample)) > letters else "ru"
    words = _WORD.findall(sample.casefold())
    counts = {language: sum(word in common for word in words) for language, common in COMMON.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def _sample(texts: Iterable[str]) -> str:
    parts: list[str] = []
    left = LOOKED_AT
    for text in texts:
        parts.append(text[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return "\n".join(parts)
