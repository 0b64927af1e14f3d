"""A text as a Hugging Face model takes it, and what each of its positions reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    longer = len(encoding.ids) == limit and len(tokenizer(text, pair, verbose=False)["input_ids"]) > limit
    return _tokens(tokenizer, encoding, (text, pair or ""), limit if longer else None)


def translated(tokenizer: PreTrainedTokenizerBase, text: str, limit: int) -> Tokens:
    """As `tokens`, for a text of an encoder–decoder."""
    return replace(tokens(tokenizer, text, None, limit), types=())


def in_language(
    text: Tokens, tokenizer: PreTrainedTokenizerBase, language: int, all_languages: frozenset[int]
) -> Tokens:
    """The same text with the token of this language where the tokenizer put that of another."""
    mark, axis = tokens_of(tokenizer, [language]).axis, text.axis
    names, tokens = list(axis.names), list(axis.tokens)
    labels, ids = list(axis.labels), list(text.ids)
    for place, (special, number) in enumerate(zip(axis.special, text.ids, strict=True)):
        if not special or number not in all_languages:
            continue
        labels[place], ids[place] = mark.labels[0], language
        if tokens:
            tokens[place] = mark.tokens[0]
        if names:
            names[axis.groups[place] - axis.groups[0]] = mark.labels[0]
    changed: dict[str, Any] = {"labels": tuple(labels), "names": tuple(names), "tokens": tuple(tokens)}
    return replace(text, ids=tuple(ids), axis=replace(axis, ids=tuple(ids) if axis.ids else (), **changed))


def behind(tokenizer: PreTrainedTokenizerBase, mark: int, text: Tokens) -> Tokens:
    """The same text with one more token before it, which no text holds."""
    first, rest = tokens_of(tokenizer, [mark]).axis, text.axis
    axis = Axis(
        (*first.labels, *rest.labels),
        (0, *(1 + group for group in rest.groups)),
        (True, *rest.special),
        names=(*first.names, *rest.names),
        shares=((1.0,), *rest.shares) if rest.shares else (),
        ids=(*first.ids, *rest.ids),
        tokens=(*first.tokens, *rest.tokens),
    )
    return replace(text, ids=(mark, *text.ids), axis=axis)


def tokens_of(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> Tokens:
    """What a model gave out itself, piece by piece."""
    entries = Entries(tokenizer)
    text, spans = entries.spans(ids)
    return Tokens(tuple(ids), _axis(entries, ids, text, spans))


def before(tokenizer: PreTrainedTokenizerBase, start: int, target: Tokens) -> Tokens:
    """What a decoder was given before it says each token of the target: its start, and all but the last."""
    rest = Tokens(target.ids[:-1], target.axis.only(range(len(target) - 1)))
    return behind(tokenizer, start, rest)


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
