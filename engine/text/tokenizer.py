"""Byte-pair pieces, and the words they belong to.

Spaces become ▁ before the text is cut, so that joining pieces gives the text back. A word, for display and for
alignment, is what `WORD` matches: letters with their marks, a French article with its apostrophe ("l'"), an English
contraction ("'t"), a run of digits, or one other sign. In scripts without spaces each piece counts as a word.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import regex
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers import Tokenizer as Fast

from engine.traces import SPACE, Axis

PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<s>", "</s>"
SPECIALS = (PAD, UNKNOWN, START, END)
PAD_ID, UNKNOWN_ID, START_ID, END_ID = range(4)
FILE = "tokenizer.json"
_STANDS_ALONE = "\N{OBJECT REPLACEMENT CHARACTER}"

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
_PARTS = (
    r"(?i:aujourd['’]hui)(?!\p{L})",
    r"(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\p{L})",
    rf"[{_UNSPACED}]+",
    rf"[\p{{L}}\p{{M}}--[{_UNSPACED}]]+",
    r"\p{N}+",
)
_CONTRACTION = r"['’](?i:s|t|re|ve|d|ll|m)(?!\p{L})"
# The two engines write set difference differently, so the letters outside the unspaced scripts are spelt out for each.
_PARTS_ONIGURUMA = tuple(part.replace("--[", "&&[^") for part in _PARTS)
WORD = regex.compile("|".join((_CONTRACTION, *_PARTS, r"\S")), flags=regex.V1)
# What is written without a space to its neighbours: scripts that have none between words, and their signs.
_JOINS = regex.compile(
    rf"[{_UNSPACED}\p{{Lao}}\p{{Khmer}}\p{{Myanmar}}[[\p{{P}}ー]&&[\u3000-\u30FF\uFF00-\uFFEF]]]", flags=regex.V1
)
_PIECE_SPLIT = "|".join((_CONTRACTION, *(f"▁?{part}" for part in _PARTS_ONIGURUMA), "▁?[^▁]", "▁"))


def words(text: str) -> list[str]:
    """The words of a text as our alignments count them, scripts without spaces in unbroken runs."""
    return WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """The text as it is cut and shown: composed, and ▁, which means a space in pieces, as the _ that it looks like."""
    return unicodedata.normalize("NFC", text).replace("▁", "_")


@dataclass(frozen=True)
class Encoded:
    """`ids` end with `</s>`; `axis` says what each piece reads and which word it belongs to."""

    ids: tuple[int, ...]
    axis: Axis


class Tokenizer:
    """One vocabulary for both languages. `save` and `load` keep the one file `tokenizer.json`."""

    def __init__(self, fast: Fast) -> None:
        self._fast = fast
        found = tuple(fast.id_to_token(i) for i in range(len(SPECIALS)))
        if found != SPECIALS:
            raise ValueError(f"the first tokens must be {SPECIALS}, got {found}")

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> Tokenizer:
        fast = Fast(models.BPE(unk_token=UNKNOWN, fuse_unk=False))
        fast.normalizer = normalizers.Sequence(
            [
                normalizers.NFC(),
                normalizers.Replace(Regex(r"\s+"), " "),
                normalizers.Strip(),
                normalizers.Prepend("▁"),
                normalizers.Replace(" ", "▁"),
            ]
        )
        fast.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECE_SPLIT), "isolated")
        fast.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(content=" ", left=1, right=0)]
        )
        # Special tokens are numbered by the trainer alone and never matched in text: "<s>" typed by somebody is text.
        fast.train_from_iterator(
            texts, trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIALS), show_progress=False)
        )
        fast.encode_special_tokens = True
        return cls(fast)

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        return cls.from_json((folder / FILE).read_text(encoding="utf-8"))

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def from_json(cls, text: str) -> Tokenizer:
        """Raises ValueError for text that no tokenizer of ours wrote."""
        try:
            fast = Fast.from_str(text)
        except Exception as error:  # the library raises nothing narrower
            raise ValueError(f"this is no tokenizer: {error}") from error
        fast.encode_special_tokens = True
        return cls(fast)

    def to_json(self) -> str:
        """The text of `tokenizer.json`."""
        return str(self._fast.to_str(pretty=True))

    def __len__(self) -> int:
        return int(self._fast.get_vocab_size())

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Many texts at once, each ended by `</s>`; for training, where nobody looks at labels."""
        return [
            [*e.ids, END_ID]
            for e in self._fast.encode_batch_fast([_plain(text) for text in texts], add_special_tokens=False)
        ]

    def encode(self, text: str) -> Encoded:
        """Labels are the text's own characters, so that what no vocabulary holds still reads as it was typed."""
        text = _plain(text)
        found = self._fast.encode(text, add_special_tokens=False)
        labels = [label for label, _ in _surfaces(text, found.tokens, found.offsets)]
        return _ended(found.ids, labels, _grouped(labels, found.word_ids))

    def encode_words(self, tokens: Sequence[str]) -> Encoded:
        """Given words, joined as their script is written and encoded once; the axis groups pieces by the given word
        they start in.

        A space stands between two words unless one of the characters that meet there belongs to a script without
        spaces. No piece crosses from one word into the next there either: the text is cut at the given words before
        pieces are merged, else "他花了" as one piece would leave two of the words 他, 花 and 了 with nothing to be
        linked by. Every given word keeps its number, so links can be numbered by it; a word must not be blank
        (ValueError).
        """
        if any(not token.strip() for token in tokens):
            raise ValueError("a given word is blank")
        text, ends, cuts = _written([_plain(token) for token in tokens])
        found = self._fast.encode(text, add_special_tokens=False)
        kept = [i for i, (_, end) in enumerate(found.offsets) if end not in cuts]
        surfaces = list(_surfaces(text, [found.tokens[i] for i in kept], [found.offsets[i] for i in kept]))
        groups = [bisect_right(ends, first) for _, first in surfaces]
        return _ended([found.ids[i] for i in kept], [label for label, _ in surfaces], groups)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._fast.decode([i for i in ids if i >= len(SPECIALS)], skip_special_tokens=False))

    def piece(self, index: int) -> str:
        """What one output reads, its leading space shown as a space."""
        return str(self._fast.id_to_token(index)).replace("▁", " ")

    def axis(self, ids: Sequence[int]) -> Axis:
        """Labels and words of an output that was made piece by piece: the words are those of its whole text."""
        labels = tuple(self.piece(index).strip() or SPACE for index in ids)
        groups = words_of_pieces([self.piece(index) if index >= len(SPECIALS) else None for index in ids])
        return Axis(labels, groups, tuple(i < len(SPECIALS) and i != UNKNOWN_ID for i in ids))


def _written(tokens: Sequence[str]) -> tuple[str, list[int], set[int]]:
    """Words joined to a text, where the one after each begins, and which of these places come after a cut.

    A cut is one character, which pieces are never merged with, where a space would stand that is not written.
    """
    gaps = [
        _STANDS_ALONE if _JOINS.match(one[-1]) or _JOINS.match(next_[0]) else " " for one, next_ in pairwise(tokens)
    ]
    text = "".join(token + gap for token, gap in zip(tokens, [*gaps, ""], strict=False))
    ends = list(accumulate(len(token) + 1 for token in tokens))
    return text, ends, {end for end, gap in zip(ends, gaps, strict=False) if gap != " "}


def words_of_pieces(pieces: Sequence[str | None]) -> tuple[int, ...]:
    """The number of the word that each piece belongs to, of the text that they make together.

    A piece is given as it reads, with the space before it; None is a mark, which stands alone.
    """
    text = ""
    firsts: list[int] = []
    read = [f" {_STANDS_ALONE} " if piece is None else piece for piece in pieces]
    for piece in read:
        firsts.append(len(text) + len(piece) - len(piece.lstrip()))
        text += piece
    return words_in(text, [piece.strip() or SPACE for piece in read], firsts)


def words_in(text: str, labels: Sequence[str], firsts: Sequence[int | None]) -> tuple[int, ...]:
    """The number of the word of `text` that each piece belongs to, from where it begins; None for a mark, alone."""
    ends = [word.end() for word in WORD.finditer(text)]
    return _grouped(labels, [-1 - i if first is None else bisect_right(ends, first) for i, first in enumerate(firsts)])


def _grouped(labels: Sequence[str], parts: Sequence[int | None]) -> tuple[int, ...]:
    """Pieces of one part side by side are one word, but in scripts without spaces each is a word of its own."""
    groups: list[int] = []
    for i, (label, part) in enumerate(zip(labels, parts, strict=True)):
        begins = i > 0 and (part != parts[i - 1] or (_unspaced(label) and labels[i - 1] != SPACE))
        groups.append(groups[-1] + begins if groups else 0)
    return tuple(groups)


def _surfaces(text: str, pieces: Sequence[str], offsets: Sequence[tuple[int, int]]) -> Iterator[tuple[str, int]]:
    """What of a text each piece covers, and where that begins; a piece that is a space alone covers nothing."""
    reached = 0
    for piece, (start, end) in zip(pieces, offsets, strict=True):
        # The space before a text's first word was not typed, and its piece claims the first character.
        surface = "" if piece == SPACE else text[max(start, reached) : end]
        first = max(start, reached) + len(surface) - len(surface.lstrip())
        if piece == SPACE:
            first = end if text[start:end].isspace() else start
        reached = max(reached, first, end if surface else 0)
        yield surface.strip() or SPACE, first


def _unspaced(label: str) -> bool:
    return regex.match(rf"[{_UNSPACED}]", label) is not None


def _ended(ids: Sequence[int], labels: Sequence[str], groups: Sequence[int]) -> Encoded:
    last = groups[-1] + 1 if groups else 0
    axis = Axis((*labels, END), (*groups, last), (*(False for _ in labels), True))
    return Encoded((*ids, END_ID), axis)
