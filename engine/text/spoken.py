"""In which language texts are, as far as their letters and their commonest words tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from engine.text.given import looks_like

LOOKED_AT = 20_000
"""Characters that are enough to tell."""
_KANA = re.compile("[\u3041-\u30ff]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# The commonest words of each; those that two of them share are told apart by all others.
_COMMON = {
    "en": "the and of to is you that it was he she his with for not what this are have they i my a on in do did "
    "we me your at be him her has had can will there all no if how where who when why s t d m ll re ve",
    "fr": "le la les des et est une dans pas vous que je qui il elle ce un du sur pour avec au à où été sont tu on a "
    "ai as suis es avez ont ne n j l d c s t m qu mon ma ton ta son sa me te mais comment pourquoi quand cette ces si",
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


def foreign(text: str, language: str, others: Collection[str]) -> str | None:
    """The one of `others` that a sentence is in where it is surely not in `language`; None where that may be.

    Letters of another script tell at once. Between languages of one script the commonest words have to: two more of the
    other one, or one of more than a letter where there is none of `language`. A word that both have tells nothing.
    """
    if not looks_like(text, language):
        spoken = language_of([text])
        return spoken if spoken in others else None
    words = _WORD.findall(text.casefold())
    if language not in COMMON:
        return None
    for other in filter(COMMON.__contains__, others):
        theirs = [word for word in words if word in COMMON[other] - COMMON[language]]
        ours = sum(word in COMMON[language] - COMMON[other] for word in words)
        if len(theirs) - ours > 1 or (len(theirs) == 1 and len(theirs[0]) > 1 and not ours):
            return other
    return None


def _sample(texts: Iterable[str]) -> str:
    parts: list[str] = []
    left = LOOKED_AT
    for text in texts:
        parts.append(text[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return "\n".join(parts)
