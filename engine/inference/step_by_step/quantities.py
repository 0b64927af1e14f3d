"""The named quantities of a decoding step, and the book in which they are noted in the order they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from torch import Tensor

from engine.errors import Refused

Axis = Literal["numbers", "words", "words_numbers", "vocabulary"]
"""What the places of a quantity are: numbers of one vector, one number a source word, a vector a source word, or one
number for each piece of the vocabulary."""


@dataclass(frozen=True)
class Place:
    """One number: of which quantity, and where in it, its rows laid end to end."""

    quantity: str
    index: int


Changes = Mapping[Place, float]
"""Numbers that somebody put in the place of those computed."""


@dataclass(frozen=True)
class Term:
    """What a quantity is called, and the letter it has in formulas."""

    name: str
    label: str
    symbol: str


TERMS: dict[str, Term] = {
    term.name: term
    for term in (
        Term(name="embedded", label="Previous word, as a vector", symbol="y_{t-1}"),
        Term(name="state_before", label="Decoder state before", symbol="s_{t-1}"),
        Term(name="memory_before", label="Cell memory before", symbol="m_{t-1}"),
        Term(name="fed", label="Attentional vector of the step before", symbol=r"\tilde{h}_{t-1}"),
        Term(name="keys", label="Keys: the source words as the encoder read them", symbol="h_j"),
        Term(name="query", label="Query", symbol="s"),
        Term(name="projected_query", label="Query, projected", symbol="q"),
        Term(name="projected_keys", label="Keys, projected", symbol="k_j"),
        Term(name="products", label="Products of query and keys", symbol="z_j"),
        Term(name="first_hidden", label="First hidden layer", symbol="g_j"),
        Term(name="hidden", label="Hidden layer", symbol="g_j"),
        Term(name="scores", label="Scores", symbol="e_j"),
        Term(name="centre", label="Centre of the window", symbol="p_t"),
        Term(name="allowed", label="Mask and window: who may take part (1) and who not (0)", symbol="m_j"),
        Term(name="favour", label="Factor of the window", symbol="w_j"),
        Term(name="selected", label="Weights before the window's factor", symbol=r"\alpha'_j"),
        Term(name="weights", label="Weights", symbol=r"\alpha_j"),
        Term(name="context", label="Context", symbol="c_t"),
        Term(name="state", label="New decoder state", symbol="s_t"),
        Term(name="memory", label="New cell memory", symbol="m_t"),
        Term(name="attentional", label="Attentional vector", symbol=r"\tilde{h}_t"),
        Term(name="readout", label="Readout vector", symbol="r_t"),
        Term(name="logits", label="Scores of the output words", symbol="o_t"),
        Term(name="probabilities", label="Output probabilities", symbol="p_t(y)"),
    )
}


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity of a step: `value` is what the rest of the step goes on with, `computed` what came out of its
    formula before somebody changed numbers of it. `formula` is LaTeX; `paper` is empty where there is none to name.
    """

    name: str
    axis: Axis
    formula: str
    paper: str
    value: Float[np.ndarray, " place"] | Float[np.ndarray, "word number"]
    computed: Float[np.ndarray, " place"] | Float[np.ndarray, "word number"]

    @property
    def term(self) -> Term:
        return TERMS[self.name]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


class Book:
    """Quantities in the order they are computed. What is noted comes back with the changes that were made to it, so
    that all that follows goes on from there, and nothing that came before."""

    def __init__(self, changes: Changes) -> None:
        self.quantities: list[Quantity] = []
        self.factors: tuple[Tensor, Tensor] | None = None
        self._changes = dict(changes)

    def note(self, name: str, value: Tensor, axis: Axis, formula: str, paper: str = "") -> Tensor:
        """Raises Refused for a change to a number that the quantity does not have."""
        computed, value = value, value.clone()
        for place in [place for place in self._changes if place.quantity == name]:
            if not 0 <= place.index < value.numel():
                raise Refused(
                    "There is no number {place} to change here; this quantity has {count}.",
                    place=place.index + 1,
                    count=value.numel(),
                )
            value.view(-1)[place.index] = self._changes.pop(place)
        self.quantities.append(Quantity(name, axis, formula, paper, _frozen(value), _frozen(computed)))
        return value

    def multiplied(self, left: Float[Tensor, " number"], right: Float[Tensor, "word number"]) -> Float[Tensor, " word"]:
        """The inner product that a score ends with; both sides are kept, so that the sum can be written out."""
        self.factors = (left, right)
        return right @ left

    def close(self) -> None:
        """Raises Refused where a change is left over, made to a quantity that this step does not have."""
        for place in self._changes:
            raise Refused("This step has no quantity “{name}” to change.", name=place.quantity)


def _frozen(value: Tensor) -> np.ndarray:
    array = value.detach().float().cpu().numpy().copy()
    array.setflags(write=False)
    return array
