"""A sentence on its way through a recurrent translator: all that its single steps begin from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.decoding.contract import MARKS
from engine.errors import Refused
from engine.inference.translator import Translator
from engine.models.recurrent.cells import State
from engine.models.recurrent.seq2seq import Memory, Seq2Seq
from engine.text.given import TYPE_SENTENCE, check_text
from engine.text.tokenizer import PAD
from engine.traces import Axis


@dataclass(frozen=True, eq=False)
class Walk:
    """What the encoder made of a sentence, and the decoder's state before each piece of its likeliest output.

    `ids` are the output's pieces, `</s>` last, and `queries` what they read; `keys` are the places that can be looked
    at, padding among them where it was asked for.
    """

    memory: Memory
    states: tuple[State, ...]
    ids: tuple[int, ...]
    queries: Axis
    keys: Axis

    @property
    def previous(self) -> tuple[int, ...]:
        """The piece before each of the output's."""
        return (MARKS.start, *self.ids[:-1])


@torch.inference_mode()
def walk(translator: Translator, text: str, padding: int = 0) -> Walk:
    """Translate a text, the likeliest piece at each step. With `padding` the sentence has so many places of padding
    behind it, as beside a longer one. Raises `Refused` for what is no text and for models that have no such step."""
    model = attending(translator)
    translation = translator.translate(text)
    ids = translator.tokenizer.encode(check_text(text, TYPE_SENTENCE)).ids
    source = torch.tensor([[*ids, *[MARKS.pad] * padding]], device=translator.device)
    present = torch.arange(source.shape[1], device=translator.device).unsqueeze(0) < source.shape[1] - padding
    memory = model.encode(source, present)
    before = tuple(states_before(model, memory, translation.ids))
    keys = translation.keys if model.attention.nowhere is None else translation.keys.with_nowhere()
    return Walk(memory, before, translation.ids, translation.queries, padded(keys, padding))


def padded(keys: Axis, padding: int) -> Axis:
    """The same side with places of padding at its end."""
    labels, first = (*keys.labels, *[PAD] * padding), max(keys.groups, default=-1) + 1
    special = (*keys.special, *[True] * padding)
    return Axis(labels, (*keys.groups, *range(first, first + padding)), special) if padding else keys


def attending(translator: Translator) -> Seq2Seq:
    """The network of a translator whose steps can be taken apart. Raises `Refused` for another."""
    if isinstance(translator.model, Seq2Seq):
        return translator.model
    if translator.info.design:
        raise Refused(
            "{name} has no attention: there are no scores and no weights to take apart. Choose a model with attention.",
            name=translator.name,
        )
    raise Refused("{name} is no recurrent translator; open it under Self-attention.", name=translator.name)


def states_before(model: Seq2Seq, memory: Memory, ids: tuple[int, ...]) -> list[State]:
    """The decoder's state before each of the pieces."""
    state, before = model.begin(memory), []
    for place, piece in enumerate((MARKS.start, *ids[:-1])):
        before.append(state)
        previous: Tensor = torch.tensor([[piece]], device=memory.values.device)
        state = model.decode(memory, state, previous, place).state
    return before
