"""A text as a Hugging Face model takes it, and what each of its positions reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Encoding
from transformers import PreTrainedTokenizerBase

from engine.text.tokenizer import words_in, words_of_pieces
from engine.traces import SPACE, Axis

_PART = "\N{REPLACEMENT CHARACTER}"  # what one byte of a character reads


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
    encoding = found.encodings[0]
    longer = len(encoding.ids) == limit and len(tokenizer(text, pair)["input_ids"]) > limit
    words = [
        ("special", i) if side is None else (side, word)
        for i, (side, word) in enumerate(zip(encoding.sequence_ids, encoding.word_ids, strict=True))
    ]
    axis = Axis(_labels(encoding, (text, pair or "")), _numbered(words), _marks(encoding))
    return Tokens(tuple(encoding.ids), axis, limit if longer else None, tuple(encoding.type_ids))


def translated(tokenizer: PreTrainedTokenizerBase, text: str, limit: int, *, target: bool = False) -> Tokens:
    """As `tokens`, for a text of an encoder–decoder, in the words that `said` cuts its answers into.

    `target` is the text that the decoder is to say; some models mark it differently.
    """
    asked = {"text_target" if target else "text": text}
    encoding = tokenizer(**asked, truncation=True, max_length=limit, return_offsets_mapping=True).encodings[0]
    longer = len(encoding.ids) == limit and len(tokenizer(**asked)["input_ids"]) > limit
    labels, marks = _labels(encoding, (text,)), _marks(encoding)
    firsts = [None if mark else _first(text, *span) for mark, span in zip(marks, encoding.offsets, strict=True)]
    return Tokens(tuple(encoding.ids), Axis(labels, words_in(text, labels, firsts), marks), limit if longer else None)


def said(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> Tokens:
    """What a model gave out itself, piece by piece; the words are those in which our alignments count."""
    marks = set(tokenizer.all_special_ids)
    labels: list[str] = []
    pieces: list[str | None] = []
    for number, piece in zip(ids, tokenizer.convert_ids_to_tokens(list(ids)), strict=True):
        # Some models have more places than their tokenizer has pieces.
        special = piece is None or number in marks
        plain = _plain(tokenizer, piece) if not special else piece or f"<{number}>"
        labels.append(plain.strip() or SPACE)
        # What pieces share is a letter more often than not, and no sign that would stand alone.
        pieces.append(None if special else plain.replace(_PART, "x"))
    return Tokens(tuple(ids), Axis(tuple(labels), words_of_pieces(pieces), tuple(i in marks for i in ids)))


def before(tokenizer: PreTrainedTokenizerBase, start: int, target: Tokens) -> Tokens:
    """What a decoder was given before it says each token of the target: its start, and all but the last."""
    first, then = said(tokenizer, [start]).axis, target.axis.only(range(len(target) - 1))
    groups = (0, *(1 + group for group in then.groups))
    axis = Axis((*first.labels, *then.labels), groups, (*first.special, *then.special))
    return Tokens((start, *target.ids[:-1]), axis)


def _labels(encoding: Encoding, texts: Sequence[str]) -> tuple[str, ...]:
    """What of its text each position reads; of a mark its name."""
    spans = zip(encoding.tokens, encoding.sequence_ids, encoding.offsets, strict=True)
    return tuple(
        # A space put before the first word was not typed, and its piece claims the first character.
        name if side is None else SPACE if name == SPACE else texts[side][start:end].strip() or SPACE
        for name, side, (start, end) in spans
    )


def _marks(encoding: Encoding) -> tuple[bool, ...]:
    return tuple(side is None for side in encoding.sequence_ids)


def _first(text: str, start: int, end: int) -> int:
    """Where a piece begins, the space before it left out: a space alone goes with what comes after it."""
    covered = text[start:end]
    return start + len(covered) - len(covered.lstrip())


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
