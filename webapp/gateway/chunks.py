"""A long request in short pieces, so that whoever asks for little need not wait for whoever asks for much."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import Refused

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.text.document import Document

SECONDS = 0.2
"""For which one request holds a device before others have their turn."""
FEWEST, AT_FIRST = 1_000, 4_000  # characters


@dataclass(frozen=True, eq=False)
class Chunk:
    """What became of a few of many texts: `probabilities[text, label]`, NaN where `refused` says why.

    `refused` is by place in the chunk; `seconds` is what it took, without the time in the queue.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    refused: Mapping[int, Refused]
    seconds: float


class Pace:
    """How many texts take about `SECONDS`, by their characters and the speed seen so far."""

    def __init__(self) -> None:
        self.characters = float(AT_FIRST)

    def end(self, texts: Sequence[str], first: int) -> int:
        """Where the chunk ends that begins at `first`: one text at least."""
        last, size = first + 1, len(texts[first])
        while last < len(texts) and size + len(texts[last]) <= self.characters:
            size += len(texts[last])
            last += 1
        return last

    def saw(self, texts: Sequence[str], seconds: float) -> None:
        """Grow or shrink, at most twofold, to the speed of a chunk."""
        wanted = sum(map(len, texts)) * SECONDS / max(seconds, 1e-3)
        self.characters = max(min(max(wanted, self.characters / 2), self.characters * 2), FEWEST)


def classified(classifier: Classifier, texts: Sequence[str]) -> Chunk:
    """The texts cut into words and classified; one that cannot be read is told and the others go on."""
    began = time.perf_counter()
    documents: dict[int, Document] = {}
    refused: dict[int, Refused] = {}
    for place, text in enumerate(texts):
        try:
            documents[place] = classifier.document(text)
        except Refused as reason:
            refused[place] = reason
    probabilities = np.full((len(texts), len(classifier.labels)), np.nan)
    if documents:
        probabilities[list(documents)] = classifier.probabilities(list(documents.values()))
    return Chunk(classifier.labels, probabilities, refused, time.perf_counter() - began)
