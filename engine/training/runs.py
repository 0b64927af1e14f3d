"""A run is a folder: its config, its progress line by line, its checkpoints, and at the end a stored model."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import accelerate
import torch

from engine import __version__
from engine.data.files import atomic_write
from engine.errors import Refused
from engine.runs import activity, outcome, progress
from engine.runs.faults import refusal_of
from engine.runs.files import CHECKPOINTS, CONFIG, PRETRAINING, PROGRESS, alone, begun
from engine.runs.outcome import Outcome
from engine.runs.request import StopAsked
from engine.training import checkpoint
from engine.training.config import TrainConfig, read
from engine.training.fitting import within_its_minutes
from engine.training.following import follow, tell, tell_state
from engine.training.loop import Progress, Trainer
from engine.training.memory import check_room, keep_freed_memory, without_collecting
from engine.training.prepare import by_task, model_section
from engine.training.prepare.prepared import Stage
from engine.training.processes import Processes, joined
from engine.training.recording import Recorder, Recording
from engine.training.reporting import forget_after, reported
from engine.training.same import check_same

Watch = Callable[[Progress], None]
Note = Callable[[str], None]
"""Is told a sentence."""


def train(
    config_path: Path,
    run: Path,
    *,
    resume: bool = False,
    device: str = "auto",
    watch: Watch | None = None,
    note: Note | None = None,
    record: Recorder | None = None,
) -> Path | None:
    """Train what `config_path` asks for in the folder `run`, and leave the finished model there.

    With `resume` it goes on from the last whole checkpoint, or from the start where it was stopped before the first;
    `note` is told where that is not the newest one. `record` is shown the network as it learns, and changes nothing of
    what it learns. Raises Refused for a bad config, a folder in which a run already lies (without `resume`), was begun
    with another config or is going on, and for a loss that is no longer a number; the last good checkpoint then stays.
    Where its file `run.json` asks it to stop, it does after the update that it is
    at, and the best model until then is stored. How it ended stands in `outcome.json`.

    Begun by `torchrun`, every process works on its share of each batch; only the first one reads and writes the folder,
    watches, notes and records, and gives the folder back; the others give None. Raises Left where another has ended.
    """
    with joined(device) as processes:
        if not processes.first:
            follow(processes, processes.device(device))
        else:
            _lead(processes, config_path, run, resume, device, watch, note, record)
    return run if processes.first else None


def _lead(
    processes: Processes,
    config_path: Path,
    run: Path,
    resume: bool,
    device: str,
    watch: Watch | None,
    note: Note | None,
    record: Recorder | None,
) -> None:
    """What the first process does, or the only one."""
    config = read(config_path)
    parameters = model_section.check(config)
    if resume and not begun(run):
        raise Refused("{run} holds no run to go on with; leave out --resume to begin", run=run)
    if begun(run) and not resume:
        raise Refused("{run} already holds a run; add --resume to go on, or name another folder with --run", run=run)
    if resume:
        check_same(config, read(run / CONFIG), run)
    run.mkdir(parents=True, exist_ok=True)
    with alone(run):
        (run / outcome.FILE).unlink(missing_ok=True)
        try:
            if not resume and config_path.resolve() != (run / CONFIG).resolve():
                atomic_write(run / CONFIG, config_path.read_bytes())
            listeners = Listeners(watch, note, StopAsked(run), Recording(record, note), lambda: activity.clear(run))
            place = processes.device(device)
            check_room(parameters, place)
            end = _train(config, run, place, listeners, processes)
        except Exception as error:
            if (refusal := refusal_of(error)) is not None:
                with suppress(OSError):  # a full disk, say: it cannot even be told
                    outcome.write(run, outcome.failed(refusal, _reached(run)))
            raise
        outcome.write(run, end)


class Listeners(NamedTuple):
    """Whoever is told of a training while it goes on, and who is asked whether it is to stop; `begun` is called once
    a stage learns."""

    watch: Watch | None
    note: Note | None
    stop: Callable[[], bool]
    recording: Recording
    begun: Callable[[], object]


def _reached(run: Path) -> int:
    """The last update that was reported."""
    point = progress.last(run)
    return point.step if point is not None else 0


def _train(config: TrainConfig, run: Path, device: torch.device, listeners: Listeners, processes: Processes) -> Outcome:
    keep_freed_memory()
    with without_collecting():
        prepared = by_task.prepare(config, run)
    config, prepared = within_its_minutes(config, prepared, run, device)
    tell(processes, config, prepared)
    facts = prepared.facts
    if prepared.before is not None:
        # What it learns lies in layers that the model proper has too.
        unrecorded = listeners._replace(recording=Recording())
        before = _stage(prepared.before, run / PRETRAINING, device, unrecorded, processes)
        if before.stopped:
            return Outcome("stopped", before.done)
        learnt: dict[str, float | None] = {"updates": before.done, "seconds": round(before.seconds, 1)}
        learnt["validation_nats_per_piece"] = _finite(before.best)
        facts = facts | {"pretraining": learnt}
    stage = Stage(prepared.model, prepared.task, config.loop)
    listeners.recording.begin(run, config, prepared, device)
    trainer = _stage(stage, run, device, listeners, processes, prepared.schedule)
    facts = _training_facts(config, trainer, prepared.libraries) | facts
    prepared.save(run, prepared.model, prepared.words, prepared.meta, facts)
    return Outcome("stopped" if trainer.stopped else "finished", trainer.done, trainer.best_at)


def _stage(
    stage: Stage,
    folder: Path,
    device: torch.device,
    listeners: Listeners,
    processes: Processes,
    schedule: Callable[[int], None] | None = None,
) -> Trainer:
    """Train to the end, or until it is to stop, from the last whole checkpoint in `folder` where there is one; the
    model then has the weights of the least validation loss."""
    folder.mkdir(exist_ok=True)
    trainer = Trainer(stage.model.train(), stage.task, stage.loop, device, schedule, processes)
    torch.set_num_threads(stage.loop.threads)
    # Models of different attention drew different amounts of chance while they were built; from here they draw alike.
    torch.manual_seed(stage.loop.seed)
    if not _restored(trainer, folder / CHECKPOINTS, listeners.note):
        checkpoint.write(folder / CHECKPOINTS, 0, trainer.tensors(), trainer.facts())
    tell_state(processes, trainer)
    forget_after(folder / PROGRESS, trainer.done)
    listeners.recording.start(trainer.done, trainer.net)
    with (folder / PROGRESS).open("a", encoding="utf-8") as lines:
        for progress in reported(trainer, lines, listeners.begun):
            listeners.recording.after(progress, trainer.net)
            if listeners.watch is not None:
                listeners.watch(progress)
            stopped = processes.asked(listeners.stop())
            if progress.validation is not None or stopped:
                checkpoint.write(folder / CHECKPOINTS, progress.step, trainer.tensors(), trainer.facts())
            if stopped:
                last = trainer.stop(progress)
                lines.write(json.dumps(asdict(last)) + "\n")
                listeners.recording.after(last, trainer.net)
                break
    trainer.take_best()
    return trainer


def _restored(trainer: Trainer, folder: Path, note: Note | None) -> bool:
    """Whether there was a checkpoint to go on from: the newest that is whole. Raises Refused where all are damaged."""
    damaged: list[Refused] = []
    for candidate in checkpoint.candidates(folder):
        try:
            trainer.restore(*checkpoint.read(candidate))
        except Refused as refusal:
            damaged.append(refusal)
        except ValueError as error:
            damaged.append(checkpoint.broken(candidate, error))
        else:
            if damaged and note is not None:
                note(f"{'; '.join(map(str, damaged))}: going on from the one of update {candidate.name}")
            return True
    if damaged:
        raise Refused(
            "{folder} holds no checkpoint that is whole: {reason}; begin anew in another folder with --run",
            folder=folder,
            reason=damaged[0],
        )
    return False


def _finite(loss: float) -> float | None:
    """A loss as JSON has it: none where no validation came to a number."""
    return loss if math.isfinite(loss) else None


def _training_facts(config: TrainConfig, trainer: Trainer, libraries: tuple[str, ...]) -> dict[str, Any]:
    versions = {"alignscope": __version__, "torch": torch.__version__, "accelerate": accelerate.__version__}
    return {
        "name": config.name,
        "updates": trainer.done,
        "best_update": trainer.best_at or trainer.done,
        **({"averaged_validations": trainer.averaged} if trainer.averaged else {}),
        "seconds": round(trainer.seconds, 1),
        "finished": time.strftime("%Y-%m-%d", time.gmtime()),
        f"validation_nats_per_{config.data.counted}": _finite(trainer.best),
        "seed": config.loop.seed,
        "device": trainer.device.type,
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": config.loop.threads,
        **({"processes": trainer.processes.count} if trainer.processes.count > 1 else {}),
        "precision": config.loop.precision,
        "parameters": sum(p.numel() for p in trainer.net.parameters()),
        "versions": versions | {name: metadata.version(name) for name in libraries},
    }
