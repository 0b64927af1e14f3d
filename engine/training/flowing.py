"""Learning to translate from pairs that flow past: a pool of them is held, and batches are cut from it by pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from engine.data.pairs.streamed import Place
from engine.data.tsv import Pair as Texts
from engine.training.batches import Pair
from engine.training.tasks import Batches, Loss, Translating

Pairs = Callable[[Place], Iterator[tuple[Place, Texts]]]
"""The pairs from a place on, each with the place after it."""
Encode = Callable[[Sequence[Texts]], list[Pair]]
"""Ids on both sides; pairs that are too long are left out."""


@runtime_checkable
class Flow(Protocol):
    """A task that goes through its examples once, and knows where it is."""

    def next_batch(self) -> list[int]:
        """Numbers of examples that are held until the next one is asked for."""

    def position(self) -> list[int]: ...

    def go_to(self, position: Any) -> None:
        """Go on where `position` was said. Raises ValueError for what is none."""


class FlowingTranslating(Translating):
    """`train` holds at most `buffer` texts, shuffled and read on when its batches are used up; a batch has at most
    `pieces` on either side with padding, as far as the number of characters tells (`ratio` of them a piece): ids are
    made of a process's own share alone."""

    train: Sequence[Any]
    _batches: Batches

    def __init__(
        self, pairs: Pairs, encode: Encode, dev: Sequence[Pair], smoothing: float, *, buffer: int, pieces: int,
        ratio: tuple[float, float], seed: int,
    ) -> None:  # fmt: skip
        super().__init__([], dev, smoothing)
        self._pairs, self._encode = pairs, encode
        self._buffer, self._pieces, self._ratio, self._seed = buffer, pieces, ratio, seed
        self.go_to([0, 0, 0, 0, 0])

    def position(self) -> list[int]:
        """Where the pool begins in the files, its number, and how many of its batches are done."""
        return [*self._begin, self._number, self._done]

    def go_to(self, position: Any) -> None:
        if not isinstance(position, list) or len(position) != 5 or any(type(n) is not int or n < 0 for n in position):
            raise ValueError("it does not say where in the stream it was")
        *place, number, done = position
        self._fill(Place(*place), number)
        if done > len(self._batches):
            raise ValueError("the stream is another one")
        self._done = done

    def next_batch(self) -> list[int]:
        if self._done == len(self._batches):
            self._fill(self._end, self._number + 1)
        self._done += 1
        return self._batches[self._done - 1]

    def batches(self, size: int, seed: int, number: int) -> Batches:
        """Those of the pool that is held: by them it is measured how long an update takes."""
        return self._batches

    def loss(
        self, model: nn.Module, net: Any, places: Sequence[int], device: torch.device, *, dev: bool, unknown: float
    ) -> Loss:
        if dev:
            return super().loss(model, net, places, device, dev=True, unknown=unknown)
        pairs = self._encode([self._texts[i] for i in places])
        if not pairs:
            return Loss(torch.zeros(()), 0, 0)
        share = Translating(pairs, [], self.smoothing)
        return share.loss(model, net, range(len(pairs)), device, dev=False, unknown=unknown)

    def _fill(self, begin: Place, number: int) -> None:
        self._begin, self._number, self._done = begin, number, 0
        self._texts: list[Texts] = []
        for place, texts in self._pairs(begin):
            self._end = place
            self._texts.append(texts)
            if len(self._texts) == self._buffer:
                break
        self.train = range(len(self._texts))
        self._batches = self._cut(np.random.default_rng([self._seed, number]))

    def _cut(self, random: np.random.Generator) -> Batches:
        """Pairs of like length together, the batches in an order of chance."""
        sizes = np.array([[len(side) / r + 1 for side, r in zip(t, self._ratio, strict=True)] for t in self._texts])
        shuffled = random.permutation(len(sizes))
        by_size = shuffled[np.lexsort((sizes[shuffled, 1], sizes[shuffled, 0]))]
        batches: Batches = [[]]
        longest = np.zeros(2)
        for i in by_size:
            longest = np.maximum(longest, sizes[i])
            if batches[-1] and (len(batches[-1]) + 1) * longest.max() > self._pieces:
                batches.append([])
                longest = sizes[i]
            batches[-1].append(int(i))
        return [batches[i] for i in random.permutation(len(batches))]
