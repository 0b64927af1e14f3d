"""The usual mistakes in writing attention down as a program, each a switch that changes one line of a step."""

from __future__ import annotations

from engine.attention import Mechanism
from engine.inference.step_by_step.mistakes import Mistake, named

SCALED = ("scaled_dot", "cosine")
WITH_TANH = ("additive", "concat", "mlp")


MISTAKES = named(
    Mistake(
        name="axis",
        quantity="weights",
        label="softmax over the wrong axis",
        meaning="The softmax runs over the output words instead of the source words. One step has one output "
        "word, so each source word gets all the weight there is.",
    ),
    Mistake(
        name="scores_weighted",
        quantity="context",
        label="weights multiplied into the scores",
        meaning="The weights are multiplied into the scores instead of the keys, so that the context is one "
        "number, repeated.",
    ),
    Mistake(
        name="padding",
        quantity="allowed",
        label="padding not masked",
        meaning="A sentence is padded where it stands beside longer ones. Nobody tells the softmax, and the "
        "padding takes a share.",
    ),
    Mistake(
        name="scaling",
        quantity="scores",
        label="scaling left out",
        meaning="The factor that keeps the scores in a good range is missing.",
        scores=SCALED,
    ),
    Mistake(
        name="tanh",
        quantity="hidden",
        label="tanh left out",
        meaning="Nothing keeps the numbers of the hidden layer between −1 and 1. Where it is the only layer, the "
        "query then adds the same to every score and no longer matters for the weights.",
        scores=WITH_TANH,
    ),
    Mistake(
        name="state",
        quantity="state",
        label="state not handed to the cell",
        meaning="The cell begins from zeros, as if nothing had been written yet.",
    ),
)


def possible(mechanism: Mechanism) -> list[str]:
    """The mistakes that can be made with a mechanism: one that mixes what follows from each key has no context."""
    name, quantities = mechanism.scoring.name, {"context"} if mechanism.selection.mixes else set()
    return [
        mistake.name
        for mistake in MISTAKES.values()
        if (not mistake.scores or name in mistake.scores) and mistake.quantity not in quantities
    ]
