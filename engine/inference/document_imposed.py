"""One document under weights that somebody changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from engine.attention.imposed import SLACK, Change, Imposed, Mute, Permute, Pin, Uniform
from engine.attention.imposed_levels import ImposedLevels
from engine.errors import Refused
from engine.models.documents.batch import Classified, DocumentBatch


@dataclass(frozen=True)
class Place:
    """A text as its weights are counted: how many words each sentence has, and the numbers of those that are read."""

    sizes: tuple[int, ...]
    left: tuple[int, ...]


def classified(
    network: Any, batch: DocumentBatch, place: Place, imposed: ImposedLevels
) -> tuple[DocumentBatch, Classified]:
    """What a network makes of the one document of `batch` once `imposed`, beside the batch in which each sentence has a
    row of its own.

    First the weights of words are changed. The sentences are then weighed as the network weighs what it has read so,
    and those weights are changed. Raises Refused for changes that do not fit.
    """
    if network.flat and imposed.sentences.changes:
        raise Refused("This model has no weights of sentences: change those of words.")
    batch = batch._replace(ids=batch.ids[batch.places[0]], present=batch.present[batch.places[0]])
    batch = batch._replace(places=torch.arange(len(batch.ids), device=batch.ids.device).unsqueeze(0))
    words = _of_words(network(batch).words, network.flat, place, imposed.words)
    answer: Classified = network(batch, weights=words)
    if imposed.sentences.changes and answer.sentences is not None:
        sentences = _row(answer.sentences[0], _of_left(imposed.sentences, place), 0, None)
        answer = network(batch, weights=words, sentence_weights=sentences.unsqueeze(0))
    return batch, answer


def _of_words(
    weights: Float[Tensor, "row padded"], flat: bool, place: Place, imposed: Imposed
) -> Float[Tensor, "row padded"]:
    """The weights of each row as they are imposed; those given are not touched."""
    sizes = (sum(place.sizes[i] for i in place.left),) if flat else tuple(place.sizes[i] for i in place.left)
    rows = (0,) if flat else place.left
    for number in {step for change in _stepwise(imposed) for step in change.steps}:
        if flat:
            raise Refused("This model reads the text as one row of words: its row is number 0.")
        _check_sentence(number, place)
    changed = weights.clone()
    for k, (number, size) in enumerate(zip(rows, sizes, strict=True)):
        own = Imposed(tuple(change for change in _stepwise(imposed) if change.meets(number)))
        if own.changes:
            changed[k, :size] = _row(weights[k, :size], own, number, None if flat else number + 1)
    return changed


def _stepwise(imposed: Imposed) -> tuple[Pin | Uniform | Permute, ...]:
    return tuple(change for change in imposed.changes if not isinstance(change, Mute))


def _check_sentence(number: int, place: Place) -> None:
    if number >= len(place.sizes):
        raise Refused("There is no sentence {number}; the text has {count}.", number=number + 1, count=len(place.sizes))
    if number not in place.left:
        raise Refused("Sentence {number} is switched off, so it has no weight to change.", number=number + 1)


def _of_left(imposed: Imposed, place: Place) -> Imposed:
    """Changes of the sentences with their numbers among those that are read."""
    made: list[Change] = []
    for change in imposed.changes:
        if isinstance(change, Pin):
            for number in change.keys:
                _check_sentence(number, place)
            change = replace(change, keys=tuple(place.left.index(number) for number in change.keys))
        made.append(change)
    return Imposed(tuple(made))


def _row(
    weights: Float[Tensor, " position"], imposed: Imposed, step: int, sentence: int | None
) -> Float[Tensor, " position"]:
    """One row under all that is imposed on it; `sentence` is the number that its words are told by, None where the row
    is the whole text."""
    count = len(weights)
    pins = [change for change in imposed.changes if isinstance(change, Pin)]
    if (missing := next((key for pin in pins for key in pin.keys if key >= count), None)) is not None:
        if sentence is None:
            raise Refused(
                "The text that is read has no word {number}: its last is {last}.", number=missing + 1, last=count
            )
        raise Refused(
            "Sentence {sentence} has no word {number}: its last is {last}.",
            sentence=sentence,
            number=missing + 1,
            last=count,
        )
    share = sum(pin.share for pin in pins)
    pinned = {key for pin in pins for key in pin.keys}
    if share > 1 + SLACK:
        raise Refused(
            "Pinned with {share} % together, which is more than 100 %: take a pin back.", share=f"{100 * share:g}"
        )
    if pins and share < 1 - SLACK and len(pinned) >= count:
        raise Refused(
            "Nothing is left to take the other {rest} % of the weight: pin with 100 %, or leave something free.",
            rest=f"{100 * (1 - share):g}",
        )
    everything = torch.ones(1, count, dtype=torch.bool, device=weights.device)
    steps = torch.tensor([step], device=weights.device)
    return imposed.weigh(weights.reshape(1, 1, -1), steps, everything.unsqueeze(1), everything).flatten()
