"""Which layers and heads of a Transformer are wanted, as the command line names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import Refused
from engine.schemas import trace as writer

if TYPE_CHECKING:
    from engine.capture.overview import Overview


@dataclass(frozen=True)
class Part:
    """Which layers and heads are wanted, counted from 1 as they are named; all where nothing is said."""

    layers: tuple[int, ...] | None = None
    heads: tuple[int, ...] | None = None
    digits: int = writer.DIGITS

    def layers_of(self, overview: Overview) -> list[int]:
        """From 0. Raises `Refused` for a layer that is not there."""
        for layer in self.layers or ():
            if layer > overview.layers:
                raise Refused(
                    "There is no layer {layer}; this model has {layers}.", layer=layer, layers=overview.layers
                )
        return [layer - 1 for layer in self.layers] if self.layers else list(range(overview.layers))

    def heads_of(self, overview: Overview) -> list[int]:
        """From 0. Raises `Refused` for a head that is not there."""
        for head in self.heads or ():
            if head > overview.heads:
                raise Refused("There is no head {head}; this layer has {heads}.", head=head, heads=overview.heads)
        return [head - 1 for head in self.heads] if self.heads else list(range(overview.heads))


def numbers(option: str, text: str | None) -> tuple[int, ...] | None:
    """Numbers from 1 as in "1-3,7", in order and each once. Raises `Refused` for anything else."""
    if text is None:
        return None
    listed = re.fullmatch(r"[1-9]\d{0,3}(-[1-9]\d{0,3})?(,[1-9]\d{0,3}(-[1-9]\d{0,3})?)*", text, re.ASCII)
    ranges = [tuple(map(int, each.split("-"))) for each in text.split(",")] if listed else []
    if not ranges or any(ends[0] > ends[-1] for ends in ranges):  # none of what is asked for must not mean all
        raise Refused("{option} wants numbers from 1 such as 1-3,7 and got {text}.", option=option, text=text[:40])
    return tuple(sorted({number for ends in ranges for number in range(ends[0], ends[-1] + 1)}))
