"""A computation taken apart, as values of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.schemas.trace import FORMAT, rounded

if TYPE_CHECKING:
    import numpy as np

    from engine.inference.step_by_step.hierarchy.opened import OpenedText
    from engine.inference.step_by_step.quantities import Opened, Quantity
    from engine.inference.step_by_step.recurrent.opened import OpenedStep
    from engine.inference.step_by_step.self_attention.opened import OpenedHead


def taken_apart(opened: Opened, facts: Mapping[str, Any]) -> dict[str, Any]:
    """All quantities of a computation as they are now, with what was computed in the place of changed numbers, beside
    `facts`. Of the vocabulary the likeliest pieces alone."""
    lines = [
        {
            "name": quantity.name,
            "formula": quantity.formula,
            "paper": quantity.paper or None,
            "axes": list(quantity.axes),
            "shape": list(quantity.shape),
            "values": rounded(_shown(opened, quantity, quantity.value)),
            "computed": rounded(_shown(opened, quantity, quantity.computed)),
        }
        for quantity in opened.now.quantities
    ]
    sides: dict[str, list[str]] = {
        axis: list(side.values()) for axis, side in opened.axes.items() if axis != "vocabulary"
    }
    return {"format": FORMAT, **facts, **sides, "quantities": lines}


def _shown(opened: Opened, quantity: Quantity, values: np.ndarray) -> np.ndarray:
    return values[list(opened.axes["vocabulary"])] if quantity.axes == ("vocabulary",) else values


def of_step(opened: OpenedStep) -> dict[str, Any]:
    """What stands beside the numbers of a decoding step."""
    return {
        "output": list(opened.walk.queries.labels),
        "step": opened.place + 1,
        "likeliest": [opened.pieces[piece] for piece in opened.now.top],
    }


def of_layer(opened: OpenedHead) -> dict[str, Any]:
    """What stands beside the numbers of a self-attention layer."""
    return {"layer": opened.layer.number + 1, "head": opened.head + 1}


def of_levels(opened: OpenedText) -> dict[str, Any]:
    """What stands beside the numbers of both levels of a hierarchical classifier."""
    return {"open_sentence": opened.sentence + 1}
