"""A text as sentences of words, each with its place in the text as it was typed.

Words are cut as the Penn Treebank does ("is|n't", "film|'s"), since the corpora with human rationales are cut so; runs
of Han characters are cut by jieba. A run of one sign ("...", "!!!") is one word, and so is an emoji with all its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import regex
import rjieba
import sentencex

from engine.errors import Refused
from engine.text.given import SEEN, check_text, entered

MAX_CHARACTERS = 100_000
MAX_SENTENCE = 200
"""Words in the longest sentence; a longer one (an unpunctuated text, a list) is parted into pieces of equal size."""

Span = tuple[int, int]

_CHUNK = 2_000
"""Characters that sentencex is given at once: its time grows with the square of their number (30 s for 100,000)."""

_BREAK = regex.compile(r"(?i:<br\s{0,9}/?>)|[\n\r\v\f\u2028\u2029]")
HAN = regex.compile(r"\p{Han}")
_LETTER = r"[\p{L}--\p{Han}]"
_INNER = r"[\p{L}\p{M}\xAD\u200C\u200D--\p{Han}]"  # with the soft hyphen and the joiners of Arabic and Indic scripts
_NOT = rf"(?i:n['’]t)(?!{_LETTER})"
# Possessive wherever a failure would be tried again from the next character: no text takes time with the square.
_PARTS = (
    _NOT,
    rf"{_LETTER}{_INNER}*(?={_NOT})",
    rf"['’](?i:s|re|ve|d|ll|m)(?!{_LETTER})",
    rf"{_LETTER}{_INNER}*+",
    rf"\p{{N}}++(?:[.,]\p{{N}}++)*+{_INNER}*+",
    r"([\p{P}$+<=>^`|~])\1*+\p{M}*+",
    r"[\U0001F1E6-\U0001F1FF]{1,2}+",  # a flag; \X would count back over all flags before it
    r"(?![\s\p{Z}\p{Cc}\p{Cf}])\X",
)
_WORD = regex.compile("|".join(_PARTS), flags=regex.V1)
_WORD_OR_HAN = regex.compile(
    "|".join((r"(?P<han>[A-Za-z0-9]*\p{Han}[\p{Han}A-Za-z0-9]{0,200}+)", *_PARTS)).replace(r"\1", r"\2"), flags=regex.V1
)


_MARKER = regex.compile(
    r"[-–—*•‣◦▪●○■□►→·]|[(（\[]?(?:\p{N}{1,3}|[a-zA-Z]|[ivx]{1,4}|[一二三四五六七八九十]{1,3})[.)）\]、．:：]|[①-⑳]"
)
"""What stands before an item of a list, and is no sentence: a sign, or a number or letter with a stop or bracket."""


@dataclass(frozen=True)
class Sentence:
    """From its first word's first character to its last word's last; `words` are spans in the whole text.

    `part` is the number of this piece, from 1, and of all of them, where the sentence was too long to stay whole.
    """

    start: int
    end: int
    words: tuple[Span, ...]
    part: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Document:
    """`text` is what was typed; between words stand only spaces, invisible signs and `<br />`."""

    text: str
    language: str
    sentences: tuple[Sentence, ...]

    def words(self, i: int) -> tuple[str, ...]:
        """The words of sentence `i`, counted from 0, as typed."""
        return tuple(self.text[start:end] for start, end in self.sentences[i].words)

    @property
    def size(self) -> int:
        """How many words all sentences have together."""
        return sum(len(sentence.words) for sentence in self.sentences)


def document(text: str, language: str) -> Document:
    """Cut a text of at most `MAX_CHARACTERS` characters, `entered`; `language` (ISO 639-1) tells how its sentences end.

    Line breaks and `<br />` end a sentence too, unless only a list marker ("1.", "b)", "•") stands before them: it
    belongs to what it numbers. Every sentence has between 1 and `MAX_SENTENCE` words. Raises `Refused` where `text` is
    too long or blank, or holds what is no character.
    """
    text = check_document(text)
    pattern = _WORD_OR_HAN if HAN.search(text) else _WORD
    words = (tuple(_words(text, pattern, start, end)) for start, end in _sentences(text, language))
    return Document(text, language, tuple(part for whole in _marked(text, words) for part in _parted(whole)))


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text, each as it stands there. Raises `Refused` as `document` does."""
    return [text[sentence.start : sentence.end] for sentence in document(text, language).sentences]


def check_document(text: str) -> str:
    """The text as `entered`. Raises `Refused` where it is too long, holds what is no character, or has no word."""
    if len(text) <= MAX_CHARACTERS:
        text = entered(text)
        # line breaks are no words; as many spaces keep the places that a sentence may tell
        words = _BREAK.sub(lambda line_break: " " * len(line_break.group()), text)
        if not SEEN.search(words):
            raise Refused("Type a text first.")
    return check_text(text, limit=MAX_CHARACTERS)


def _sentences(text: str, language: str) -> Iterator[Span]:
    start = 0
    for line_break in _BREAK.finditer(text):
        yield from _within(text, language, start, line_break.start())
        start = line_break.end()
    yield from _within(text, language, start, len(text))


def _within(text: str, language: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of one line, which sentencex reads a chunk at a time, from the last sentence it has not ended."""
    first = start
    while start < end:
        stop = min(start + _CHUNK, end)
        firsts = [
            start + boundary["start_index"]
            for boundary in sentencex.get_sentence_boundaries(language, text[start:stop])
        ]
        if stop == end:
            firsts.append(end)
        elif len(firsts) < 2:  # one sentence fills the chunk: it goes on in the next, which begins at a space, if any
            space = text.rfind(" ", start + 1, stop)
            start = stop if space < 0 else space
            continue
        firsts[0] = first
        yield from pairwise(firsts)
        start = first = firsts[-1]


def _words(text: str, pattern: regex.Pattern[str], start: int, end: int) -> Iterator[Span]:
    for match in pattern.finditer(text, start, end):
        if match.lastgroup == "han":
            at = match.start()
            yield from ((at + first, at + last) for _, first, last in rjieba.tokenize(match.group()))
        else:
            yield match.span()


def _marked(text: str, sentences: Iterator[tuple[Span, ...]]) -> Iterator[tuple[Span, ...]]:
    """The sentences that have words, a list marker as the first word of the one after it."""
    marker: tuple[Span, ...] = ()
    for words in sentences:
        if words and not marker and _MARKER.fullmatch(text, words[0][0], words[-1][1]):
            marker = words
        elif words:
            yield marker + words
            marker = ()
    if marker:
        yield marker


def _parted(words: tuple[Span, ...]) -> Iterator[Sentence]:
    """The same words in as few pieces as may be, of sizes that differ by one at most."""
    pieces = -(-len(words) // MAX_SENTENCE)
    for piece in range(pieces):
        part = words[len(words) * piece // pieces : len(words) * (piece + 1) // pieces]
        yield Sentence(part[0][0], part[-1][1], part, (piece + 1, pieces))
