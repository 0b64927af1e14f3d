"""One of several processes that learn together, begun by torchrun: see test_processes.py.

`updates FOLDER` does ten updates of each kind of network in 64 bits and leaves the weights of every process in FOLDER;
`train CONFIG RUN [UPDATE]` trains as the command line does, and is asked to stop at that update; in `left` the second
process goes away after two updates.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from engine.models.documents.han import HAN, HANConfig
from engine.models.recurrent import decoders
from engine.models.recurrent.seq2seq import Seq2SeqConfig
from engine.models.transformer.translator import TransformerConfig, TransformerTranslator
from engine.runs import request
from engine.training.config import LoopConfig
from engine.training.loop import Progress, Trainer
from engine.training.processes import Processes, joined
from engine.training.runs import train
from engine.training.tasks import Classifying, LabelledDocument, Task, Translating

CPU = torch.device("cpu")
PAIRS = [
    ([3 + (i * k) % 15 for k in range(1, 2 + i % 9)] + [2], [3 + (i + k) % 15 for k in range(1, 2 + i % 5)] + [2])
    for i in range(25)
]
DOCUMENTS = [
    LabelledDocument(
        tuple(tuple(3 + (i * k + j) % 15 for k in range(1, 3 + (i + j) % 6)) for j in range(1 + i % 4)), i % 2
    )
    for i in range(25)
]
BATCH = 8
"""Of 25 examples: the last batch of a pass has one, and so nothing for the second of two processes."""


def translating() -> Task:
    return Translating(PAIRS, PAIRS[:7], smoothing=0.1)


def recurrent(**choices: object) -> nn.Module:
    sizes = {"embedding": 6, "encoder": 6, "decoder": 12, "attention": 5}
    return decoders.build(Seq2SeqConfig(20, **sizes, dropout=0.0, **choices))


KINDS: dict[str, tuple[Callable[[], nn.Module], Callable[[], Task]]] = {
    "recurrent": (recurrent, translating),
    "transformer": (
        lambda: TransformerTranslator.new(TransformerConfig(20, size=8, inner=12, layers=2, heads=2, dropout=0.0)),
        translating,
    ),
    "han": (
        lambda: HAN(HANConfig(20, labels=2, embedding=6, word=4, sentence=4, attention=5, dropout=0.0)),
        lambda: Classifying(DOCUMENTS, DOCUMENTS[:7]),
    ),
}


def trainer_of(kind: str, processes: Processes) -> Trainer:
    build, task = KINDS[kind]
    torch.manual_seed(1)
    config = LoopConfig(
        updates=10, batch=BATCH, rate=0.05, warmup=2, unknown=0.0, precision="no", validate_every=5, threads=1
    )
    return Trainer(build().double().train(), task(), config, CPU, processes=processes)


def learnt(kind: str, processes: Processes) -> dict[str, torch.Tensor]:
    """Weights after ten updates, over two passes and a half, and the losses on the way."""
    trainer = trainer_of(kind, processes)
    reports = list(trainer.run())
    losses = [loss for each in reports for loss in (each.loss, each.validation) if loss is not None]
    return {**trainer.net.state_dict(), "losses": torch.tensor(losses, dtype=torch.float64)}


def means(processes: Processes) -> dict[str, torch.Tensor]:
    """A running mean of what three in the first process and one in the second were, and one that nobody moves."""
    mean, still = torch.tensor(0.5), torch.tensor(0.1)
    before = [mean.clone(), still.clone()]
    own, share = (2.0, 0.75) if processes.first else (6.0, 0.25)
    mean.copy_(torch.lerp(mean, torch.tensor(own), 0.1))
    processes.join_means([mean, still], before, share)
    return {"mean": mean, "still": still}


def updates(folder: Path) -> None:
    with joined("cpu") as processes:
        for kind in KINDS:
            save(folder, kind, learnt(kind, processes), processes)
        save(folder, "means", means(processes), processes)


def save(folder: Path, name: str, tensors: dict[str, torch.Tensor], processes: Processes) -> None:
    save_file({key: t.clone() for key, t in tensors.items()}, folder / f"{name}-{processes.rank}.safetensors")


def stopped(config: Path, run: Path, update: int = 0) -> None:
    def watch(progress: Progress) -> None:
        if progress.step == update:
            request.write(run, replace(request.new("a run", ""), wanted="stop"))

    resume = run.exists()
    if resume and (run / request.FILE).exists():
        (run / request.FILE).unlink()
    train(config, run, resume=resume, device="cpu", watch=watch)


def left() -> None:
    with joined("cpu") as processes:
        for progress in trainer_of("recurrent", processes).run():
            if progress.step == 2 and not processes.first:
                return


if __name__ == "__main__":
    what, *more = sys.argv[1:]
    if what == "updates":
        updates(Path(more[0]))
    elif what == "train":
        stopped(Path(more[0]), Path(more[1]), *map(int, more[2:]))
    else:
        left()
