"""What the loop asks of a task: which examples make up a batch, and how wrong a model is about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.models.documents.batch import Ids, batch_of
from engine.text.vocabulary import UNKNOWN_ID
from engine.training.batches import Pair, in_order, order, with_unknown
from engine.training.batches import batch_of as batch_of_pairs
from engine.training.loss import high
from engine.training.output_loss import output_loss
from engine.training.supervision import Supervision

Batches = list[list[int]]


class Loss(NamedTuple):
    """`total` in nats over so many `guesses`; `words` is what the speed is counted in."""

    total: Float[Tensor, ""]
    guesses: int
    words: int


@runtime_checkable
class Task(Protocol):
    """Examples are numbers: those of training, or with `dev` those of development."""

    train: Sequence[Any]

    def batches(self, size: int, seed: int, number: int) -> Batches:
        """The batches of pass `number`; only the last one to be cut can be short."""

    def dev_batches(self, size: int) -> Batches: ...

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        """`model` is called, `net` is the same without what distributes it; `unknown` is the share of words hidden."""


class Translating:
    """Called with (source, present, previous), the model gives something whose `read` is [batch, target, embedding];
    its output layer is `embedding.weight` and `bias`."""

    def __init__(
        self,
        train: Sequence[Pair],
        dev: Sequence[Pair],
        smoothing: float = 0.0,
        supervision: Supervision | None = None,
    ) -> None:
        """With `supervision`, of the same training pairs, attention is pulled towards links as well."""
        self.train, self.dev, self.smoothing, self.supervision = train, dev, smoothing, supervision

    def batches(self, size: int, seed: int, number: int) -> Batches:
        return order(self.train, size, seed, number)

    def dev_batches(self, size: int) -> Batches:
        return order(self.dev, size, 0, 0)

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        examples = self.dev if dev else self.train
        batch = batch_of_pairs([examples[i] for i in places])
        if unknown:
            batch = batch._replace(source=with_unknown(batch.source, unknown))
        source, present, previous, target, wanted = (tensor.to(device) for tensor in batch)
        decoded = model(source, present, previous)
        total = output_loss(net, decoded, target, wanted, 0.0 if dev else self.smoothing)
        if self.supervision is not None and not dev:
            total = total + self.supervision.loss(decoded.weights, places)
        pieces = int(batch.wanted.sum())
        return Loss(total, pieces, pieces)


class LabelledDocument(NamedTuple):
    """A document as sentences of ids (one row for a flat model), and the number of its label."""

    sentences: tuple[Ids, ...]
    label: int


class Classifying:
    """Called with a `DocumentBatch`, the model gives something whose `logits` are [document, label]."""

    def __init__(
        self, train: Sequence[LabelledDocument], dev: Sequence[LabelledDocument], smoothing: float = 0.0
    ) -> None:
        self.train, self.dev, self.smoothing = train, dev, smoothing

    def batches(self, size: int, seed: int, number: int) -> Batches:
        return in_order(_lengths(self.train), size, seed, number)

    def dev_batches(self, size: int) -> Batches:
        return in_order(_lengths(self.dev), size, 0, 0)

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        examples = [(self.dev if dev else self.train)[i] for i in places]
        batch = batch_of([example.sentences for example in examples])
        if unknown:
            hidden = batch.present & (torch.rand(batch.ids.shape) < unknown)
            batch = batch._replace(ids=batch.ids.masked_fill(hidden, UNKNOWN_ID))
        labels = torch.tensor([example.label for example in examples], device=device)
        logits = model(batch.to(device)).logits
        smoothing = 0.0 if dev else self.smoothing
        total = nn.functional.cross_entropy(logits.to(high(logits)), labels, reduction="sum", label_smoothing=smoothing)
        return Loss(total, len(examples), int(batch.present.sum()))


def _lengths(examples: Sequence[LabelledDocument]) -> list[tuple[int, int]]:
    return [(sum(map(len, example.sentences)), len(example.sentences)) for example in examples]
