"""A step as it is and as it was changed, side by side: what a page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.inference.step_by_step import mistakes
from engine.inference.step_by_step.quantities import Changes
from engine.inference.step_by_step.small_case import VOCABULARY, Form, small_case
from engine.inference.step_by_step.step import Step, take_apart
from engine.inference.step_by_step.walk import Walk, attending
from engine.inference.translator import Translator
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig


@dataclass(frozen=True, eq=False)
class Opened:
    """Step `place` of a walk: `right` as the model computes it, `now` with changes and a mistake, the same where there
    are none. `pieces` are what the likeliest of both read; `possible` names the mistakes that can be made."""

    walk: Walk
    place: int
    config: Seq2SeqConfig
    right: Step
    now: Step
    pieces: Mapping[int, str]
    possible: tuple[str, ...]


def opened(translator: Translator, walk: Walk, place: int, changes: Changes, mistake: str) -> Opened:
    """A step of a translator's own. Raises `Refused` for a change to a number that is not there."""
    model = attending(translator)
    right, now, possible = _both(model, walk, place, changes, mistake)
    pieces = {piece: translator.tokenizer.piece(piece) for piece in (*right.top, *now.top)}
    return Opened(walk, place, model.config, right, now, pieces, possible)


def opened_small(form: Form, place: int, changes: Changes, mistake: str) -> Opened:
    """A step of the small case. Raises `Refused` as `opened` does, and for parts that do not fit together."""
    case = small_case(form, mistakes.PADDING if mistake == "padding" else 0)
    right, now, possible = _both(case.model, case.walk, place, changes, mistake)
    return Opened(case.walk, place, case.model.config, right, now, dict(enumerate(VOCABULARY)), possible)


def _both(model: Seq2Seq, walk: Walk, place: int, changes: Changes, mistake: str) -> tuple[Step, Step, tuple[str, ...]]:
    possible = tuple(mistakes.possible(model.attention))
    mistake = mistake if mistake in possible else ""
    right = take_apart(model, walk, place)
    now = take_apart(model, walk, place, changes, mistake) if changes or mistake else right
    return right, now, possible
