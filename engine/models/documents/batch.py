"""What every document classifier takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

if TYPE_CHECKING:
    from engine.text.document import Document
    from engine.text.vocabulary import Vocabulary

PAD_ID = 0


class DocumentBatch(NamedTuple):
    """Rows of words, and which of them make up each document.

    `places[d, i]` is the row that holds sentence i of document d; a row can serve many documents, so that variants of
    one text cost only what differs. `present` and `read` are false for padding; where `read` is false, `places` is 0.
    """

    ids: Int[Tensor, "sentence word"]
    present: Bool[Tensor, "sentence word"]
    places: Int[Tensor, "document place"]
    read: Bool[Tensor, "document place"]

    def to(self, device: torch.device | str) -> DocumentBatch:
        return DocumentBatch(*(tensor.to(device) for tensor in self))


class Classified(NamedTuple):
    """`words` and `sentences` are weights, each row summing to 1; scores are None where nothing is scored.

    A flat model has one row a document and no `sentences`.
    """

    logits: Float[Tensor, "document label"]
    words: Float[Tensor, "sentence word"]
    word_scores: Float[Tensor, "sentence word"] | None
    sentences: Float[Tensor, "document place"] | None = None
    sentence_scores: Float[Tensor, "document place"] | None = None


Ids = tuple[int, ...]


def encoded(document: Document, vocabulary: Vocabulary, *, flat: bool) -> tuple[Ids, ...]:
    """A document as sentences of ids, or as a single row of all its words."""
    sentences = tuple(tuple(vocabulary.ids(document.words(i))) for i in range(len(document.sentences)))
    return (sum(sentences, ()),) if flat else sentences


def batch_of(documents: Sequence[Sequence[Ids]]) -> DocumentBatch:
    """Documents as sentences of ids, at least one each, and no sentence empty. Equal sentences share one row."""
    rows: dict[Ids, int] = {}
    for document in documents:
        for sentence in document:
            rows.setdefault(tuple(sentence), len(rows))
    lengths = np.array([len(row) for row in rows])
    ids = np.full((len(rows), lengths.max()), PAD_ID, dtype=np.int64)
    present = np.arange(ids.shape[1]) < lengths[:, None]
    ids[present] = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    counts = np.array([len(document) for document in documents])
    read = np.arange(counts.max()) < counts[:, None]
    places = np.zeros(read.shape, dtype=np.int64)
    places[read] = [rows[tuple(sentence)] for document in documents for sentence in document]
    return DocumentBatch(*(torch.from_numpy(array) for array in (ids, present, places, read)))
