"""Weights of attention that somebody imposes on a decoder, to see what comes of it.

Steps of the output and positions of the source count from 0. Whatever the order in which changes are given, a row is
made in one way: muted positions are out of sight before the model chooses; then its weights are made even, or are
dealt out anew; then it is pinned. Where nothing meets a row, it is the model's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.attention.rows import dealt, even
from engine.attention.windows import View
from engine.errors import Refused

SLACK = 1e-6
"""By how much the shares of a row may miss 1 for nothing but rounding."""


@dataclass(frozen=True)
class Mute:
    """No step looks at the positions `keys`: they are hidden before the selection, so that the others share all the
    weight as the model shares out weights. After a softmax that is their own weights, made to sum to 1 again."""

    keys: tuple[int, ...]


@dataclass(frozen=True)
class _Stepwise:
    """A change of the rows `steps`, of all of them where none is named."""

    steps: tuple[int, ...] = ()

    def meets(self, step: int) -> bool:
        return not self.steps or step in self.steps


@dataclass(frozen=True)
class Uniform(_Stepwise):
    """The row looks at every position that it may see alike."""


@dataclass(frozen=True)
class Permute(_Stepwise):
    """The row's weights are dealt out anew among the positions that it may see (Jain & Wallace 2019, section 4.2.1,
    arXiv:1902.10186); each step has a deal of its own, the same for the same `seed`."""

    seed: int = 0


@dataclass(frozen=True)
class Pin(_Stepwise):
    """The positions `keys` have `share` of the row, each as much as the others, whatever a window hides of them; one
    that is named twice counts once. Several pins of one row give it weights of one's own.

    What is left goes to the other positions in the shares that they had among themselves. Where they had nothing, those
    in sight share it evenly, and where a window shows no other, all others of the source do that are not muted. So a
    pinned row adds up to 1, also where a window lessens those of the model (local-p).
    """

    keys: tuple[int, ...] = ()
    share: float = 1.0

    def __post_init__(self) -> None:
        if not self.keys or not 0 <= self.share <= 1:
            raise ValueError(f"a pin needs positions and a share of 0 to 1, got {self.keys} and {self.share}")
        object.__setattr__(self, "keys", tuple(dict.fromkeys(self.keys)))


Change = Mute | Uniform | Permute | Pin


@dataclass(frozen=True)
class Imposed:
    """All that is imposed on one source."""

    changes: tuple[Change, ...] = ()

    @property
    def muted(self) -> frozenset[int]:
        return frozenset(key for change in self.changes if isinstance(change, Mute) for key in change.keys)

    def check(self, steps: int, keys: int) -> None:
        """Refused where it does not fit an output of so many steps over a source of so many positions."""
        places = [key for change in self.changes if isinstance(change, Mute | Pin) for key in change.keys]
        for place in places:
            if not 0 <= place < keys:
                raise Refused(
                    "There is no position {place} to look at; the source has {count}.", place=place + 1, count=keys
                )
        named = [step for change in self.changes if isinstance(change, _Stepwise) for step in change.steps]
        for step in named:
            if not 0 <= step < steps:
                raise Refused(
                    "There is no step {place} to change; the output has {count}.", place=step + 1, count=steps
                )
        if len(self.muted) >= keys:
            raise Refused("One position of the source at least must be left to look at.")
        for step in range(steps):
            self._check_pins(step, keys)

    def _check_pins(self, step: int, keys: int) -> None:
        pins = self._pins(step)
        share = sum(pin.share for pin in pins)
        if share > 1 + SLACK:
            raise Refused("Step {step} is pinned with more than 100 % of its weight: take a pin back.", step=step + 1)
        hidden = self.muted.intersection(*[{key for pin in pins if pin.share > 0 for key in pin.keys}])
        if hidden:
            raise Refused(
                "Step {step} cannot look at position {place}, which is muted: take one of both back.",
                step=step + 1,
                place=min(hidden) + 1,
            )
        occupied = self.muted.union(*[pin.keys for pin in pins])
        if pins and share < 1 - SLACK and len(occupied) >= keys:
            raise Refused(
                "Step {step} is pinned with {share} % of its weight, and no position is left to take the rest: pin it "
                "with 100 %, or leave a position free.",
                step=step + 1,
                share=f"{100 * share:g}",
            )

    def in_sight(self, view: View, present: Bool[Tensor, "batch source"]) -> View:
        """What is in sight without the muted positions. A window with nothing else in it lets the others in."""
        if not self.muted:
            return view
        anywhere = self._heard(present).unsqueeze(1)
        within = view.allowed & anywhere
        return view._replace(allowed=torch.where(within.any(-1, keepdim=True), within, anywhere))

    def weigh(
        self,
        weights: Float[Tensor, "batch target source"],
        steps: Int[Tensor, " target"],
        allowed: Bool[Tensor, "batch 1 source"] | Bool[Tensor, "batch target source"],
        present: Bool[Tensor, "batch source"],
    ) -> Float[Tensor, "batch target source"]:
        """The rows as they are imposed, with `allowed` what is `in_sight`; those given are not touched."""
        sight, heard = allowed.expand_as(weights), self._heard(present)
        rows = [self._row(weights[:, t], sight[:, t], heard, step) for t, step in enumerate(steps.tolist())]
        return torch.stack(rows, 1)

    def _heard(self, present: Bool[Tensor, "batch source"]) -> Bool[Tensor, "batch source"]:
        """What is neither padding nor muted."""
        heard = present.clone()
        heard[:, sorted(self.muted)] = False
        return heard

    def _row(self, row: Tensor, in_sight: Tensor, heard: Tensor, step: int) -> Float[Tensor, "batch source"]:
        changes = [change for change in self.changes if isinstance(change, _Stepwise) and change.meets(step)]
        if any(isinstance(change, Uniform) for change in changes):
            row = even(in_sight, row.dtype)
        for change in changes:
            if isinstance(change, Permute):
                chance = np.random.default_rng((change.seed, step)).random(row.shape[-1])
                row = dealt(row, in_sight, torch.from_numpy(chance).to(row.device).expand_as(row))
        pins = self._pins(step)
        return _pinned(row, in_sight, heard, pins) if pins else row

    def _pins(self, step: int) -> list[Pin]:
        return [change for change in self.changes if isinstance(change, Pin) and change.meets(step)]


def _pinned(row: Tensor, in_sight: Tensor, heard: Tensor, pins: list[Pin]) -> Float[Tensor, "batch source"]:
    shares, free = torch.zeros_like(row), torch.ones_like(in_sight)
    for pin in pins:
        places = list(pin.keys)
        shares[:, places] += pin.share / len(places)
        free[:, places] = False
    left = 1 - sum(pin.share for pin in pins)
    if left <= SLACK:
        return shares
    others, near = row * free, in_sight & free
    total = others.sum(-1, keepdim=True)
    # Where the model gave the others nothing, nothing says how they share what is left.
    evenly = even(torch.where(near.any(-1, keepdim=True), near, heard & free), row.dtype)
    return shares + left * torch.where(total > 0, others / torch.where(total > 0, total, 1), evenly)
