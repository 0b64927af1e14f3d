"""What each word did to the answer, by gradients: integrated gradients over the embedded words."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.text.document import Document

AT_ONCE = 20_000
"""How many words, copies included, the network reads in one go: what bounds the memory."""


@runtime_checkable
class Differentiable(Protocol):
    """A classifier as far as gradients go. The network has an `embedding` and takes vectors in place of its own."""

    @property
    def network(self) -> Any: ...

    def batch(self, documents: Any) -> Any:
        """Documents as rows of ids, with which rows make up which document."""

    def unknown(self, ids: Any) -> Any:
        """Rows of the same shape with every word unknown."""

    def by_word(self, document: Any, values: Any) -> Any:
        """Values of what the network reads, in order, as values of the document's words."""


def integrated(
    classifier: Differentiable, document: Document, answer: int, steps: int = 32
) -> Float[np.ndarray, " word"]:
    """Integrated gradients of ln p(answer), in nats, for each word of the document in reading order.

    Sundararajan, Taly & Yan 2017 (arXiv:1703.01365), equation 1, along the straight line from a text of unknown words
    to this one, by captum with Gauss-Legendre quadrature in `steps` points; a word's value is summed over the
    dimensions of its vector. All values sum to what the answer's log-probability gains between the two texts, up to
    the error of the quadrature, so they are of the unit of a word's effect and start from the same absence.
    """
    from captum.attr import IntegratedGradients  # takes a second to import, and most visitors never ask for it

    network = classifier.network
    batch = _apart(classifier.batch([document]))
    vectors = network.embedding(batch.ids).detach().unsqueeze(0)
    nothing = network.embedding(classifier.unknown(batch.ids)).detach().unsqueeze(0)

    def logprob(embedded: Float[Tensor, "copy sentence word embedding"]) -> Float[Tensor, "copy label"]:
        return network(_copies(batch, len(embedded)), embedded=embedded.flatten(0, 1)).logits.log_softmax(-1)

    # cuDNN takes no gradient of a recurrent network that is not in training; elsewhere this changes nothing
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        attributed = IntegratedGradients(logprob).attribute(
            vectors,
            baselines=nothing,
            target=answer,
            n_steps=steps,
            internal_batch_size=max(1, AT_ONCE // batch.ids.numel()),
        )
    values: Float[np.ndarray, " word"] = classifier.by_word(
        document, attributed[0].sum(-1)[batch.present].double().cpu().numpy()
    )
    return values


def _apart(batch: Any) -> Any:
    """One document with a row for each of its places: sentences that read the same share a row of the batch given,
    but each has a gradient of its own."""
    rows = batch.places[0]
    places = torch.arange(len(rows), device=rows.device).unsqueeze(0)
    return batch._replace(ids=batch.ids[rows], present=batch.present[rows], places=places)


def _copies(batch: Any, count: int) -> Any:
    """The same document `count` times, in rows of their own."""
    sentences = batch.places.shape[1]
    places = torch.arange(count * sentences, device=batch.places.device).view(count, sentences)
    return batch._replace(
        ids=batch.ids.repeat(count, 1),
        present=batch.present.repeat(count, 1),
        places=places,
        read=batch.read.repeat(count, 1),
    )
