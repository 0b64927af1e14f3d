"""One pair of texts read as matrices over its words: by attention, by effect, or by every head on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from engine.decoding.effect import drops
from engine.decoding.forced import Pair, batches, forced, looks
from engine.errors import Refused
from engine.text.tokenizer import Encoded
from engine.traces import LATEST, Axis, Effect, Read, Rows, Trace


class WordMatrix(NamedTuple):
    """A row for each target word, a column for each source word and a last one for the end of the sentence; of
    attention with a null key one more.

    Attention gives shares, each row adding up to what `rows` says; effect gives nats, with 0 in the last column.
    """

    matrix: Float[np.ndarray, "target source_end"]
    queries: Axis
    keys: Axis
    rows: Rows = "sum_to_one"

    @property
    def ends(self) -> int:
        """How many of the last columns stand for no word."""
        return sum(self.keys.special)


def matrices(
    model: Any,
    pairs: Sequence[tuple[Encoded, Encoded]],
    read: Read,
    device: torch.device,
    later: int = 0,
    layer: int | None = None,
    head: int | None = None,
) -> list[WordMatrix]:
    """For each source and target. Attention is read `later` steps after the one that wrote each piece; without a
    `layer` it is that of the one which `Trace.chosen` names, without a `head` the mean over all of the layer."""
    if read == "effect":
        lost = drops(model, [(s.ids, s.axis) for s, _ in pairs], [t.ids for _, t in pairs], device)
        effects = (Effect(t.axis, s.axis, drops).by_words() for (s, t), drops in zip(pairs, lost, strict=True))
        return [_without_end(effect.drops, effect.queries, effect.keys) for effect in effects]
    by_pair: dict[int, WordMatrix] = {}
    for i, trace in _traces(model, pairs, device):
        words = shifted(trace.only(trace.chosen if layer is None else layer, head), later).by_words()
        by_pair[i] = _without_end(words.matrix(), words.queries, words.keys, words.rows)
    return [by_pair[i] for i in range(len(pairs))]


def heads(
    model: Any, pairs: Sequence[tuple[Encoded, Encoded]], device: torch.device
) -> list[Float[np.ndarray, "shift layer head target source_end"]]:
    """All heads of all layers over the words of each pair.

    `shift` 0 reads the step at which a piece was written, 1 the next one, at which it was read (Chen et al. 2020,
    arXiv:2004.14837), and so on to `LATEST`.
    """
    by_pair: dict[int, Float[np.ndarray, "shift layer head target source_end"]] = {}
    for i, trace in _traces(model, pairs, device):
        by_step = [shifted(trace, later).by_words().weights for later in range(LATEST + 1)]
        by_pair[i] = _one_end(np.stack(by_step)[..., :-1, :], sum(trace.keys.special))
    return [by_pair[i] for i in range(len(pairs))]


def _one_end(table: np.ndarray, ends: int) -> np.ndarray:
    """With one last column for no word: where there is a null key, the higher of it and the end of the sentence."""
    return np.concatenate([table[..., :-ends], table[..., -ends:].max(-1, keepdims=True)], -1)


def shifted(trace: Trace, later: int = 1) -> Trace:
    """Each output given the row of so many steps after it; those behind the last step are given that of the last.

    One step later it is the input. Attention before the cell (Bahdanau 2015) asks with a state that has not read that
    input yet, so there it takes two steps until the query knows the word.
    """
    if not later:
        return trace
    rows = np.minimum(np.arange(len(trace.queries)) + later, len(trace.queries) - 1)
    return trace.reordered(trace.queries, rows.tolist())


def _traces(model: Any, pairs: Sequence[tuple[Encoded, Encoded]], device: torch.device) -> Iterator[tuple[int, Trace]]:
    """Number and trace of every pair, batch by batch."""
    ids: list[Pair] = [(source.ids, target.ids) for source, target in pairs]
    for batch in batches(ids):
        outputs, _, _ = forced(model, [ids[i] for i in batch], device)
        for row, i in enumerate(batch):
            source, target = pairs[i]
            look = looks(outputs, row, ids[i])
            if look is None:
                raise Refused("This model has no attention; read what each source word does to its output (effect).")
            yield i, look.trace(target.axis, source.axis)


def _without_end(matrix: np.ndarray, queries: Axis, keys: Axis, rows: Rows = "sum_to_one") -> WordMatrix:
    """The row of `</s>` aligns nothing."""
    last = len(queries) - 1
    return WordMatrix(matrix[:last], queries.only(range(last)), keys, rows)
