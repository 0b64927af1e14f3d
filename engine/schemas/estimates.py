"""What a training will take, as values of JSON and in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.schemas.trace import FORMAT
from engine.training.config import LoopConfig, TrainConfig
from engine.training.estimate import Estimate, StageEstimate, fitted, seconds_of
from engine.training.measuring import Cost

DIGITS = 6
"""After the point of a second."""


def record(config: TrainConfig, estimate: Estimate, minutes: float) -> dict[str, Any]:
    """All of it, by `engine/schemas/estimate.json`; with `minutes` also what fits them."""
    return {
        "format": FORMAT,
        "name": config.name,
        "parameters": estimate.parameters,
        "bytes": {"weights": estimate.weights, "optimiser": estimate.optimiser, "peak": estimate.peak},
        "seconds": round(estimate.seconds, DIGITS),
        "stages": [_stage(config, stage) for stage in estimate.stages],
        "fits": _fits(fitted(config, minutes, estimate.stages), minutes, estimate) if minutes else None,
    }


def read(record: Mapping[str, Any], config: TrainConfig) -> Estimate:
    """The estimate that `record` was made of, to six digits of a second. Raises KeyError, TypeError or ValueError for
    what is none of this config."""
    loops: dict[str, LoopConfig | None] = {"training": config.loop, "pretraining": config.pretraining}
    peak = int(record["bytes"]["peak"])
    stages = []
    for stage in record["stages"]:
        loop = loops[stage["stage"]]
        if loop is None:
            raise ValueError(f"the config has no {stage['stage']}")
        cost = Cost(float(stage["seconds_per_update"]), float(stage["seconds_per_validation"]), peak)
        stages.append(StageEstimate(stage["stage"], loop, int(stage["examples"]), cost))
    return Estimate(int(record["parameters"]), tuple(stages))


def lines(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and value of each, as a terminal shows them."""
    yield "parameters", str(record["parameters"])
    for name, size in record["bytes"].items():
        yield f"{name}, MB", f"{size / 1e6:.1f}"
    for stage in record["stages"]:
        for name in ("examples", "updates"):
            yield f"{stage['stage']}: {name}", str(stage[name])
        for name in ("update", "validation"):
            yield f"{stage['stage']}: seconds of one {name}", f"{stage[f'seconds_per_{name}']:.4f}"
    yield "minutes to the end", f"{record['seconds'] / 60:.1f}"
    for stage in record["fits"]["stages"] if record["fits"] else ():
        for name in ("updates", "warmup", "validate_every"):
            yield f"{stage['stage']}: {name} in {record['fits']['minutes']:g} minutes", str(stage[name])


def _stage(config: TrainConfig, stage: StageEstimate) -> dict[str, Any]:
    counted = {"document": "documents", "piece": "pairs"}[config.data.counted]
    return {
        "stage": stage.name,
        "examples": stage.examples,
        "counted": "stretches" if stage.name == "pretraining" or config.data.task == "language" else counted,
        "updates": stage.loop.ends,
        "seconds_per_update": round(stage.cost.update, DIGITS),
        "seconds_per_validation": round(stage.cost.validation, DIGITS),
        "seconds": round(stage.seconds, DIGITS),
    }


def _fits(config: TrainConfig, minutes: float, estimate: Estimate) -> dict[str, Any]:
    loops: dict[str, LoopConfig | None] = {"training": config.loop, "pretraining": config.pretraining}
    stages = [(stage.name, loop, stage.cost) for stage in estimate.stages if (loop := loops[stage.name]) is not None]
    return {
        "minutes": minutes,
        "seconds": round(sum(seconds_of(loop, cost) for _, loop, cost in stages), DIGITS),
        "stages": [
            {"stage": name, "updates": loop.ends, "warmup": loop.warmup, "validate_every": loop.validate_every}
            for name, loop, _ in stages
        ],
    }
