"""What training an encoder needs before the loop begins: first masked pieces, then labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from engine.errors import Refused
from engine.models.transformer.encoder import BeforeOutput, Encoder, EncoderConfig
from engine.runs import activity
from engine.store.library_format import save_model
from engine.text.document import Document
from engine.text.padding import padded
from engine.text.wordpieces import LAST_ID, Pieces, WordPieces, framed
from engine.training.batches import in_order
from engine.training.config import PretrainingConfig, TrainConfig
from engine.training.loss import high
from engine.training.prepare.prepared import Prepared, Stage, held_or_learnt
from engine.training.streams import Masking, stream
from engine.training.tasks import Batches, Loss

Labelled = Sequence[tuple[Document, int]]


def prepare(
    config: TrainConfig, train: Labelled, dev: Labelled, run: Path, meta: dict[str, Any], facts: dict[str, Any]
) -> Prepared:
    """Learn pieces where `run` holds none, and build the encoder from the seed."""
    words = held_or_learnt(
        run, WordPieces, lambda: WordPieces.train((document.text for document, _ in train), config.pieces)
    )
    activity.write(run, "encoding")
    learnt, judged = (words.pieces([document for document, _ in part]) for part in (train, dev))
    choices = {name: value for name, value in config.model.items() if name != "kind"}
    try:
        sizes = EncoderConfig(vocabulary=len(words), labels=tuple(meta["labels"]), **choices)
    except TypeError as error:
        raise Refused("the section {section} is not complete: {error}", section="model", error=error) from None
    torch.manual_seed(config.loop.seed)
    model = Encoder.new(sizes)
    train_set, dev_set = (
        [Example(pieces, label) for pieces, (_, label) in zip(cut, part, strict=True)]
        for cut, part in ((learnt, train), (judged, dev))
    )
    task = ClassifyingPieces(train_set, dev_set, sizes.limit, config.loop.smoothing)
    before = _before(model, learnt, judged, config.pretraining) if config.pretraining else None
    return Prepared(model, task, words, meta, facts, save_model, ("transformers",), before)


def _before(model: Encoder, train: list[Pieces], dev: list[Pieces], config: PretrainingConfig) -> Stage:
    texts, held_out = (stream([pieces.ids for pieces in part], LAST_ID) for part in (train, dev))
    return Stage(BeforeOutput(model.masked()), Masking(texts, held_out, config.length, config.masked), config)


class Example(NamedTuple):
    """A whole text in pieces, and the number of its label."""

    pieces: Pieces
    label: int


class ClassifyingPieces:
    """Called with ids and with which of them are no padding, the model gives logits [document, label]."""

    def __init__(self, train: Sequence[Example], dev: Sequence[Example], limit: int, smoothing: float = 0.0) -> None:
        self.train, self.dev, self.limit, self.smoothing = train, dev, limit, smoothing

    def batches(self, size: int, seed: int, number: int) -> Batches:
        return in_order(self._lengths(self.train), size, seed, number)

    def dev_batches(self, size: int) -> Batches:
        return in_order(self._lengths(self.dev), size, 0, 0)

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        examples = [(self.dev if dev else self.train)[i] for i in places]
        rows = [framed(_dropped(example.pieces, unknown), self.limit) for example in examples]
        ids, present = padded(rows, device)
        labels = torch.tensor([example.label for example in examples], device=device)
        logits = model(ids, present)
        smoothing = 0.0 if dev else self.smoothing
        total = nn.functional.cross_entropy(logits.to(high(logits)), labels, reduction="sum", label_smoothing=smoothing)
        return Loss(total, len(examples), sum(map(len, rows)))

    def _lengths(self, examples: Sequence[Example]) -> list[tuple[int, int]]:
        return [(min(len(example.pieces.ids), self.limit), 0) for example in examples]


def _dropped(pieces: Pieces, share: float) -> Pieces:
    """A share of the words hidden, so that a model knows what a missing word is."""
    return pieces.hidden((torch.rand(len(pieces.lengths)) < share).numpy()) if share else pieces
