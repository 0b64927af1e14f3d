"""A run that may take so many minutes: how many updates that are is measured before its first one, and written down."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.data.files import atomic_write
from engine.runs import activity, request
from engine.runs.files import CHECKPOINTS, CONFIG, PRETRAINING
from engine.training import checkpoint, estimate
from engine.training.config import TrainConfig, read
from engine.training.prepare import by_task
from engine.training.prepare.prepared import Prepared
from engine.training.written import written


def within_its_minutes(
    config: TrainConfig, prepared: Prepared, run: Path, device: torch.device
) -> tuple[TrainConfig, Prepared]:
    """By what the run is trained: its config, unless its `run.json` gives it so many minutes. Then its `train.toml`
    says from now on how many updates fit, so that the file says what was done, and a run that goes on goes on by it."""
    wanted = request.read(run)
    if wanted is None or wanted.minutes <= 0 or _has_begun(run):
        return config, prepared
    activity.write(run, "measuring")
    measured = estimate.of(prepared, config, device)
    config = estimate.fitted(config, wanted.minutes, measured.stages)
    comment = f"As many updates as fit {wanted.minutes:g} minutes, by steps that were timed before the first one."
    atomic_write(run / CONFIG, written(config, comment).encode())
    config = read(run / CONFIG)
    return config, by_task.scheduled(config, prepared)


def _has_begun(run: Path) -> bool:
    """Whether there is a checkpoint, by which its updates are settled."""
    return any(checkpoint.latest(folder / CHECKPOINTS) is not None for folder in (run, run / PRETRAINING))
