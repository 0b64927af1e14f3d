"""A classifier that reads pieces with a Transformer: the same questions as to the others, the same answers."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from engine.capture.capture import Recorder, prepare, recording
from engine.capture.edits import Edits, Permute
from engine.inference.classifier import Classifier, How, WordMask
from engine.inference.document_reading import DocumentEffect, Reading, left_of
from engine.models.documents.batch import Classified, DocumentBatch
from engine.models.transformer.encoder import Encoder
from engine.store.catalogue import ModelInfo
from engine.text.document import Document
from engine.text.padding import padded
from engine.text.wordpieces import FIRST_ID, LAST_ID, PAD_ID, UNKNOWN_ID, Pieces, WordPieces, framed
from engine.traces import Axis, Trace

By = Literal["rollout", "gradient", "last"]
MAX_EFFECT = 300
"""Words; in longer documents the effect of sentences alone is read."""
MAX_LEFT_OUT = 90_000
"""Words that may be read to leave out each sentence once; where it takes more, no effect is read at all."""
BATCH_PIECES = 8_192
"""How many pieces are read at once: tables of attention grow with their number times the longest text's."""


class PieceNetwork(nn.Module):
    """An encoder as gradients ask it: a batch in, or the vectors of its pieces in place of the embedding's."""

    flat = True

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    @property
    def embedding(self) -> nn.Embedding:
        return self.encoder.embedding

    def forward(
        self, batch: DocumentBatch, *, embedded: Float[Tensor, "document piece hidden"] | None = None
    ) -> Classified:
        return Classified(self.encoder(batch.ids, batch.present, embedded), batch.present.float(), None)


class EncoderClassifier(Classifier):
    """Safe to share between threads: nothing of a call stays on it or on the model.

    What it shows as the weight of a word comes `by`:

    - "rollout": how much of the word is in the vectors that the label is read from, if attention and residual mix
      half and half in every layer (Abnar & Zuidema 2020, equation 1, arXiv:2005.00928), read from the mean of all
      places, as this model's label is, where others read it from [CLS];
    - "gradient": attention weighed by its gradient and followed through the layers (Chefer et al. 2021, equations 5
      and 6, arXiv:2103.15679), read from the same mean, without the identity that every word has alike;
    - "last": attention of the last layer alone, the mean over heads and places.

    Each sums to 1 over the words; what fell on [CLS] and [SEP] is left out.
    """

    sample = 200
    readings = get_args(By)
    imposable = False  # the weights that are shown come from many heads, and from none of them the answer

    def __init__(self, info: ModelInfo, encoder: Encoder, words: WordPieces, labels: Sequence[str]) -> None:
        super().__init__(info, PieceNetwork(encoder), words, labels)
        self.encoder = encoder
        self.words = words
        self.limit = int(encoder.net.config.max_position_embeddings)
        example = torch.tensor([[FIRST_ID, UNKNOWN_ID, LAST_ID]], device=self.device)
        self._kinds = prepare(encoder.net, {"input_ids": example, "attention_mask": torch.ones_like(example)})

    @property
    def kind(self) -> str:
        """The network's family, as the transformers library calls it."""
        return str(self.encoder.net.config.model_type)

    @torch.inference_mode()
    def read(
        self, text: str | Document, *, without: Set[int] = frozenset(), effect: bool = False, by: By = "rollout"
    ) -> Reading:
        """As any classifier's, the weights of words read `by` one of three ways."""
        began = time.perf_counter()
        document = self.document(text) if isinstance(text, str) else text
        off, left = left_of(document, without)
        pieces = self.words.pieces([document])[0]
        owner = np.repeat(np.arange(len(document.sentences)), [len(s.words) for s in document.sentences])
        on = np.isin(owner, left)
        there = pieces.kept(on)
        read = there.read(self.limit)
        probabilities, shares = self._weights(there.kept(read), by)
        weights = np.zeros((1, 1, 1, len(read)), dtype=np.float32)
        weights[..., read] = shares
        labels = [word for i in left for word in document.words(i)]
        trace = Trace("word", Axis.of(("document",)), Axis.of(labels), weights)
        missing = np.flatnonzero(on)[~read]
        cut = (int(missing[0]), int(missing[-1]) + 1) if len(missing) else None
        falls = self._falls(pieces, owner, left, int(np.argmax(probabilities))) if effect else None
        seconds = time.perf_counter() - began
        return Reading(document, self.labels, probabilities, off, (trace,), None, falls, seconds, cut, by)

    def batch(self, documents: Sequence[Document]) -> DocumentBatch:
        """What is read of each document, as a row of pieces between [CLS] and [SEP]."""
        rows = padded([framed(text, self.limit) for text in self.words.pieces(documents)], self.device)
        places = torch.arange(len(rows.ids), device=self.device).unsqueeze(1)
        return DocumentBatch(*rows, places, torch.ones_like(places, dtype=torch.bool))

    @torch.inference_mode()
    def probabilities(self, documents: Sequence[Document]) -> Float[np.ndarray, "document label"]:
        return self._likely(self.words.pieces(documents))

    @torch.inference_mode()
    def erased(self, document: Document, kept: WordMask, how: How = "remove") -> Float[np.ndarray, "variant label"]:
        whole = self.words.pieces([document])[0]
        rows = np.asarray(kept, dtype=bool)
        if how == "unknown":
            return self._likely([whole.hidden(~marks) for marks in rows])
        return self._likely([whole.kept(marks) if marks.any() else NOTHING for marks in rows])

    @torch.inference_mode()
    def permuted(self, document: Document, repeats: int, seed: int) -> Float[np.ndarray, "repeat label"]:
        """Probabilities when every row of attention, in every head of every layer, is dealt out anew among the pieces
        (Jain & Wallace 2019, section 4.2.1, had one row to shuffle)."""
        ids = self.batch([document]).ids
        parts = []
        for number in range(repeats):
            first = (seed + number) * len(self._kinds)
            edits = Edits(tuple(Permute("encoder", k, None, first + k) for k in range(len(self._kinds))))
            with recording(Recorder(self._kinds, edits, lambda layer, weights: None)):
                logits = self.encoder(ids, torch.ones_like(ids, dtype=torch.bool))
            parts.append(logits[0].double().softmax(-1).cpu().numpy())
        return np.stack(parts)

    def unknown(self, ids: Int[Tensor, "sentence word"]) -> Int[Tensor, "sentence word"]:
        return torch.where((ids == FIRST_ID) | (ids == LAST_ID) | (ids == PAD_ID), ids, UNKNOWN_ID)

    def by_word(self, document: Document, values: Float[np.ndarray, " piece"]) -> Float[np.ndarray, " word"]:
        """Sums over each word's pieces; 0 for a word that was cut out of a text too long to be read whole."""
        pieces = self.words.pieces([document])[0]
        read = pieces.read(self.limit)
        word_values = np.zeros(len(read))
        word_values[read] = _summed(values[1:-1], pieces.lengths[read])
        return word_values

    def _likely(self, texts: Sequence[Pieces]) -> Float[np.ndarray, "document label"]:
        rows = [framed(text, self.limit) for text in texts]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        probabilities = np.zeros((len(rows), len(self.labels)))
        while order:
            # From the longest on, each of a batch costs as much as its longest.
            count = max(1, BATCH_PIECES // len(rows[order[-1]]))
            chosen, order = order[-count:], order[:-count]
            batch = padded([rows[i] for i in chosen], self.device)
            probabilities[chosen] = self.encoder(*batch).double().softmax(-1).cpu().numpy()
        return probabilities

    def _weights(self, read: Pieces, by: By) -> tuple[tuple[float, ...], Float[np.ndarray, " word"]]:
        """Probabilities of the labels, and each word's weight."""
        ids = torch.tensor([[FIRST_ID, *read.ids.tolist(), LAST_ID]], device=self.device)
        if by == "gradient":
            logits, tables = self._weighed(ids)
            mixed = torch.full((len(tables[0]),), 1 / len(tables[0]), device=self.device)
            first = mixed
            for table in reversed(tables):
                mixed = mixed + mixed @ table
            shares = mixed - first
        else:
            logits, tables = self._tables(ids)
            shares = torch.full((len(tables[0]),), 1 / len(tables[0]), device=self.device)
            for table in tables[:-2:-1] if by == "last" else reversed(tables):
                shares = shares @ table if by == "last" else (shares + shares @ table) / 2
        summed = _summed(shares[1:-1].float().cpu().numpy(), read.lengths)
        total = summed.sum()
        # Where no gradient says anything, no word is before another.
        even = np.full(len(summed), 1 / len(summed))
        return tuple(logits.double().softmax(-1).tolist()), summed / total if total > 0 else even

    def _tables(self, ids: Int[Tensor, "1 piece"]) -> tuple[Float[Tensor, " label"], list[Tensor]]:
        """Logits, and of each layer the mean over heads of attention [piece, piece]."""
        tables: list[Tensor] = []
        with recording(Recorder(self._kinds, Edits(), lambda layer, weights: tables.append(weights.mean(0)))):
            logits = self.encoder(ids, torch.ones_like(ids, dtype=torch.bool))[0]
        return logits, tables

    def _weighed(self, ids: Int[Tensor, "1 piece"]) -> tuple[Float[Tensor, " label"], list[Tensor]]:
        """Logits, and of each layer the mean over heads of (∇A ⊙ A)⁺, for the label that the text is given."""
        tables: list[Tensor] = []
        keep = Recorder(self._kinds, Edits(), lambda layer, weights: tables.append(weights), differentiable=True)
        with torch.inference_mode(False), torch.enable_grad(), recording(keep):
            # A tensor of inference mode cannot take part in a gradient.
            logits = self.encoder(ids.clone(), torch.ones_like(ids, dtype=torch.bool).clone())[0]
            slopes = torch.autograd.grad(logits.max(), tables)
        products = zip(slopes, tables, strict=True)
        return logits.detach(), [(slope * table).clamp(min=0).mean(0).detach() for slope, table in products]

    def _falls(
        self, pieces: Pieces, owner: Int[np.ndarray, " word"], left: Sequence[int], predicted: int
    ) -> DocumentEffect:
        """As `Classifier._effect`; a word that was not read has none."""
        on = np.isin(owner, left)
        whole = pieces.kept(on)
        read = whole.read(self.limit)
        size = len(whole.lengths)
        few = len(left) > 1 and len(left) * min(size, self.limit) <= MAX_LEFT_OUT
        shorter = [pieces.kept(on & (owner != i)) for i in left] if few else []
        hidden = [whole.hidden(np.arange(size) == i) for i in np.flatnonzero(read)] if size <= MAX_EFFECT else []
        logs = np.log(np.clip(self._likely([whole, *shorter, *hidden])[:, predicted], 1e-300, 1))
        falls = logs[0] - logs[1:]
        of_sentences = np.full(int(owner[-1]) + 1, np.nan)
        of_sentences[list(left)[: len(shorter)]] = falls[: len(shorter)]
        if not hidden:
            return DocumentEffect(None, of_sentences)
        of_words = np.full(len(on), np.nan)
        of_words[on] = 0.0
        of_words[np.flatnonzero(on)[read]] = falls[len(shorter) :]
        return DocumentEffect(of_words, of_sentences)


NOTHING = Pieces(np.array([UNKNOWN_ID], dtype=np.int32), np.array([1], dtype=np.int32))
"""A text of which no word is left."""


def _summed(values: Float[np.ndarray, " piece"], lengths: Int[np.ndarray, " word"]) -> Float[np.ndarray, " word"]:
    return np.add.reduceat(values, np.cumsum(lengths) - lengths).astype(np.float64)
