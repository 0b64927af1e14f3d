"""What every process but the first does of a training: its share of each batch, and nothing in the run's folder.

Config, tokenizer and state come from the first process, so that only the corpora must lie where each can read them.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load, save

from engine.data.files import atomic_write
from engine.text.tokenizer_file import FILE
from engine.training.config import TrainConfig, parse
from engine.training.loop import Diverged, Trainer
from engine.training.memory import keep_freed_memory, without_collecting
from engine.training.prepare import by_task
from engine.training.prepare.prepared import Prepared, Stage
from engine.training.processes import Processes
from engine.training.reporting import no_number
from engine.training.written import written


def tell(processes: Processes, config: TrainConfig, prepared: Prepared) -> None:
    """Said by the first process: what is trained, and how texts are cut."""
    if processes.count > 1:
        processes.from_first(written(config).encode())
        processes.from_first(prepared.words.to_json().encode())


def tell_state(processes: Processes, trainer: Trainer) -> None:
    """Said by the first process when a stage begins or goes on: from where."""
    if processes.count > 1:
        processes.from_first(save({name: tensor.contiguous() for name, tensor in trainer.tensors().items()}))
        processes.from_first(json.dumps(trainer.facts()).encode())


def follow(processes: Processes, device: torch.device) -> None:
    """Learn along until the training ends or is stopped. Raises Refused as the first process does, and Left where that
    one has ended."""
    keep_freed_memory()
    config = parse(processes.from_first().decode(), "train.toml")
    tokenizer = processes.from_first()
    with TemporaryDirectory() as folder, without_collecting():
        atomic_write(Path(folder) / FILE, tokenizer)
        prepared = by_task.prepare(config, Path(folder))
    stage = Stage(prepared.model, prepared.task, config.loop)
    for each in (prepared.before, stage):
        if each is not None and _stopped(each, prepared if each is stage else None, processes, device):
            return


def _stopped(stage: Stage, prepared: Prepared | None, processes: Processes, device: torch.device) -> bool:
    """Whether it was stopped; the model then has the weights of the least validation loss, as in all processes."""
    schedule = None if prepared is None else prepared.schedule
    trainer = Trainer(stage.model.train(), stage.task, stage.loop, device, schedule, processes)
    torch.set_num_threads(stage.loop.threads)
    trainer.restore(load(processes.from_first()), json.loads(processes.from_first()))
    try:
        for progress in trainer.run():
            if processes.asked(False):
                trainer.stop(progress)
                break
    except Diverged as error:
        raise no_number(error) from error
    trainer.take_best()
    return trainer.stopped
