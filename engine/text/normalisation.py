"""What is typed, as a model's training text would have written it: case, apostrophes and marks, the final mark."""

from __future__ import annotations

from typing import Literal, NamedTuple

import regex

from engine.text.casing import Pieces, truecased, typed_without_case

Change = Literal["case", "marks", "end"]

_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
_WESTERN = str.maketrans("“”„「」？！，。；：（）−‑", '"""""?!,.;:()--') | _APOSTROPHES
_AFTER_HAN = regex.compile(r"(?<=\p{Han}[\"”」]?)[?!,.;:]")
_CHINESE = str.maketrans("?!,.;:", "？！，。；：")
_FINAL = regex.compile(r"[.!?…。！？:：;；][\"'”’»」)）]*$")
_SENTENCE = regex.compile(r"[.!?…。！？]['\"’”»)]*\s+|[。！？]")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")
_QUESTIONS = {
    "en": r"^\W*(?:and |but |so )?(?:what|who|whom|whose|where|when|why|how|which|is|are|am|was|were|do|does|"
    r"did|can|could|will|would|shall|should|has|have|may|isn't|aren't|don't|doesn't|didn't|can't|won't)\b",
    "fr": r"^\W*(?:et |mais )?(?:est-ce|qu'est-ce|pourquoi|comment|quand|où|d'où|qui|que|quels?|quelles?|combien)\b"
    r"|\p{L}-(?:t-)?(?:je|tu|il|elle|on|vous|ils|elles|ce)\b",
    "zh": r"[吗嗎呢]$|什么|什麼|谁|誰|哪|怎么|怎麼|怎样|怎樣|为何|為何|多少|几点|幾點|是不是|有没有|有沒有",
}
QUESTIONS = {language: regex.compile(pattern, regex.IGNORECASE) for language, pattern in _QUESTIONS.items()}
"""What a question begins with or holds, by language."""


class Normalised(NamedTuple):
    """A text, and what of it is other than typed, in the order in which it was changed."""

    text: str
    changes: tuple[Change, ...]


def normalised(text: str, language: str, pieces: Pieces) -> Normalised:
    """A sentence as a training text has it; nothing more is changed the second time.

    Capitals alone, or none, become the usual case; typographic apostrophes and quotes and marks of another width become
    those of the language; a missing final mark is put, of a question where it reads like one. All that stands there is
    as it was in between: no word is added, left out or spelt otherwise. `pieces` is of the model's vocabulary.
    """
    steps: tuple[tuple[Change, str], ...] = (
        ("marks", marked := _marks(text, language)),
        ("case", cased := _case(marked, language, pieces)),
        ("end", ended := _ended(cased, language)),
    )
    before = (text, *(after for _, after in steps))
    return Normalised(
        ended, tuple(name for (name, after), earlier in zip(steps, before, strict=False) if after != earlier)
    )


def _marks(text: str, language: str) -> str:
    if language == "zh":
        return _AFTER_HAN.sub(lambda mark: mark.group().translate(_CHINESE), text)
    return text.translate(_WESTERN) if language in QUESTIONS else text


def _case(text: str, language: str, pieces: Pieces) -> str:
    return truecased(text, language, pieces) if typed_without_case(text) else text


def _ended(text: str, language: str) -> str:
    """With a final mark, of a language whose questions are known."""
    bare = text.rstrip()
    if language not in QUESTIONS or _FINAL.search(bare) or not _LETTER_OR_DIGIT.search(bare):
        return text
    asks = QUESTIONS[language].search(_SENTENCE.split(bare)[-1]) is not None
    full_stop, question = ("。", "？") if language == "zh" else (".", " ?" if language == "fr" else "?")
    return bare + (question if asks else full_stop)
