"""A translation as figures show it: one matrix over its words or pieces, read one way, both ways, or by several models.

one_way(translation, "attention")                    where the model looked, over words, the end of sentence left out
one_way(translation, "effect", by_words=False)       what each piece of the source did, in nats
both_ways(translation, reverse, "attention")         joined with the model of the other direction
together(translation, model.info, translator)        the consensus of all models that this one names
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from engine.errors import Refused
from engine.evaluation.alignment import BALANCED, Links, join, joined, links
from engine.inference.consensus import consensus
from engine.inference.translation import Translation
from engine.inference.translator import Translator
from engine.inference.word_matrices import shifted
from engine.store.catalogue import ModelInfo
from engine.traces import Axis, Effect, Read, Rows, Trace


class SentenceMap(NamedTuple):
    """A row for each word or piece of the translation, a column for each of the source: shares, or of an effect nats.

    `links` are the links of words that it comes to, (source word, target word) from 0.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    matrix: Float[np.ndarray, "row column"]
    links: Links


def one_way(
    translation: Translation,
    read: Read,
    *,
    by_words: bool = True,
    end: bool = False,
    layer: int | None = None,
    head: int | None = None,
    later: int = 0,
) -> SentenceMap:
    """Where the model looked, or by how many nats each row becomes less likely without each column.

    Without `end` the end of the sentence is left out on both sides, and rows of attention are made to sum to 1 again
    unless a window took a part of them. Of attention with several heads it is `layer` (the one that `Trace.chosen`
    names where None) and `head` (the mean over the layer where None), both from 0, read `later` steps after the one
    that wrote a word. Raises `Refused` for a translation made without what is to be read.
    """
    record = _record(translation, read, layer, head, later)
    words = record.by_words()
    drawn = words if by_words else record
    drawn = drawn if end else without_end(drawn)
    return SentenceMap(drawn.queries.labels, drawn.keys.labels, values(drawn), linked(words, read))


def both_ways(
    translation: Translation,
    reverse: Translator,
    read: Read,
    *,
    layer: int | None = None,
    head: int | None = None,
    later: int = 0,
) -> SentenceMap:
    """The same over words, joined with what the model of the other direction says of them (`alignment.joined`)."""
    words = without_end_row(_record(translation, read, layer, head, later).by_words())
    target, source = words_of(translation)
    back = reverse.align(target, source, tokenized=True, read=read)
    ways = values(words), back.matrix, rows_of(words), back.rows
    return SentenceMap(target, source, joined(*ways), join(*ways))


def together(translation: Translation, info: ModelInfo, opened: Callable[[str], Translator]) -> SentenceMap:
    """What all models that `info` names say together; `opened` gives a translator by its name. Raises `Refused` as
    `consensus` does."""
    target, source = words_of(translation)
    agreed = consensus(info, opened).align(source, target, tokenized=True)
    return SentenceMap(agreed.target, agreed.source, agreed.matrix, agreed.links)


def words_of(translation: Translation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The target words and the source words alone."""
    queries, keys = translation.queries.words(), translation.keys.words()
    ended = bool(len(queries)) and queries.special[-1]
    return queries.labels[: len(queries) - ended], keys.labels[: len(keys) - sum(keys.special)]


def linked(words: Trace | Effect, read: Read) -> Links:
    """The links that a reading over words comes to, as `links` finds them."""
    numbers = values(without_end_row(words))
    return links(numbers, ends=sum(words.keys.special), balanced=BALANCED[read], rows=rows_of(words))


def without_end(record: Trace | Effect) -> Trace | Effect:
    """The end of the sentence and a null key left out, in rows and columns."""
    shown = record.without_special_keys()[0] if isinstance(record, Trace) else record.without_special_keys()
    return without_end_row(shown)


def without_end_row(record: Trace | Effect) -> Trace | Effect:
    """The translation alone: the row that ended it falls away."""
    if not len(record.queries) or not record.queries.special[-1]:
        return record
    queries: Axis = record.queries.only(range(len(record.queries) - 1))
    if isinstance(record, Trace):
        return record.reordered(queries, range(len(queries)))
    return replace(record, queries=queries, drops=record.drops[:-1])


def rows_of(record: Trace | Effect) -> Rows:
    """What a row of the record adds up to; that of an effect is made to sum to 1 wherever shares are asked for."""
    return record.rows if isinstance(record, Trace) else "sum_to_one"


def values(record: Trace | Effect) -> Float[np.ndarray, "row column"]:
    """The shares of the first head, or an effect's nats."""
    return np.asarray(record.matrix() if isinstance(record, Trace) else record.drops, dtype=np.float64)


def _record(translation: Translation, read: Read, layer: int | None, head: int | None, later: int) -> Trace | Effect:
    if read == "effect":
        if translation.effect is None:
            raise Refused("This translation was made without its effect; translate with effect=True.")
        return translation.effect
    if translation.trace is None:
        raise Refused("This model has no attention; read what each source word does to its output (effect).")
    return one_head(shifted(translation.trace, later), layer, head)


def one_head(trace: Trace, layer: int | None, head: int | None) -> Trace:
    """A head of a layer, both from 0; None for the layer that the trace chose, and for the mean of its heads. Raises
    Refused where there is none of that number."""
    layers, heads = trace.weights.shape[:2]
    if layer is not None and not 0 <= layer < layers:
        raise Refused("There is no layer {layer}; this model has {layers}.", layer=layer + 1, layers=layers)
    if head is not None and not 0 <= head < heads:
        raise Refused("There is no head {head}; this layer has {heads}.", head=head + 1, heads=heads)
    return trace.only(trace.chosen if layer is None else layer, head)
