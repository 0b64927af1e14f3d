"""Which words bear a capital, for texts that were typed in capitals or without any (truecasing).

Lita, Ittycheriah, Roukos and Kambhatla 2003, "tRuEcasIng", section 2: the commonest form of each word, counted where no
sentence begins. The forms of English and French lie in `cased`: those of the training part of Tatoeba (CC BY 2.0 FR)
that are not in small letters; `python -m engine data cased tatoeba/en-fr` makes those of English.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources

import regex

LEAST = 2
"""How often a form must stand in a corpus."""
WORD = regex.compile(r"[\p{L}\p{M}]+")
_ENDS_A_SENTENCE = regex.compile(r"[.!?…。！？]['\"’”»)]*\s")
_SIGN = regex.compile(r"[^\p{N}\s,'’]")
_I = regex.compile(r"\bI\b")
Pieces = Callable[[str], int]
"""Into how many pieces a vocabulary cuts a word."""


def typed_without_case(text: str) -> bool:
    """Whether a text has letters that could be large or small, and all are one of them, the English I aside; a lone
    word in capitals, such as USA, may well be meant."""
    if text == text.upper():
        return text != text.lower() and len(WORD.findall(text)) > 1
    rest = _I.sub("i", text)
    return rest == rest.lower()


def truecased(text: str, language: str, pieces: Pieces) -> str:
    """A text in which case says nothing, as it is usually written: sentences begin with a capital, names have theirs.

    A word that no list holds takes the form which the vocabulary cuts into fewer `pieces`: a name that it learnt whole.
    Of less than three words, which are no sentence, none is begun with a capital.
    """
    small = text.lower()
    known = forms(language)
    sentence = len(WORD.findall(small)) > 2
    parts: list[str] = []
    reached = 0
    for match in WORD.finditer(small):
        word = match.group()
        form = known.get(word) or min((word, word.capitalize()), key=pieces)
        gap = small[reached : match.start()]
        if sentence and form == word and (not reached or _ENDS_A_SENTENCE.search(gap)):
            form = word[:1].upper() + word[1:]
        parts += [gap, form]
        reached = match.end()
    return "".join((*parts, small[reached:]))


@cache
def forms(language: str) -> Mapping[str, str]:
    """The usual form of words that are not in small letters; none for a language that has no list."""
    file = resources.files("engine.text") / "cased" / f"{language}.txt"
    return {form.lower(): form for form in file.read_text("utf-8").split()} if file.is_file() else {}


def usual(texts: Iterable[str]) -> list[str]:
    """The forms of words that texts write so more often than in small letters, sorted; each text counts once.

    Left out is the first word of a text, and any after a sign other than a comma or an apostrophe. Of single letters
    only the English I is a word.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word in _within(dict.fromkeys(texts)):
        counts[word.lower()][word] += 1
    commonest = [(small, *each.most_common(1)[0]) for small, each in counts.items()]
    return sorted(
        form
        for small, form, times in commonest
        if times > counts[small][small] and times >= LEAST and (len(form) > 1 or form == "I")
    )


def _within(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        reached = 0
        for match in WORD.finditer(text):
            if reached and not _SIGN.search(text[reached : match.start()]):
                yield match.group()
            reached = match.end()
