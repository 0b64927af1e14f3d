"""The usual mistakes in writing hierarchical attention down as a program, each a switch at both of its levels."""

from __future__ import annotations

from engine.inference.step_by_step.mistakes import Mistake, named

MISTAKES = named(
    Mistake(
        name="tanh",
        quantity="word_hidden",
        label="tanh left out",
        meaning="Nothing keeps the numbers of the hidden layers between −1 and 1, so a few large ones decide.",
    ),
    Mistake(
        name="axis",
        quantity="word_weights",
        label="softmax over the wrong axis",
        meaning="The softmax of words runs over the sentences, which stand below each other, instead of along the "
        "words of each; that of sentences runs over the texts, of which there is one.",
    ),
    Mistake(
        name="padding",
        quantity="word_allowed",
        label="padding not masked",
        meaning="A sentence is padded where it stands beside longer ones, and a text beside texts with more sentences. "
        "Nobody tells the softmax, and the padding takes a share.",
    ),
    Mistake(
        name="mean",
        quantity="word_weights",
        label="mean instead of weights",
        meaning="The scores are computed, and then every word and every sentence counts the same.",
    ),
)


def possible(*, bare: bool) -> tuple[str, ...]:
    """The mistakes that can be made; where the hidden layers are left out there is no tanh to forget."""
    return tuple(name for name in MISTAKES if not (bare and name == "tanh"))
