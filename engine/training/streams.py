"""Learning from running text: guess the pieces that are masked, or each next piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from engine.text.wordpieces import FIRST_ID, LAST_ID, MASK_ID, UNKNOWN_ID
from engine.training.loss import cross_entropy_sum
from engine.training.tasks import Batches, Loss

Stream = Int[np.ndarray, " _"]
DEV_SEED = 0


def stream(texts: Sequence[Stream], between: int) -> Stream:
    """All texts in one row, the piece `between` before each of them and at the end."""
    return np.concatenate([np.r_[between, text] for text in texts] + [[between]]).astype(np.int32)


class Stretches:
    """A stream cut into stretches of so many pieces; each pass cuts it elsewhere. Examples are where a stretch begins.

    What is left over at the end of a pass, less than one stretch, comes up in another pass.
    """

    def __init__(self, train: Stream, dev: Stream, length: int) -> None:
        self.stream, self.dev_stream, self.length = train, dev, length
        self.train: Sequence[int] = range((len(train) - 1) // length - 1)

    def batches(self, size: int, seed: int, number: int) -> Batches:
        random = np.random.default_rng([seed, number])
        starts = random.integers(self.length) + self.length * random.permutation(len(self.train))
        return [starts[i : i + size].tolist() for i in range(0, len(starts), size)]

    def dev_batches(self, size: int) -> Batches:
        starts = list(range(0, len(self.dev_stream) - 1, self.length))
        return [starts[i : i + size] for i in range(0, len(starts), size)]

    def rows(self, places: Sequence[int], pieces: int, *, dev: bool) -> Int[Tensor, "batch piece"]:
        """`pieces` from each place on; past the end of the stream its last piece is repeated."""
        source = self.dev_stream if dev else self.stream
        at = np.minimum(np.asarray(places)[:, None] + np.arange(pieces), len(source) - 1)
        return torch.from_numpy(source[at].astype(np.int64))


class Masking(Stretches):
    """Masked language modelling (Devlin et al. 2019, section 3.1), for a `BeforeOutput`.

    Every chosen piece becomes [MASK], as 80/10/10 gains nothing (Wettig et al. 2023, section 6, arXiv:2202.08005).
    A share `unknown` of the others becomes [UNK], so that a model knows what a missing word is.
    """

    def __init__(self, train: Stream, dev: Stream, length: int, masked: float) -> None:
        super().__init__(train, dev, length - 2)
        self.masked = masked

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        text = self.rows(places, self.length, dev=dev)
        # Development is always asked the same, so that its losses can be compared.
        chance = torch.Generator().manual_seed(DEV_SEED + places[0]) if dev else None
        drawn = torch.rand(text.shape, generator=chance)
        wanted = (drawn < self.masked) & (text != LAST_ID)
        missing = (drawn > 1 - unknown) & (text != LAST_ID)
        ids = text.masked_fill(wanted, MASK_ID).masked_fill(missing, UNKNOWN_ID)
        read = model(_framed(ids).to(device))[:, 1:-1]
        total = cross_entropy_sum(net.last(read[wanted]), net.weight, net.bias, text[wanted].to(device))
        return Loss(total, int(wanted.sum()), text.numel())


class Continuing(Stretches):
    """Each next piece, for a `BeforeOutput`."""

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        text = self.rows(places, self.length + 1, dev=dev).to(device)
        read = model(text[:, :-1]).flatten(0, 1)
        total = cross_entropy_sum(net.last(read), net.weight, net.bias, text[:, 1:].flatten())
        return Loss(total, text[:, 1:].numel(), text[:, 1:].numel())


def _framed(ids: Int[Tensor, "batch piece"]) -> Int[Tensor, "batch framed"]:
    return nn.functional.pad(nn.functional.pad(ids, (1, 0), value=FIRST_ID), (0, 1), value=LAST_ID)
