"""How long an update and a validation take on this machine, and what memory: a few real steps of a copy."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from engine.errors import Refused
from engine.training.config import LoopConfig
from engine.training.loop import Diverged, Trainer
from engine.training.memory import forget_peak, peak
from engine.training.tasks import Batches, Task

STEPS, DEV_STEPS = 8, 6
"""How many batches are tried at most, from the shortest to the longest."""
LEAST, ENOUGH = 3, 5.0
"""How many are tried in any case, and after how many seconds of them it is enough: who waits wants to see it learn."""
Clock = Callable[[], float]
"""Gives seconds from some moment."""


class Cost(NamedTuple):
    """Seconds of one update and of one validation, means over batches of all lengths, and the most bytes that the
    process (on a GPU, the network and its batches) held meanwhile."""

    update: float
    validation: float
    peak: int


def measured(
    model: nn.Module, task: Task, loop: LoopConfig, device: torch.device, clock: Clock = time.perf_counter
) -> Cost:
    """Leaves the model, chance and the data as they were. Raises Refused where the first losses are no numbers."""
    torch.set_num_threads(loop.threads)
    forget_peak(device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        trainer = Trainer(copy.deepcopy(model).train(), task, loop, device)
        chosen = spread(task.batches(loop.batch, loop.seed, 0), task.train, STEPS)
        try:
            for warming in (chosen[0], chosen[-1]):  # the first of each size takes memory anew
                trainer.update(warming)
            updates = _timed(trainer.update, from_the_middle(chosen), LEAST, device, clock)
        except Diverged as error:
            raise Refused("The loss is no number from the first updates on: lower the rate.") from error
        every = task.dev_batches(loop.batch)
        some = every[:: -(-len(every) // DEV_STEPS)]
        validations = _timed(lambda places: trainer.validate([places]), some, 1, device, clock)
    share = sum(map(len, every)) / sum(map(len, some[: len(validations)]))
    return Cost(sum(updates) / len(updates), sum(validations) * share, peak(device))


def spread(batches: Batches, examples: Sequence[Any], count: int) -> Batches:
    """So many of the batches, evenly from the one of the shortest examples to the one of the longest."""
    whole = [batch for batch in batches if len(batch) == len(batches[0])]
    by_size = sorted(whole, key=lambda batch: numbers(examples[batch[len(batch) // 2]]))
    places = np.linspace(0, len(by_size) - 1, min(count, len(by_size)))
    return [by_size[round(place)] for place in places]


def from_the_middle(batches: Batches) -> Batches:
    """The one in the middle, then by turns the shortest and the longest of those that are left: whoever leaves off
    early has seen some of all lengths."""
    rest = list(batches)
    order = [rest.pop((len(rest) - 1) // 2)]
    while rest:
        order.append(rest.pop(0 if len(order) % 2 else -1))
    return order


def numbers(example: Any) -> int:
    """How many ids there are in an example, however it is put together."""
    if isinstance(example, np.ndarray):
        return int(example.size)
    return sum(map(numbers, example)) if isinstance(example, list | tuple) else 1


def _timed(
    work: Callable[[list[int]], object], batches: Batches, least: int, device: torch.device, clock: Clock
) -> list[float]:
    """Seconds that each of the batches took, as far as there was time for them."""
    seconds: list[float] = []
    for places in batches:
        started = clock()
        work(places)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(clock() - started)
        if len(seconds) >= least and sum(seconds) > ENOUGH:
            break
    return seconds
