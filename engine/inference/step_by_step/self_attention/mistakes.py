"""The usual mistakes in writing self-attention down as a program, each a switch that changes one line of a layer."""

from __future__ import annotations

from engine.inference.step_by_step.mistakes import Mistake, named

MISTAKES = named(
    Mistake(
        name="scaling",
        quantity="scaled_scores",
        label="scaling left out",
        meaning="The products are not divided by √d_k, so the scores lie further apart.",
    ),
    Mistake(
        name="axis",
        quantity="attention_weights",
        label="softmax over the wrong axis",
        meaning="The softmax runs down the columns instead of along the rows: each key word is shared out "
        "among the query words.",
    ),
    Mistake(
        name="scores_weighted",
        quantity="head_context",
        label="weights multiplied into the scores",
        meaning="The weights are multiplied into the scores instead of the values, so that the context of a word is "
        "one number, repeated.",
    ),
    Mistake(
        name="padding",
        quantity="visible",
        label="padding not masked",
        meaning="A sentence is padded where it stands beside longer ones. Nobody tells the softmax, and the "
        "padding takes a share.",
    ),
    Mistake(
        name="causal",
        quantity="visible",
        label="causal mask left out",
        meaning="A language model must not see the words that it is to guess. Without the mask each word looks ahead.",
    ),
    Mistake(
        name="heads",
        quantity="queries",
        label="heads not split",
        meaning="Queries and keys are multiplied at their full length: one big head with one set of weights instead "
        "of several.",
    ),
    Mistake(
        name="output",
        quantity="layer_output",
        label="W_O left out",
        meaning="The contexts of the heads are handed on as they stand side by side; nothing mixes them.",
    ),
)


def possible(*, causal: bool, heads: int, by_size: bool = True) -> tuple[str, ...]:
    """The mistakes that can be made with a layer: behind a causal mask no word sees the padding after it, a single head
    cannot be split, and where products are not divided by √d_k the division cannot be left out."""
    left_out = {"padding" if causal else "causal"}
    left_out |= {"heads"} if heads == 1 else set()
    left_out |= set() if by_size else {"scaling"}
    return tuple(name for name in MISTAKES if name not in left_out)
