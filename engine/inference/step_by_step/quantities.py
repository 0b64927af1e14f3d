"""The named quantities of a computation, and the book in which they are noted in the order they are computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from engine.errors import Refused
from engine.inference.step_by_step.terms import TERMS, Axes, AxisName, Term

NUMBERS: Axes = ("number",)
SOURCE: Axes = ("source",)
SOURCE_NUMBERS: Axes = ("source", "number")
VOCABULARY: Axes = ("vocabulary",)
Array = Float[np.ndarray, " place"] | Float[np.ndarray, "row place"]


@dataclass(frozen=True)
class Place:
    """One number: of which quantity, and where in it, from 0: `index` along its axis, or row `index` and `column`.

    Where a quantity has rows, an `index` by itself counts along them laid end to end. What stands there is then another
    number as soon as the rows become longer, so what is kept should name row and column.
    """

    quantity: str
    index: int
    column: int | None = None

    def inside(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The place in an array of this shape, one number for each of its axes; None where it is not in it."""
        if self.column is None:
            if not 0 <= self.index < math.prod(shape):
                return None
            return tuple(int(k) for k in np.unravel_index(self.index, shape))
        at = (self.index, self.column)
        fits = len(shape) == len(at) and all(0 <= k < size for k, size in zip(at, shape, strict=True))
        return at if fits else None


Changes = Mapping[Place, float]
"""Numbers that somebody put in the place of those computed."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity: `value` is what all that follows goes on with, `computed` what came out of its formula before
    somebody changed numbers of it. `formula` is LaTeX; `paper` is empty where there is none to name.
    """

    name: str
    axes: Axes
    formula: str
    paper: str
    value: Array
    computed: Array

    @property
    def term(self) -> Term:
        return TERMS[self.name]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


@dataclass(frozen=True, eq=False)
class Stages:
    """All quantities of a computation in the order in which they are computed."""

    quantities: tuple[Quantity, ...]

    def __getitem__(self, name: str) -> Quantity:
        """Raises KeyError for a quantity that is not there."""
        if (quantity := self.get(name)) is None:
            raise KeyError(name)
        return quantity

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> Quantity | None:
        """A quantity by its name, None where it is not there."""
        return next((quantity for quantity in self.quantities if quantity.name == name), None)


Side = Mapping[int, str]
"""Which places of an axis are shown, and what stands there."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A computation taken apart: `right` as the model does it, `now` with changes and a mistake, the same where there
    are none. `axes` are the labels along all but the numbers of a vector; `possible` names the mistakes that can be
    made; `code` is the class or function of which the computation is."""

    right: Stages
    now: Stages
    axes: Mapping[AxisName, Side]
    possible: tuple[str, ...]
    code: Callable[..., Any]


Note = Callable[[str, Tensor, Axes, str, str], Tensor]
"""What takes a quantity's name, value, axes, formula and paper, and gives what to go on with."""


def unnoted(name: str, value: Tensor, axes: Axes, formula: str, paper: str) -> Tensor:
    """What is computed as well and not shown goes on as it is."""
    return value


class Book:
    """Quantities in the order they are computed. What is noted comes back with the changes that were made to it, so
    that all that follows goes on from there, and nothing that came before."""

    def __init__(self, changes: Changes) -> None:
        self.quantities: list[Quantity] = []
        self.factors: tuple[Tensor, Tensor] | None = None
        self._changes = dict(changes)

    def note(self, name: str, value: Tensor, axes: Axes, formula: str, paper: str = "") -> Tensor:
        """Raises Refused for a change to a number that the quantity does not have."""
        computed, value = value, value.clone()
        for place in [place for place in self._changes if place.quantity == name]:
            at = place.inside(tuple(value.shape))
            if at is None:
                raise _refused(place, value)
            value[at] = self._changes.pop(place)
        self.quantities.append(Quantity(name, axes, formula, paper, _frozen(value), _frozen(computed)))
        return value

    def multiplied(self, left: Float[Tensor, " number"], right: Float[Tensor, "word number"]) -> Float[Tensor, " word"]:
        """The inner product that a score ends with; both sides are kept, so that the sum can be written out."""
        self.factors = (left, right)
        return right @ left

    def close(self) -> None:
        """Raises Refused where a change is left over, made to a quantity that is not there."""
        for place in self._changes:
            raise Refused("This step has no quantity “{name}” to change.", name=place.quantity)


def _refused(place: Place, value: Tensor) -> Refused:
    return Refused(
        "There is no number {place} to change here; this quantity has {count}.",
        place=f"{place.index + 1}:{place.column + 1}" if place.column is not None else place.index + 1,
        count=" × ".join(map(str, value.shape)) if place.column is not None else value.numel(),
    )


def _frozen(value: Tensor) -> np.ndarray:
    array = value.detach().float().cpu().numpy().copy()
    array.setflags(write=False)
    return array
