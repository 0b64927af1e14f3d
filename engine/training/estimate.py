"""What a training will take: parameters, memory, the time to its end, and how much of it fits a number of minutes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch

from engine.runs import activity, outcome
from engine.runs.faults import refusal_of
from engine.training.config import MANY, LoopConfig, TrainConfig
from engine.training.measuring import Clock, Cost, measured
from engine.training.memory import BYTES_LEARNT, check_room, without_collecting
from engine.training.prepare import by_task, model_section
from engine.training.prepare.prepared import Prepared, Stage

VALIDATIONS, SHARE = 20, 0.2
"""How many validations a training of so many minutes is to have, and what share of the time they may take at most."""
WARMUP = 10
"""Of how many updates one may be for warming up at most."""
Loop = TypeVar("Loop", bound=LoopConfig)


@dataclass(frozen=True)
class StageEstimate:
    """`examples` are pairs, documents or stretches of text, after all filters."""

    name: str
    loop: LoopConfig
    examples: int
    cost: Cost

    @property
    def seconds(self) -> float:
        """To its end, unless patience ends it sooner."""
        return seconds_of(self.loop, self.cost)


@dataclass(frozen=True)
class Estimate:
    """`parameters` learn; all times are of this machine as it is now."""

    parameters: int
    stages: tuple[StageEstimate, ...]

    @property
    def weights(self) -> int:
        """Bytes of the weights."""
        return 4 * self.parameters

    @property
    def optimiser(self) -> int:
        """Bytes of their gradients, and of the two moments that Adam keeps of each."""
        return BYTES_LEARNT * self.parameters - self.weights

    @property
    def peak(self) -> int:
        """The most bytes that were held during the steps that were tried."""
        return max(stage.cost.peak for stage in self.stages)

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)


def estimate(
    config: TrainConfig, device: torch.device, clock: Clock = time.perf_counter, folder: Path | None = None
) -> Estimate:
    """Raises Refused as a training would, and where there is not enough memory for it. A `folder` says meanwhile what
    is done, and at last why it could not be, in the files in which a run does; without one nothing is left behind."""
    with _workplace(folder) as place:
        check_room(model_section.check(config), device)
        with without_collecting():
            prepared = by_task.prepare(config, place)
        activity.write(place, "measuring")
        return of(prepared, config, device, clock)


@contextmanager
def _workplace(folder: Path | None) -> Iterator[Path]:
    """That folder, or one for the while."""
    if folder is None:
        with TemporaryDirectory() as place:
            yield Path(place)
        return
    try:
        yield folder
    except Exception as error:
        if (refusal := refusal_of(error)) is not None:
            outcome.write(folder, outcome.failed(refusal))
        raise


def of(prepared: Prepared, config: TrainConfig, device: torch.device, clock: Clock = time.perf_counter) -> Estimate:
    """Of a training that is ready to learn, whose network and chance are left as they are."""
    stages = {"training": Stage(prepared.model, prepared.task, config.loop)}
    if prepared.before is not None:
        stages = {"pretraining": prepared.before, **stages}
    estimates = (
        StageEstimate(name, loop, len(task.train), measured(model, task, loop, device, clock))
        for name, (model, task, loop) in stages.items()
    )
    return Estimate(sum(each.numel() for each in prepared.model.parameters()), tuple(estimates))


def seconds_of(loop: LoopConfig, cost: Cost) -> float:
    return loop.ends * cost.update + math.ceil(loop.ends / loop.validate_every) * cost.validation


def updates_for(minutes: float, cost: Cost) -> tuple[int, int]:
    """How many updates fit, rounded down to two digits, and after how many of them each validation is due."""
    seconds = 60 * minutes
    validations = VALIDATIONS
    if VALIDATIONS * cost.validation > SHARE * seconds:
        validations = max(1, int(SHARE * seconds / cost.validation))
    updates = max(1, int((seconds - validations * cost.validation) / max(cost.update, 1e-9)))
    updates = min(updates, MANY)
    unit = 10 ** max(0, len(str(updates)) - 2)
    updates = updates // unit * unit
    return updates, math.ceil(updates / validations)


def fitted(config: TrainConfig, minutes: float, stages: Sequence[StageEstimate]) -> TrainConfig:
    """The config whose training takes so many minutes: each stage has the share that it has of the time now."""
    whole = sum(stage.seconds for stage in stages)
    shares = {stage.name: minutes * stage.seconds / whole for stage in stages}
    costs = {stage.name: stage.cost for stage in stages}
    changed: dict[str, Any] = {"loop": _shortened(config.loop, shares["training"], costs["training"])}
    if config.pretraining is not None:
        changed["pretraining"] = _shortened(config.pretraining, shares["pretraining"], costs["pretraining"])
    if config.narrowing is not None:
        most = changed["loop"].ends
        changed["narrowing"] = replace(config.narrowing, updates=min(config.narrowing.updates, most))
    return replace(config, **changed)


def _shortened(loop: Loop, minutes: float, cost: Cost) -> Loop:
    """With as many updates as fit. Restarts stay where they are in its course; where there is no room they go."""
    updates, every = updates_for(minutes, cost)
    moved = [round(place * updates / loop.ends) for place in loop.restarts if place < loop.ends]
    places = [place for place in moved if 0 < place < updates]
    if len(set(places)) < len(loop.restarts):
        places = []
    return replace(
        loop,
        updates=updates,
        stop=0,
        warmup=min(loop.warmup, max(1, updates // WARMUP)),
        validate_every=every,
        restarts=tuple(places),
        restart_rates=loop.restart_rates if places else (),
    )
