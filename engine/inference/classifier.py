"""A document classifier with its vocabulary: text in, probabilities and traces out."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.attention.imposed_levels import ImposedLevels
from engine.errors import Refused
from engine.inference.document_imposed import Place, classified
from engine.inference.document_reading import DocumentEffect, Reading, left_of
from engine.models.documents.batch import Classified, DocumentBatch, Ids, batch_of, encoded
from engine.store.catalogue import ModelInfo
from engine.text.document import Document, document
from engine.text.vocabulary import UNKNOWN_ID, Vocabulary
from engine.traces import Axis, Trace

MAX_EFFECT_WORDS = {"han": 1500, "bilstm": 400}
"""In longer documents the effect of sentences alone is read: a flat model reads the whole text for each word."""
MAX_LEFT_OUT = {"han": 1_000_000, "bilstm": 160_000}
"""Words that may be read to leave out each sentence once; where it takes more, no effect is read at all: a text of
100,000 characters may have thousands of sentences."""
BATCH_WORDS = 40_000
"""How many words are read at once, so that memory stays bounded however long the documents are."""

How = Literal["remove", "unknown"]
WordMask = Sequence[Sequence[bool]] | Bool[np.ndarray, "variant word"]


class Classifier:
    """Safe to share between threads: nothing of a call stays on it or on the model."""

    sample = 1_000
    """On how many test documents its faithfulness is measured; each is read some hundred times."""
    readings: tuple[str, ...] = ()
    """Ways to weigh words of which `read` takes one as `by`, the first its own; none where there is but one."""

    def __init__(self, info: ModelInfo, network: Any, vocabulary: Vocabulary | Any, labels: Sequence[str]) -> None:
        self.info = info
        self.network = network
        self.vocabulary = vocabulary
        self.labels = tuple(labels)
        self.language = info.source_language or "en"
        self.device: torch.device = next(network.parameters()).device

    @property
    def imposable(self) -> bool:
        """Whether the weights that its answer is made of can be changed."""
        return bool(self.network.config.pooling == "attention")

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def model(self) -> Any:
        """The network, under the name that translators have for theirs."""
        return self.network

    @property
    def kind(self) -> str:
        """The network's family: han, bilstm."""
        return str(self.network.config.model_type.removeprefix("alignscope-"))

    def document(self, text: str) -> Document:
        """The text cut into sentences and words. Raises `Refused` as `engine.text.document` does."""
        return document(text, self.language)

    @torch.inference_mode()
    def read(self, text: str | Document, *, without: Set[int] = frozenset(), effect: bool = False) -> Reading:
        """Classify one document, as if the sentences `without` were not there, and say where the model looked.

        Raises `Refused` for text that cannot be read and where no sentence is left.
        """
        began = time.perf_counter()
        document = self.document(text) if isinstance(text, str) else text
        off, left = left_of(document, without)
        sentences = tuple(tuple(self.vocabulary.ids(document.words(i))) for i in left)
        batch = self._batch([sentences])
        answer: Classified = self.network(batch)
        probabilities = tuple(answer.logits[0].double().softmax(-1).tolist())
        words, over = self._traces(document, left, batch, answer)
        falls = self._effect(document, left, sentences, int(np.argmax(probabilities))) if effect else None
        return Reading(document, self.labels, probabilities, off, words, over, falls, time.perf_counter() - began)

    @torch.inference_mode()
    def imposed(self, reading: Reading, imposed: ImposedLevels) -> Reading:
        """The same text, with the same sentences off, as if the model had looked so; without effect.

        Raises `Refused` for a model whose attention cannot be changed, and for changes that do not fit the text.
        """
        if not self.imposable:
            raise Refused("This model has no attention over words that could be changed.")
        began = time.perf_counter()
        document, left = reading.document, reading.read
        batch = self._batch([tuple(tuple(self.vocabulary.ids(document.words(i))) for i in left)])
        place = Place(tuple(len(sentence.words) for sentence in document.sentences), left)
        batch, answer = classified(self.network, batch, place, imposed)
        probabilities = tuple(answer.logits[0].double().softmax(-1).tolist())
        words, over = self._traces(document, left, batch, answer)
        seconds = time.perf_counter() - began
        return replace(reading, probabilities=probabilities, words=words, sentences=over, effect=None, seconds=seconds)

    def batch(self, documents: Sequence[Document]) -> DocumentBatch:
        """The documents as the network takes them, on its device."""
        return self._batch([encoded(document, self.vocabulary, flat=False) for document in documents])

    def unknown(self, ids: Int[Tensor, "sentence word"]) -> Int[Tensor, "sentence word"]:
        """The rows of a batch with every word unknown: where gradients are measured from."""
        return torch.full_like(ids, UNKNOWN_ID)

    def by_word(self, document: Document, values: Float[np.ndarray, " word"]) -> Float[np.ndarray, " word"]:
        """Values of what the network reads of a document, in order, as values of its words."""
        return values

    @torch.inference_mode()
    def probabilities(self, documents: Sequence[Document]) -> Float[np.ndarray, "document label"]:
        """Of each label for each document."""
        return self._probabilities([encoded(document, self.vocabulary, flat=False) for document in documents])

    @torch.inference_mode()
    def erased(self, document: Document, kept: WordMask, how: How = "remove") -> Float[np.ndarray, "variant label"]:
        """Probabilities when only the words marked in each row of `kept` are left; words are numbered in reading order.

        The others are taken out, or with "unknown" replaced by <unk>. A document of which nothing is left is <unk>.
        """
        sentences = encoded(document, self.vocabulary, flat=False)
        ends = np.cumsum([len(sentence) for sentence in sentences])[:-1]
        variants = []
        for marks in np.asarray(kept, dtype=bool):
            rows = zip(sentences, np.split(marks, ends), strict=True)
            if how == "unknown":
                rest = [tuple(i if keep else UNKNOWN_ID for i, keep in zip(row, own, strict=True)) for row, own in rows]
            else:
                rest = [tuple(i for i, keep in zip(row, own, strict=True) if keep) for row, own in rows]
            variants.append(tuple(row for row in rest if row) or ((UNKNOWN_ID,),))
        return self._probabilities(variants)

    @torch.inference_mode()
    def permuted(self, document: Document, repeats: int, seed: int) -> Float[np.ndarray, "repeat label"]:
        """Probabilities when the word weights are shuffled within each sentence, in the whole document of a flat model
        (Jain & Wallace 2019, section 4.2.1)."""
        batch = self.batch([document])
        weights, present = self.network(batch).words, batch.present
        random = np.random.default_rng(seed)
        parts = []
        most = max(1, BATCH_WORDS // present.numel())
        for count in (min(most, repeats - done) for done in range(0, repeats, most)):
            key = torch.from_numpy(random.random((count, *present.shape))).to(self.device)
            # Padding, whose weight is 0, stays behind the words.
            order = torch.where(present, key, 2.0).argsort(2)
            shuffled = weights.expand(count, -1, -1).gather(2, order)
            logits = self.network(_repeated(batch, count), weights=shuffled.flatten(0, 1)).logits
            parts.append(logits.double().softmax(-1).cpu().numpy())
        return np.concatenate(parts)

    def _batch(self, documents: Sequence[Sequence[Ids]]) -> DocumentBatch:
        if self.network.flat:
            documents = [(sum(map(tuple, document), ()),) for document in documents]
        return batch_of(documents).to(self.device)

    def _probabilities(self, documents: Sequence[Sequence[Ids]]) -> Float[np.ndarray, "document label"]:
        sizes = [sum(map(len, sentences)) for sentences in documents]
        order = sorted(range(len(documents)), key=sizes.__getitem__)
        probabilities = np.zeros((len(documents), len(self.labels)))
        for chosen in _within(order, sizes):
            logits = self.network(self._batch([documents[i] for i in chosen])).logits
            probabilities[chosen] = logits.double().softmax(-1).cpu().numpy()
        return probabilities

    def _traces(
        self, document: Document, left: Sequence[int], batch: DocumentBatch, answer: Classified
    ) -> tuple[tuple[Trace, ...], Trace | None]:
        if answer.sentences is None:
            labels = [word for i in left for word in document.words(i)]
            return (_trace("word", ("document",), labels, answer.words[0], answer.word_scores, 0),), None
        rows = batch.places[0].tolist()
        words = tuple(
            _trace("word", (str(i + 1),), document.words(i), answer.words[row], answer.word_scores, row)
            for i, row in zip(left, rows, strict=True)
        )
        numbers = [str(i + 1) for i in left]
        over = _trace("sentence", ("document",), numbers, answer.sentences[0], answer.sentence_scores, 0)
        return words, over

    def _effect(
        self, document: Document, left: Sequence[int], sentences: tuple[Ids, ...], predicted: int
    ) -> DocumentEffect:
        """One batch: the text itself, then without each sentence, then with each word unknown."""
        size = sum(map(len, sentences))
        shorter = []
        if len(sentences) > 1 and len(sentences) * size <= MAX_LEFT_OUT[self.kind]:
            shorter = [sentences[:k] + sentences[k + 1 :] for k in range(len(sentences))]
        hidden = []
        if size <= MAX_EFFECT_WORDS[self.kind]:
            for k, row in enumerate(sentences):
                for i in range(len(row)):
                    changed = (*row[:i], UNKNOWN_ID, *row[i + 1 :])
                    hidden.append((*sentences[:k], changed, *sentences[k + 1 :]))
        logs = np.log(np.clip(self._probabilities([sentences, *shorter, *hidden])[:, predicted], 1e-300, 1))
        falls = logs[0] - logs[1:]
        of_sentences = np.full(len(document.sentences), np.nan)
        of_sentences[list(left)[: len(shorter)]] = falls[: len(shorter)]
        if not hidden:
            return DocumentEffect(None, of_sentences)
        owner = np.repeat(np.arange(len(document.sentences)), [len(s.words) for s in document.sentences])
        of_words = np.full(document.size, np.nan)
        of_words[np.isin(owner, left)] = falls[len(shorter) :]
        return DocumentEffect(of_words, of_sentences)


def _repeated(batch: DocumentBatch, count: int) -> DocumentBatch:
    """One document so many times, each time with rows of its own."""
    starts = len(batch.ids) * torch.arange(count, device=batch.ids.device).unsqueeze(1)
    ids, present, read = (part.repeat(count, 1) for part in (batch.ids, batch.present, batch.read))
    return DocumentBatch(ids, present, batch.places + starts, read)


def _within(order: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """`order` cut where the padded words of a batch would pass the limit; sizes rise along it."""
    batches: list[list[int]] = []
    for i in order:
        if not batches or (len(batches[-1]) + 1) * sizes[i] > BATCH_WORDS:
            batches.append([])
        batches[-1].append(i)
    return batches


def _trace(
    kind: Literal["word", "sentence"],
    query: Sequence[str],
    keys: Sequence[str],
    weights: Float[Tensor, " padded"],
    scores: Float[Tensor, "row padded"] | None,
    row: int,
) -> Trace:
    count = len(keys)
    shaped = weights[:count].float().cpu().numpy().reshape(1, 1, 1, count)
    raw = None if scores is None else scores[row, :count].float().cpu().numpy().reshape(1, 1, 1, count)
    return Trace(kind, Axis.of(query), Axis.of(keys), shaped, raw)
