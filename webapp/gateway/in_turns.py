"""A long request to a classifier, done in parts between which other visitors have their turn."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.text.document import Document

WORDS_A_TURN = 15_000  # a fifth of a second on two cores


class Turns(Protocol):
    """What lets one request at a time compute."""

    def turn(self, *, let_in: bool = False) -> AbstractContextManager[None]: ...


class InTurns:
    """The classifier as `engine.evaluation.faithfulness` asks it, each of its calls a turn of its own."""

    def __init__(self, classifier: Classifier, turns: Turns) -> None:
        self._classifier = classifier
        self._turns = turns
        self.network = _Network(classifier.network, turns)

    def batch(self, documents: Any) -> Any:
        return self._classifier.batch(documents)

    def unknown(self, ids: Any) -> Any:
        return self._classifier.unknown(ids)

    def by_word(self, document: Document, values: np.ndarray) -> np.ndarray:
        return self._classifier.by_word(document, values)

    def read(self, text: Any, *, effect: bool = False) -> Any:
        with self._turns.turn(let_in=True):
            return self._classifier.read(text, effect=effect)

    def erased(self, document: Document, kept: np.ndarray, how: Literal["remove", "unknown"]) -> np.ndarray:
        """As the classifier's own, so many variants at a time as make `WORDS_A_TURN`."""
        words = kept.sum(1) if how == "remove" else np.full(len(kept), kept.shape[1])
        turn = np.cumsum(words) // WORDS_A_TURN
        parts = []
        for rows in np.split(kept, np.flatnonzero(np.diff(turn)) + 1):
            with self._turns.turn(let_in=True):
                parts.append(self._classifier.erased(document, rows, how))
        return np.concatenate(parts)

    def permuted(self, document: Document, repeats: int, seed: int) -> np.ndarray:
        with self._turns.turn(let_in=True):
            return self._classifier.permuted(document, repeats, seed)


class _Network:
    def __init__(self, network: Any, turns: Turns) -> None:
        self._network = network
        self._turns = turns

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        with self._turns.turn(let_in=True):
            return self._network(*arguments, **named)
