"""A text as a Hugging Face model takes it, and what each of its positions reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from engine.traces import SPACE, Axis


@dataclass(frozen=True)
class Tokens:
    """`ids` with the model's own special tokens; `cut` says how many positions were read of a text that was longer.

    `types` say to which of two texts a position belongs, as a model that tells them apart was taught.
    """

    ids: tuple[int, ...]
    axis: Axis
    cut: int | None = None
    types: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


def tokens(tokenizer: PreTrainedTokenizerBase, text: str, pair: str | None, limit: int) -> Tokens:
    """At most `limit` positions. Labels are the text's own characters, words those that the tokenizer cut it into."""
    found = tokenizer(text, pair, truncation=True, max_length=limit, return_offsets_mapping=True)
    ids = [int(i) for i in found["input_ids"]]
    longer = len(ids) == limit and len(tokenizer(text, pair)["input_ids"]) > limit
    encoding = found.encodings[0]
    sides = {0: text, 1: pair or ""}
    names = tokenizer.convert_ids_to_tokens(ids)
    labels, words = [], []
    for i, (start, end) in enumerate(encoding.offsets):
        side = encoding.sequence_ids[i]
        labels.append(names[i] if side is None else sides[side][start:end].strip() or SPACE)
        words.append(("special", i) if side is None else (side, encoding.word_ids[i]))
    marks = tuple(side is None for side in encoding.sequence_ids)
    axis = Axis(tuple(labels), _numbered(words), marks)
    return Tokens(tuple(ids), axis, limit if longer else None, tuple(encoding.type_ids))


def target_tokens(tokenizer: PreTrainedTokenizerBase, text: str, limit: int) -> Tokens:
    """As `tokens`, for the text that a decoder is to say; some models mark it differently."""
    ids = [int(i) for i in tokenizer(text_target=text, truncation=True, max_length=limit)["input_ids"]]
    return said(tokenizer, ids)


def said(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> Tokens:
    """What a model gave out itself, piece by piece; words begin where a piece begins with a space."""
    marks = set(tokenizer.all_special_ids)
    labels: list[str] = []
    words: list[int] = []
    for i, piece in enumerate(tokenizer.convert_ids_to_tokens(list(ids))):
        # Some models have more places than their tokenizer has pieces.
        special = piece is None or ids[i] in marks
        plain = _plain(tokenizer, piece) if not special else piece or f"<{ids[i]}>"
        begins = i == 0 or special or ids[i - 1] in marks or plain[:1].isspace()
        words.append((words[-1] + begins) if words else 0)
        labels.append(plain.strip() or SPACE)
    return Tokens(tuple(ids), Axis(tuple(labels), tuple(words), tuple(i in marks for i in ids)))


def _plain(tokenizer: PreTrainedTokenizerBase, piece: str) -> str:
    """A piece as it reads, with the space that it begins with. A decoder drops that at the start of a text."""
    if piece.startswith(("▁", "Ġ", " ")):
        return " " + tokenizer.convert_tokens_to_string([piece]).strip()
    if piece.startswith("##"):
        return piece[2:]
    return tokenizer.convert_tokens_to_string([piece]) or piece


def _numbered(words: Sequence[object]) -> tuple[int, ...]:
    """Numbers for runs of equal words."""
    groups: list[int] = []
    for i, word in enumerate(words):
        groups.append(0 if i == 0 else groups[-1] + (word != words[i - 1]))
    return tuple(groups)
