"""A self-attention layer as it is and as it was changed, side by side: what a page asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Changes, Opened, Side
from engine.inference.step_by_step.self_attention import mistakes
from engine.inference.step_by_step.self_attention.heads import take_apart
from engine.inference.step_by_step.self_attention.layer import Layer
from engine.inference.step_by_step.self_attention.small_case import small_layer
from engine.inference.step_by_step.terms import AxisName


@dataclass(frozen=True, eq=False)
class OpenedHead(Opened):
    """A layer by way of one of its heads, from 0."""

    layer: Layer
    head: int


def opened(layer: Layer, head: int, changes: Changes, mistake: str) -> OpenedHead:
    """A layer of a model's own; the last head where there are fewer. Raises `Refused` for a change to a number that is
    not there."""
    head = min(head, layer.heads - 1)
    possible = mistakes.possible(causal=layer.causal, heads=layer.heads, by_size=layer.by_size)
    mistake = mistake if mistake in possible else ""
    right = take_apart(layer, head)
    now = take_apart(layer, head, changes, mistake) if changes or mistake else right
    side: Side = dict(enumerate(layer.labels))
    axes: dict[AxisName, Side] = {"word": side, "query": side, "key": side}
    code: Callable[..., Any] = layer.code or take_apart
    return OpenedHead(right, now, axes, possible, code, layer, head)


def opened_small(head: int, causal: bool, changes: Changes, mistake: str) -> OpenedHead:
    """The small case. Raises `Refused` as `opened` does."""
    return opened(small_layer(causal, padded(mistake)), head, changes, mistake)


def padded(mistake: str) -> int:
    """How many places of padding a text is to have."""
    return PADDING if mistake == "padding" else 0
