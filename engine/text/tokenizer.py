"""Byte-pair pieces, and the words they belong to.

Spaces become ▁ before the text is cut, so that joining pieces gives the text back. A word, for display and for
alignment, is what `WORD` matches: letters with their marks, a French article with its apostrophe ("l'"), an English
contraction ("'t"), a run of digits, or one other sign. In scripts without spaces each piece counts as a word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers import Tokenizer as Fast

from engine.traces import SPACE, Axis

PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<s>", "</s>"
SPECIALS = (PAD, UNKNOWN, START, END)
PAD_ID, UNKNOWN_ID, START_ID, END_ID = range(4)
FILE = "tokenizer.json"

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
_PIECE_SPLIT = "|".join((_CONTRACTION, *(f"▁?{part}" for part in _PARTS_ONIGURUMA), "▁?[^▁]", "▁"))


def words(text: str) -> list[str]:
    """The words of a text as our alignments count them, scripts without spaces in unbroken runs."""
    return WORD.findall(unicodedata.normalize("NFC", text))


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
        return [[*e.ids, END_ID] for e in self._fast.encode_batch_fast(list(texts), add_special_tokens=False)]

    def encode(self, text: str) -> Encoded:
        """Labels are the text's own characters, so that what no vocabulary holds still reads as it was typed."""
        found = self._fast.encode(text, add_special_tokens=False)
        labels: list[str] = []
        groups: list[int] = []
        word, reached, before = -1, 0, None
        for (start, end), part in zip(found.offsets, found.word_ids, strict=True):
            surface = text[max(start, reached) : end].strip()
            reached = max(reached, end)
            unspaced = regex.match(rf"[{_UNSPACED}]", surface) is not None
            if not labels or part != before or (unspaced and labels[-1] != SPACE):
                word += 1
            before = part
            labels.append(surface or SPACE)
            groups.append(word)
        return _ended(found.ids, labels, groups)

    def encode_words(self, tokens: Sequence[str]) -> Encoded:
        """Given words, joined by a space and encoded once; the axis groups pieces by the given word they start in.

        Every given word keeps its number, so links can be numbered by it; a word must not be blank (ValueError).
        """
        if any(not token.strip() for token in tokens):
            raise ValueError("a given word is blank")
        text = " ".join(tokens)
        starts, at = [], 0
        for token in tokens:
            starts.append(at)
            at += len(token) + 1
        found = self._fast.encode(text, add_special_tokens=False)
        labels: list[str] = []
        groups: list[int] = []
        word = 0
        for start, end in found.offsets:
            surface = text[start:end]
            first = start + len(surface) - len(surface.lstrip())
            while word + 1 < len(starts) and starts[word + 1] <= first:
                word += 1
            labels.append(surface.strip() or SPACE)
            groups.append(word)
        return _ended(found.ids, labels, groups)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._fast.decode([i for i in ids if i >= len(SPECIALS)], skip_special_tokens=False))

    def piece(self, index: int) -> str:
        """What one output reads, its leading space shown as a space."""
        return str(self._fast.id_to_token(index)).replace("▁", " ")

    def axis(self, ids: Sequence[int]) -> Axis:
        """Labels and words of an output that was made piece by piece.

        A piece that begins with a space begins a word; so does one that is no letter, and one that follows such a one.
        """
        labels: list[str] = []
        groups: list[int] = []
        for index in ids:
            piece = self.piece(index)
            label = piece.strip() or SPACE
            special = index < len(SPECIALS)
            joins = bool(labels) and not special and not piece.startswith(" ") and _same_word(labels, groups, label)
            groups.append((groups[-1] if joins else groups[-1] + 1) if groups else 0)
            labels.append(label)
        return Axis(tuple(labels), tuple(groups), tuple(i < len(SPECIALS) and i != UNKNOWN_ID for i in ids))


def _same_word(labels: list[str], groups: list[int], label: str) -> bool:
    so_far = "".join(text for text, group in zip(labels, groups, strict=True) if group == groups[-1]).lstrip(SPACE)
    if not so_far:
        return True
    joined = so_far + label
    # "d'" is one word only before a letter, which the next piece will bring.
    seen = joined + "a" if joined.endswith(("'", "’")) else joined
    return words(seen)[:1] == [joined] and regex.match(rf"[{_UNSPACED}]", label) is None


def _ended(ids: Sequence[int], labels: Sequence[str], groups: Sequence[int]) -> Encoded:
    last = groups[-1] + 1 if groups else 0
    axis = Axis((*labels, END), (*groups, last), (*(False for _ in labels), True))
    return Encoded((*ids, END_ID), axis)
