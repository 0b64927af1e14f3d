"""A flat rival of the hierarchical network: one bidirectional LSTM with attention over all words (Zhou et al. 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.models.documents.batch import Classified, DocumentBatch
from engine.models.documents.pooling import Pooling, pool
from engine.models.recurrent.bidirectional import Bidirectional
from engine.models.recurrent.dropout import Dropout


@dataclass(frozen=True)
class BiLSTMConfig:
    """Sizes and choices; `hidden` is of one direction, and both are added."""

    vocabulary: int
    labels: int = 2
    embedding: int = 128
    hidden: int = 128
    cell: Literal["gru", "lstm"] = "lstm"
    pooling: Pooling = "attention"
    score: str = "dot"
    selection: str = "soft"
    dropout: float = 0.3
    model_type: Literal["alignscope-bilstm"] = "alignscope-bilstm"


class BiLSTM(nn.Module):
    """Section 3 of Zhou, Shi, Tian, Qi, Li, Hao & Xu 2016, doi:10.18653/v1/P16-2034. A row is a whole document."""

    flat = True

    def __init__(self, config: BiLSTMConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.embedding)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.words = Bidirectional(config.cell, config.embedding, config.hidden)
        self.output = nn.Linear(config.hidden, config.labels)
        self.dropout = Dropout(config.dropout)
        self.word_pool = pool(
            config.pooling, config.hidden, config.hidden, config.score, config.selection, turned=False
        )

    def forward(
        self,
        batch: DocumentBatch,
        *,
        embedded: Float[Tensor, "sentence word embedding"] | None = None,
        weights: Float[Tensor, "sentence word"] | None = None,
    ) -> Classified:
        """`embedded` stands in for the words' own vectors, `weights` for the word weights."""
        vectors = self.embedding(batch.ids) if embedded is None else embedded
        ahead, back = self.words(self.dropout(vectors), batch.present).chunk(2, -1)
        words = self.word_pool(ahead + back, batch.present, weights)  # equation 8
        document = torch.tanh(words.vector)[batch.places[:, 0]]  # equation 12: h* = tanh(r)
        logits = self.output(self.dropout(document))
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        return Classified(logits, words.weights, words.scores)
