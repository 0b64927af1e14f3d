"""A text on its way through a hierarchical attention network: all that its two levels of attention begin from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.errors import Refused
from engine.inference.classifier import Classifier
from engine.models.documents.han import HAN
from engine.models.documents.pooling import AttentionPool

MOST_SENTENCES, MOST_WORDS = 30, 60
"""Of a text and of the sentence that is taken apart: each of them is a row of numbers."""


@dataclass(frozen=True, eq=False)
class Text:
    """What a network made of each sentence before it attends.

    `pools` are its attention over words and over sentences. `words` are those of each sentence, `states` the word
    encoder's, 0 where no word is.
    """

    network: HAN
    pools: tuple[AttentionPool, AttentionPool]
    labels: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    states: Float[Tensor, "sentence word size"]
    present: Bool[Tensor, "sentence word"]

    @property
    def can_be_bare(self) -> bool:
        """Whether the scores can be taken from the states themselves: a learnt query must be as long as they are."""
        sizes = (self.states.shape[-1], 2 * self.network.config.sentence)
        return all(len(pool.query) == size for pool, size in zip(self.pools, sizes, strict=True))


def pools_of(network: Any, name: str) -> tuple[AttentionPool, AttentionPool]:
    """Attention over words and over sentences. Raises `Refused` for a network that has none as the paper has it."""
    if isinstance(network, HAN):
        words, sentences = network.word_pool, network.sentence_pool
        if isinstance(words, AttentionPool) and isinstance(sentences, AttentionPool):
            form = {(pool.attention.scoring.name, pool.attention.selection.name) for pool in (words, sentences)}
            if form == {("dot", "soft")}:
                return words, sentences
    raise Refused(
        "{name} does not attend as the paper has it, at two levels with a dot product and a softmax.", name=name
    )


@torch.inference_mode()
def text_of(classifier: Classifier, text: str) -> Text:
    """A text as a classifier read it. Raises `Refused` for what is no text, for one of more than `MOST_SENTENCES`, and
    for a classifier that has no such levels."""
    network = classifier.network
    pools = pools_of(network, classifier.name)
    document = classifier.document(text)
    count = len(document.sentences)
    if count > MOST_SENTENCES:
        raise Refused(
            "A text is taken apart for {most} sentences at most, and this one has {count}; shorten it.",
            most=MOST_SENTENCES,
            count=count,
        )
    batch = classifier.batch([document])
    states = network.words(network.embedding(batch.ids), batch.present)
    rows = batch.places[0]
    words = tuple(tuple(document.words(i)) for i in range(count))
    return encoded(network, pools, classifier.labels, words, states[rows], batch.present[rows])


def encoded(
    network: HAN,
    pools: tuple[AttentionPool, AttentionPool],
    labels: tuple[str, ...],
    words: tuple[tuple[str, ...], ...],
    states: Float[Tensor, "sentence word size"],
    present: Bool[Tensor, "sentence word"],
) -> Text:
    """A text whose words have been encoded."""
    states = states.masked_fill(~present.unsqueeze(-1), 0)
    return Text(network, pools, labels, words, states, present)
