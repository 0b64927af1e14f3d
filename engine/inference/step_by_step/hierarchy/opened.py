"""Both levels of a hierarchical network as they are and as they were changed, side by side: what a page asks for."""

from __future__ import annotations

from dataclasses import dataclass

from engine.inference.step_by_step.hierarchy import mistakes
from engine.inference.step_by_step.hierarchy.levels import padding_of, take_apart
from engine.inference.step_by_step.hierarchy.small_case import small_text
from engine.inference.step_by_step.hierarchy.text import Text
from engine.inference.step_by_step.quantities import Changes, Opened, Side
from engine.inference.step_by_step.terms import AxisName
from engine.models.documents.pooling import AttentionPool
from engine.text.tokenizer import PAD


@dataclass(frozen=True, eq=False)
class OpenedText(Opened):
    """A text by way of one of its sentences, from 0. `bare` says that the hidden layers are left out of what is now."""

    text: Text
    sentence: int
    bare: bool


def opened(text: Text, sentence: int, changes: Changes, mistake: str, *, bare: bool) -> OpenedText:
    """A text that a network read; its last sentence where there are fewer. Raises `Refused` for a change to a number
    that is not there, and for a sentence that is too long."""
    sentence, bare = min(sentence, len(text.words) - 1), bare and text.can_be_bare
    possible = mistakes.possible(bare=bare)
    mistake = mistake if mistake in possible else ""
    padded = padding_of(mistake)
    right = now = take_apart(text, sentence, padded=padded)
    if changes or mistake or bare:
        now = take_apart(text, sentence, changes, mistake, bare=bare, padded=padded)
    axes: dict[AxisName, Side] = {
        "word": dict(enumerate([*text.words[sentence], *[PAD] * padded])),
        "sentence": dict(enumerate([*(f"{i} {' '.join(w)}" for i, w in enumerate(text.words, 1)), *[PAD] * padded])),
        "class": dict(enumerate(text.labels)),
    }
    return OpenedText(right, now, axes, possible, AttentionPool, text, sentence, bare)


def opened_small(sentence: int, changes: Changes, mistake: str, *, bare: bool) -> OpenedText:
    """The small case. Raises `Refused` as `opened` does."""
    return opened(small_text(), sentence, changes, mistake, bare=bare)
