"""Which piece is the likeliest after a step of one output, found without reading all weights of the output layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.decoding.contract import MARKS

STEPS = 127
SLACK = 1e-4
"""More than the rounding of float32 adds to a rough score, for its part and in all."""


class Likeliest:
    """The place of the largest of `weight @ read + bias`, those of `banned` left out.

    A step of a search reads the whole weight for one place in it, and that takes longer than the rest of the step. Here
    weight and read are rounded to whole steps, a byte each, and multiplied as whole numbers. A score found so is off
    by at most |w| |x - x'| + |w - w'| |x'| (Cauchy and Schwarz), where x' and w' are what read x and row w were rounded
    to: only the few pieces that may be the largest after that are compared in full.
    """

    def __init__(
        self,
        weight: Float[Tensor, "vocabulary embedding"],
        bias: Float[Tensor, " vocabulary"],
        banned: Sequence[int] = MARKS.banned,
    ) -> None:
        self.weight = weight.detach()
        self.bias = bias.detach().index_fill(0, torch.tensor(banned, device=bias.device), -torch.inf)
        self._rough = _Rough(self.weight, self.bias) if weight.device.type == "cpu" and _exact() else None

    @classmethod
    def of(cls, model: Any) -> Likeliest:
        """For a model with one embedding for all sides, as our translators have."""
        return cls(model.embedding.weight, model.bias)

    def __call__(self, read: Float[Tensor, " embedding"]) -> int:
        places = None if self._rough is None else self._rough.best(read.numpy())
        if places is None or not len(places):
            return int(torch.addmv(self.bias, self.weight, read).argmax())
        if len(places) == 1:
            return int(places[0])
        some = torch.from_numpy(places)
        return int(places[int(torch.addmv(self.bias[some], self.weight[some], read).argmax())])


def likeliest(model: Any) -> Callable[[Tensor], int]:
    """What names the likeliest piece after a step of a translator, by what it read: the output layer's, or of a model
    that mixes the probabilities of several its own."""
    own: Callable[[Sequence[int]], Callable[[Tensor], int]] | None = getattr(model, "likeliest", None)
    return Likeliest.of(model) if own is None else own(MARKS.banned)


class _Rough:
    """Weight and bias made ready for rough scores."""

    def __init__(self, weight: Float[Tensor, "vocabulary embedding"], bias: Float[Tensor, " vocabulary"]) -> None:
        full = weight.numpy()
        scale = np.abs(full).max(1) / STEPS
        self.scale = np.where(scale > 0, scale, 1).astype(np.float32)
        steps = np.rint(full / self.scale[:, None]).astype(np.int8)
        self.norm = np.linalg.norm(full, axis=1) * (1 + SLACK)
        self.lost = np.linalg.norm(full - steps * self.scale[:, None], axis=1) * (1 + SLACK)
        self.steps, self.bias = torch.from_numpy(steps).T, bias.numpy()

    def best(self, read: Float[np.ndarray, " embedding"]) -> Int[np.ndarray, " place"]:
        """All places that may be the largest, in order; none where a number is not finite."""
        most = float(np.abs(read).max())
        if not math.isfinite(most):
            return np.empty(0, np.int64)
        scale = most / STEPS or 1.0
        steps = np.rint(read / scale)
        heard, missed = scale * math.sqrt(steps @ steps), read - scale * steps
        # Not `[None]`, whose stride of 0 makes torch give out numbers of no meaning.
        row = torch.from_numpy(steps.astype(np.int8).reshape(1, -1))
        sums = torch._int_mm(row, self.steps).numpy()[0]
        scores = sums.astype(np.float32) * (self.scale * scale) + self.bias
        off = self.norm * math.sqrt(missed @ missed) + self.lost * heard + SLACK * (1 + most)
        first = int(scores.argmax())
        return np.flatnonzero(scores + off >= scores[first] - off[first])


@cache
def _exact() -> bool:
    """Whether this processor adds up products of bytes without loss; some keep no more than 16 bits of two."""
    most = torch.full((64, 64), STEPS, dtype=torch.int8)
    try:
        return all(
            bool((torch._int_mm(a[:1], b) == int(a[0, 0]) * int(b[0, 0]) * 64).all())
            for a in (most, -most)
            for b in (most, -most)
        )
    except RuntimeError:  # no such product on this machine
        return False
