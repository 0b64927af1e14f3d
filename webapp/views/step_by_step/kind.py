"""What the page asks of each kind of computation that it takes apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine.errors import Refused
from engine.inference.step_by_step.mistakes import Mistake
from engine.inference.step_by_step.quantities import Changes, Opened, Place
from webapp.shell.as_code import AsCode
from webapp.shell.fields import Field
from webapp.shell.view import View
from webapp.views.step_by_step.as_code import Made

SMALL = "small"
NONE = "none"
Answer = TypeVar("Answer", bound=Opened)


@dataclass(frozen=True)
class Kind(Generic[Answer]):
    """One kind: what can be set for it and how its answer is explained; its lines are drawn as those of any other.

    `model` and `text` name the fields of the view that hold them, `small_text` is what the small case reads. Changes
    are to the numbers of one `question`, the fields that say whose. `ask` draws the controls before the question,
    `choose` those that need its answer, `explain` the equations with the numbers put in; `focus` is the number that can
    be changed before another is chosen. `effect` says what a mistake did, `outcome` what came of changes. `facts` stand
    in a file beside the numbers, and `as_code` writes all of it as code. `way_out` draws what leads back from
    a question that was refused, where anything does.
    """

    label: str
    title: str
    about: str
    fields: Callable[[], dict[str, Field]]
    model: str
    text: str
    small_text: str
    question: tuple[str, ...]
    mistakes: Mapping[str, Mistake]
    ask: Callable[[View], None]
    open: Callable[[View, Changes, str], Answer]
    choose: Callable[[View, Answer], None]
    explain: Callable[[View, Answer], None]
    focus: Callable[[View, Answer], Place]
    effect: Callable[[Answer, str], str]
    outcome: Callable[[Answer], str]
    facts: Callable[[Answer], Mapping[str, Any]]
    as_code: Callable[[View, Answer, Made], AsCode]
    code: str
    way_out: Callable[[View, Refused], None] = lambda view, reason: None
