"""Hierarchical Attention Network: words make sentences, sentences make a document (Yang et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from engine.models.documents.batch import Classified, DocumentBatch
from engine.models.documents.pooling import Pooled, Pooling, pool
from engine.models.recurrent.bidirectional import Bidirectional, numbered
from engine.models.recurrent.dropout import Dropout


@dataclass(frozen=True)
class HANConfig:
    """Sizes and choices; `word` and `sentence` are of one direction. Paper: embedding 200, word and sentence 50."""

    vocabulary: int
    labels: int = 2
    embedding: int = 128
    word: int = 64
    sentence: int = 64
    attention: int = 128
    cell: Literal["gru", "lstm"] = "gru"
    pooling: Pooling = "attention"
    score: str = "dot"
    selection: str = "soft"
    dropout: float = 0.3
    model_type: Literal["alignscope-han"] = "alignscope-han"


class HAN(nn.Module):
    """Section 2.2 of Yang, Yang, Dyer, He, Smola & Hovy 2016, doi:10.18653/v1/N16-1174.

    `pooling` average and max are its ablations HN-AVE and HN-MAX, at both levels.
    """

    flat = False

    def __init__(self, config: HANConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.embedding)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.words = Bidirectional(config.cell, config.embedding, config.word)
        self.sentences = Bidirectional(config.cell, 2 * config.word, config.sentence)
        self.output = nn.Linear(2 * config.sentence, config.labels)
        self.dropout = Dropout(config.dropout)
        # Built last: models that differ in pooling alone then start from the very same other weights.
        kind, size, score, selection = config.pooling, config.attention, config.score, config.selection
        self.word_pool = pool(kind, 2 * config.word, size, score, selection)
        self.sentence_pool = pool(kind, 2 * config.sentence, size, score, selection)

    def forward(
        self,
        batch: DocumentBatch,
        *,
        embedded: Float[Tensor, "sentence word embedding"] | None = None,
        weights: Float[Tensor, "sentence word"] | None = None,
        sentence_weights: Float[Tensor, "document place"] | None = None,
    ) -> Classified:
        """`embedded` stands in for the words' own vectors, `weights` for the word weights, `sentence_weights` for those
        of the sentences."""
        inputs = self.embedding(batch.ids[batch.present]) if embedded is None else embedded[batch.present]
        words = self._word_level(self.dropout(inputs), batch.present, weights)
        vectors = words.vector.index_select(0, batch.places.flatten()).view(*batch.places.shape, -1)
        states = self.sentences(self.dropout(vectors), batch.read)
        sentences = self.sentence_pool(states, batch.read, sentence_weights)
        logits = self.output(self.dropout(sentences.vector))
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        return Classified(logits, words.weights, words.scores, sentences.weights, sentences.scores)

    def _word_level(
        self,
        inputs: Float[Tensor, "all embedding"],
        present: Bool[Tensor, "sentence word"],
        weights: Float[Tensor, "sentence word"] | None,
    ) -> Pooled:
        """Sentences of like length together, so that little is spent on padding."""
        known, numbers = self.words.project(inputs), numbered(present)
        lengths, order = present.sum(1).sort()
        pooled = []
        for rows, longest in _of_like_length(lengths, order):
            there = present[rows, :longest]
            states = self.words.read(known, numbers[rows, :longest], there)
            own = None if weights is None else weights[rows, :longest]
            pooled.append(self.word_pool(states, there, own))
        back, width = order.argsort(), present.shape[1]
        scores = [part.scores for part in pooled if part.scores is not None]
        return Pooled(
            torch.cat([part.vector for part in pooled]).index_select(0, back),
            _joined([part.weights for part in pooled], width)[back],
            _joined(scores, width)[back] if scores else None,
        )


def _of_like_length(lengths: Tensor, order: Tensor) -> Iterator[tuple[Tensor, int]]:
    """Parts of `order`, whose lengths rise, and the longest length of each: few steps against little padding."""
    sizes: list[int] = lengths.tolist()
    start = 0
    for end in range(1, len(sizes) + 1):
        if end == len(sizes) or sizes[end] > 1.6 * sizes[start] + 4:
            yield order[start:end], sizes[end - 1]
            start = end


def _joined(parts: list[Tensor], width: int) -> Tensor:
    return torch.cat([nn.functional.pad(part, (0, width - part.shape[1])) for part in parts])
