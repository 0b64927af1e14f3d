"""A decoding step as it is and as it was changed, side by side: what a page asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Changes, Opened, Side
from engine.inference.step_by_step.recurrent import mistakes
from engine.inference.step_by_step.recurrent.small_case import VOCABULARY, Form, small_case
from engine.inference.step_by_step.recurrent.step import Step, take_apart
from engine.inference.step_by_step.recurrent.walk import Walk, attending
from engine.inference.step_by_step.terms import AxisName
from engine.inference.translator import Translator
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig


@dataclass(frozen=True, eq=False)
class OpenedStep(Opened):
    """Step `place` of a walk. `pieces` are what the likeliest of both read."""

    right: Step
    now: Step
    walk: Walk
    place: int
    config: Seq2SeqConfig
    pieces: Mapping[int, str]


def opened(translator: Translator, walk: Walk, place: int, changes: Changes, mistake: str) -> OpenedStep:
    """A step of a translator's own. Raises `Refused` for a change to a number that is not there."""
    model = attending(translator)
    return _opened(model, walk, place, changes, mistake, translator.tokenizer.piece)


def opened_small(form: Form, place: int, changes: Changes, mistake: str) -> OpenedStep:
    """A step of the small case. Raises `Refused` as `opened` does, and for parts that do not fit together."""
    case = small_case(form, PADDING if mistake == "padding" else 0)
    return _opened(case.model, case.walk, place, changes, mistake, VOCABULARY.__getitem__)


def _opened(
    model: Seq2Seq, walk: Walk, place: int, changes: Changes, mistake: str, piece: Callable[[int], str]
) -> OpenedStep:
    possible = tuple(mistakes.possible(model.attention))
    mistake = mistake if mistake in possible else ""
    right = take_apart(model, walk, place)
    now = take_apart(model, walk, place, changes, mistake) if changes or mistake else right
    pieces = {number: piece(number) for number in (*right.top, *now.top)}
    axes: dict[AxisName, Side] = {
        "source": dict(enumerate(walk.keys.labels)),
        "vocabulary": {number: pieces[number] for number in now.top},
    }
    code = type(model.attention.scoring)
    return OpenedStep(right, now, axes, possible, code, walk, place, model.config, pieces)
