"""A document classifier, looked at as it learns."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from engine.errors import Refused
from engine.evaluation.alignment import entropy
from engine.inference.classifier import Classifier
from engine.inference.document_reading import Reading
from engine.inference.replay.frames import About, Probe, View, bytes_of
from engine.inference.replay.observing import Look
from engine.inference.replay.probes import Wish, chosen, spread
from engine.text.document import Document

SCORED = 100
MAX_SCORED_WORDS = 20_000
"""Accuracy is measured on at most so many documents, and no more of them than have so many words together."""
LEAST, MOST = 8, 80
"""Words of a probe that nobody asked for."""
MAX_PROBE_WORDS = 1_500


class ClassifierObserver:
    """Shows the weights with which `Classifier.read` opens: of sentences and of words, where a network has both."""

    def __init__(self, classifier: Classifier, labelled: Sequence[tuple[str, int]], wishes: Sequence[Wish]) -> None:
        """`labelled` texts are of development. Raises `Refused` without any probe."""
        self._classifier = classifier
        documents = [document for wish in wishes if (document := self._document(wish.text))]
        if not documents:
            texts = chosen([text for text, _ in labelled], lambda text: len(text.split()), LEAST, MOST)
            documents = [document for text in texts if (document := self._document(text))]
        if not documents:
            raise Refused("There is no text of development short enough to be looked at.")
        self._documents = documents
        self._scored = self._sample(labelled)
        info = classifier.info
        languages = info.source_language, info.target_language
        probes = tuple(map(_probe, documents))
        self.about = About(info.name, info.task, *languages, "accuracy", len(self._scored), 0, probes)

    def _document(self, text: str) -> Document | None:
        """None for a text that the network cannot read, or that is too long to be looked at often."""
        with suppress(Refused):
            document = self._classifier.document(text)
            return document if document.size <= MAX_PROBE_WORDS else None
        return None

    def _sample(self, labelled: Sequence[tuple[str, int]]) -> list[tuple[Document, int]]:
        sample: list[tuple[Document, int]] = []
        left = MAX_SCORED_WORDS
        for text, label in spread(labelled, SCORED):
            document = self._classifier.document(text)
            left -= document.size
            if left < 0:
                break
            sample.append((document, label))
        return sample

    def look(self) -> Look:
        readings = [self._classifier.read(document) for document in self._documents]
        traces = [trace for reading in readings for trace in (*reading.words, reading.sentences) if trace is not None]
        bits = [value for trace in traces for value in entropy(trace.matrix()).tolist()]
        return Look(tuple(map(_view, readings)), self._accuracy(), float(np.mean(bits)))

    def _accuracy(self) -> float | None:
        if not self._scored:
            return None
        likely = self._classifier.probabilities([document for document, _ in self._scored])
        return float(np.mean(likely.argmax(1) == [label for _, label in self._scored]))


def _probe(document: Document) -> Probe:
    sentences = [document.words(i) for i in range(len(document.sentences))]
    columns = tuple(word for sentence in sentences for word in sentence)
    return Probe(document.text, columns, sentences=tuple(map(len, sentences)))


def _view(reading: Reading) -> View:
    weights = reading.word_weights[None]
    peak = float(np.float32(min(weights.max(), 1.0)))
    label = reading.labels[reading.predicted]
    over = None if reading.sentences is None else bytes_of(reading.sentence_weights)
    return View(label, (label,), bytes_of(weights, peak), peak, over)
