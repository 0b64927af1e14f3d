"""Whole words to numbers, without regard to case or to the several ways of writing one character (NFKC)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Tokenizer as Fast
from tokenizers import models, normalizers

from engine.text.tokenizer_file import StoredTokenizer, parsed

PAD, UNKNOWN = "<pad>", "<unk>"
PAD_ID, UNKNOWN_ID = range(2)
MAX_WORD = 100
"""Longer words are unknown: normalising takes time with the square of a word's length where it is made of marks."""


def normalise(word: str) -> str:
    """What counts when words are compared."""
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).lower()


class Vocabulary(StoredTokenizer):
    """Words by their number. `words` come after padding and the unknown word; a ValueError if one comes twice.

    `tokenizer.json` is a `WordLevel` model of the `tokenizers` library, so that other programs can read it.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._table = {word: number for number, word in enumerate((PAD, UNKNOWN, *words))}
        if len(self._table) != len(words) + 2:
            raise ValueError("a word comes twice, or is one of the two special ones")

    @classmethod
    def train(cls, words: Iterable[Sequence[str]], size: int) -> Vocabulary:
        """The most frequent words of many sentences, `size` with the two special ones; equals in alphabetical order."""
        counts: Counter[str] = Counter()
        for sentence in words:
            counts.update(sentence)
        merged: Counter[str] = Counter()
        for word, count in counts.items():
            if len(word) <= MAX_WORD:
                merged[normalise(word)] += count
        del merged[PAD], merged[UNKNOWN]
        ranked = sorted(merged.items(), key=lambda item: (-item[1], item[0]))
        return cls([word for word, _ in ranked[: max(size - 2, 0)]])

    @classmethod
    def from_json(cls, text: str) -> Vocabulary:
        held = parsed(text)
        ranked = sorted(held.get_vocab(with_added_tokens=False).items(), key=lambda item: item[1])
        vocabulary = cls([word for word, _ in ranked[2:]])
        # Written again it is the same to the byte, so nothing in it can mean what we do not do: other rules, other ids.
        if vocabulary.to_json() != str(held.to_str()):
            raise ValueError("this is no vocabulary of whole words as we write them")
        return vocabulary

    def to_json(self) -> str:
        fast = Fast(models.WordLevel(self._table, unk_token=UNKNOWN))
        fast.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
        return str(fast.to_str())

    def __len__(self) -> int:
        return len(self._table)

    def ids(self, words: Sequence[str]) -> list[int]:
        """The number of each word; `UNKNOWN_ID` for one that is not held, and for "<pad>" and "<unk>" as words."""
        return [self._id(word) for word in words]

    def _id(self, word: str) -> int:
        number = self._table.get(normalise(word), UNKNOWN_ID) if len(word) <= MAX_WORD else UNKNOWN_ID
        return max(number, UNKNOWN_ID)
