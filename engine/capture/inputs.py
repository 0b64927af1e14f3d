"""A text as a Hugging Face model takes it, and what each of its positions reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tokenizers import Encoding
from transformers import PreTrainedTokenizerBase

from engine.capture.entries import Entries
from engine.text.words import Span, belonging
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
    """At most `limit` positions, labelled as the vocabulary has them; words are those of `engine.text.words`."""
    encoding = tokenizer(text, pair, truncation=True, max_length=limit, return_offsets_mapping=True).encodings[0]
    longer = len(encoding.ids) == limit and len(tokenizer(text, pair)["input_ids"]) > limit
    return _tokens(tokenizer, encoding, (text, pair or ""), limit if longer else None)


def translated(tokenizer: PreTrainedTokenizerBase, text: str, limit: int, *, target: bool = False) -> Tokens:
    """As `tokens`, for a text of an encoder–decoder.

    `target` is the text that the decoder is to say; some models mark it differently.
    """
    asked = {"text_target" if target else "text": text}
    encoding = tokenizer(**asked, truncation=True, max_length=limit, return_offsets_mapping=True).encodings[0]
    longer = len(encoding.ids) == limit and len(tokenizer(**asked)["input_ids"]) > limit
    return replace(_tokens(tokenizer, encoding, (text,), limit if longer else None), types=())


def said(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> Tokens:
    """What a model gave out itself, piece by piece."""
    entries = Entries(tokenizer)
    text, spans = entries.spans(ids)
    return Tokens(tuple(ids), _axis(entries, ids, text, spans))


def before(tokenizer: PreTrainedTokenizerBase, start: int, target: Tokens) -> Tokens:
    """What a decoder was given before it says each token of the target: its start, and all but the last."""
    first, then = said(tokenizer, [start]).axis, target.axis.only(range(len(target) - 1))
    axis = Axis(
        (*first.labels, *then.labels),
        (0, *(1 + group for group in then.groups)),
        (*first.special, *then.special),
        names=(*first.names, *then.names),
        shares=((1.0,), *then.shares) if then.shares else (),
        ids=(*first.ids, *then.ids),
        tokens=(*first.tokens, *then.tokens),
    )
    return Tokens((start, *target.ids[:-1]), axis)


def _tokens(tokenizer: PreTrainedTokenizerBase, encoding: Encoding, texts: Sequence[str], cut: int | None) -> Tokens:
    """Two texts are read as one, a line for each."""
    entries = Entries(tokenizer)
    begins = (0, len(texts[0]) + 1)
    read = list("\n".join(texts))
    spans: list[Span | None] = []
    for number, token, side, (start, end) in zip(
        encoding.ids, encoding.tokens, encoding.sequence_ids, encoding.offsets, strict=True
    ):
        if side is None:
            spans.append(None)
        elif number in entries.special:  # it was typed; what stands around it must not be joined over it
            spans.append(None)
            read[begins[side] + start : begins[side] + end] = " " * (end - start)
        else:
            spans.append(_moved(_covered(texts[side], token, start, end), begins[side]))
    axis = _axis(entries, encoding.ids, "".join(read), spans)
    return Tokens(tuple(encoding.ids), axis, cut, tuple(encoding.type_ids))


def _axis(entries: Entries, ids: Sequence[int], text: str, spans: Sequence[Span | None]) -> Axis:
    """What reads no text is special, whether the model put it there or somebody typed it."""
    names = entries.tokens(ids)
    labels = tuple(entries.label(name, number) for name, number in zip(names, ids, strict=True))
    special = tuple(number in entries.special for number in ids)
    return Axis(labels, special=special, ids=tuple(ids), tokens=names, **belonging(text, labels, spans)._asdict())


def _covered(text: str, token: str, start: int, end: int) -> Span:
    """A space put before the first word was not typed, and its piece claims the first character."""
    if token != SPACE:
        return start, end
    place = end if text[start:end].isspace() else start
    return place, place


def _moved(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
