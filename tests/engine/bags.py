"""Classifiers whose every answer can be worked out by hand: each word has a value, and the values of a text add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from engine.text.document import Document, document


class Rows(NamedTuple):
    ids: torch.Tensor
    present: torch.Tensor
    places: torch.Tensor
    read: torch.Tensor


class Logits(NamedTuple):
    logits: torch.Tensor


class Bag(nn.Module):
    """logits are 0 and the sum of the words' values; the first two values are those of padding and unknown words."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.tensor([0.0, 0.0, *values])[:, None])

    def forward(self, batch: Rows, *, embedded: torch.Tensor | None = None) -> Logits:
        given = self.embedding(batch.ids) if embedded is None else embedded
        rows = (given[..., 0] * batch.present).sum(1)
        total = (rows[batch.places] * batch.read).sum(1)
        return Logits(torch.stack([torch.zeros_like(total), total], 1))


@dataclass(frozen=True, eq=False)
class Effects:
    words: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Seen:
    document: Document
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    without: frozenset[int]
    word_weights: np.ndarray
    combined: np.ndarray
    effect: Effects | None = None

    @property
    def predicted(self) -> int:
        return int(np.argmax(self.probabilities))


class BagClassifier:
    """Looks at a word as much as its value is far from 0, or, `alike`, at all words the same."""

    name = "classification/bag"
    labels = ("negative", "positive")
    language = "en"
    sample = 1000
    readings = ()

    def __init__(self, values: dict[str, float], alike: bool = False) -> None:
        self.values = values
        self.alike = alike
        self.network = Bag(list(values.values()))
        self.reads = 0

    def document(self, text: str) -> Document:
        return document(text, "en")

    def value(self, text: Document) -> np.ndarray:
        words = [word for i in range(len(text.sentences)) for word in text.words(i)]
        return np.array([self.values.get(word, 0.0) for word in words])

    def unknown(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.ones_like(ids)

    def by_word(self, text: Document, values: np.ndarray) -> np.ndarray:
        return values

    def probabilities(self, documents: Any) -> np.ndarray:
        return self._two(np.array([self.value(one).sum() for one in documents]))

    def read(self, text: Any, *, without: frozenset[int] = frozenset(), effect: bool = False) -> Seen:
        self.reads += 1
        given = self.document(text) if isinstance(text, str) else text
        values = self.value(given)
        there = np.repeat(
            [i not in without for i in range(len(given.sentences))], [len(s.words) for s in given.sentences]
        )
        (found,) = self._two(np.array([values[there].sum()]))
        size = np.ones(len(values)) if self.alike else np.abs(values)
        weights = np.where(there, size, 0) / max(size[there].sum(), 1e-9)
        effects = None
        if effect:
            answer = int(found.argmax())
            left = self._two(values[there].sum() - values)[:, answer]
            effects = Effects(np.where(there, np.log(found[answer]) - np.log(left), np.nan))
        return Seen(given, self.labels, tuple(found.tolist()), without, weights, np.sqrt(weights), effects)

    def erased(self, document: Document, kept: np.ndarray, how: str) -> np.ndarray:
        return self._two(kept @ self.value(document))

    def permuted(self, document: Document, repeats: int, seed: int) -> np.ndarray:
        """As if the model were its attention: a weighted sum, whose weights are exchanged."""
        values = self.value(document)
        weights = self.read(document).word_weights * len(values)
        chance = np.random.default_rng(seed)
        return self._two(np.array([chance.permutation(weights) @ values for _ in range(repeats)]))

    def batch(self, documents: Any) -> Rows:
        """Sentences that read the same share a row, as in the real one."""
        known = list(self.values)
        rows: dict[tuple[int, ...], int] = {}
        places = []
        for one in documents:
            ids = [
                tuple(known.index(w) + 2 if w in known else 1 for w in one.words(i)) for i in range(len(one.sentences))
            ]
            places.append([rows.setdefault(row, len(rows)) for row in ids])
        width, most = max(map(len, rows)), max(map(len, places))
        padded = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
        read = torch.tensor([[i < len(one) for i in range(most)] for one in places])
        return Rows(padded, padded > 0, torch.tensor([[*one, *[0] * (most - len(one))] for one in places]), read)

    @staticmethod
    def _two(totals: np.ndarray) -> np.ndarray:
        positive = 1 / (1 + np.exp(-totals))
        return np.stack([1 - positive, positive], 1)
