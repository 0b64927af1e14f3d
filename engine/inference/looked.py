"""What is left of one text, or one picture, that a Transformer read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.capture.output import Output
from engine.capture.overview import Overview
from engine.capture.pictures import Picture
from engine.capture.request import Request


@dataclass(frozen=True, eq=False)
class Looked:
    """One text, or one picture, as a model read it. `cut` is the number of tokens read where the text had more,
    `cut_target` of those of the target; `stopped` after how many the model's own answer was not let go on.

    `rarity` has a number for each position of a kind's keys, higher for rarer."""

    request: Request
    overviews: tuple[Overview, ...]
    output: Output
    cut: int | None
    seconds: float
    number: int
    rarity: Mapping[str, list[int]] = field(default_factory=dict)
    picture: Picture | None = None
    cut_target: int | None = None
    stopped: int | None = None

    @property
    def cuts(self) -> dict[str, int]:
        """How many tokens were read, or written, of texts that are longer, as JSON names them."""
        counts = {"read": self.cut, "target_read": self.cut_target, "stopped": self.stopped}
        return {name: count for name, count in counts.items() if count is not None}

    def overview(self, kind: str) -> Overview:
        return next(overview for overview in self.overviews if overview.kind == kind)
