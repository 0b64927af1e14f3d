"""The one training loop. It reports by yielding; whoever stops asking has stopped the training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor, nn

from engine.training import checkpoint
from engine.training.averaging import LastWeights
from engine.training.config import LoopConfig
from engine.training.flowing import Flow
from engine.training.processes import ALONE, Processes
from engine.training.tasks import Batches, Loss, Task


@dataclass(frozen=True)
class Progress:
    """After update `step`, from 1. Losses in nats per target piece or document, `speed` in pieces or words a second."""

    step: int
    updates: int
    loss: float
    rate: float
    speed: float
    seconds: float
    validation: float | None = None


class Diverged(Exception):
    """The loss or its gradient was no number; nothing was changed by that update."""

    def __init__(self, step: int, rate: float) -> None:
        super().__init__(f"the loss was no longer a number at update {step}, learning rate {rate:.3g}")
        self.step, self.rate = step, rate


class Trainer:
    """One model, its task, and the whole state of the loop. `done` counts updates; the place in the data follows.

    `best` is the least validation loss, reached after update `best_at`; 0 as long as none was measured. `schedule` is
    called before each update with how many were done. Several `processes` share each batch and take the same steps.
    """

    def __init__(
        self,
        model: nn.Module,
        task: Task,
        config: LoopConfig,
        device: torch.device,
        schedule: Callable[[int], None] | None = None,
        processes: Processes = ALONE,
    ) -> None:
        self.config, self.processes = config, processes
        self.task, self.schedule = task, schedule
        AcceleratorState._reset_state()  # one of another precision may have been before it: pretraining, say
        self.accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision=config.precision)
        self.device = self.accelerator.device
        self.net = model.to(self.device)
        optimiser = torch.optim.Adam(model.parameters(), lr=config.rate, betas=(0.9, 0.98), eps=1e-9, fused=True)
        # Gradients are joined by `processes`: a share may be empty, and the output layer is used outside of the model.
        self.model = self.accelerator.prepare_model(model, evaluation_mode=True)
        self.optimiser = self.accelerator.prepare_optimizer(optimiser)
        self._learnt = [each for each in self.net.parameters() if each.requires_grad]
        names = self.net.state_dict().keys()
        self._means = [b for name, b in self.net.named_buffers() if name in names and b.is_floating_point()]
        self.done = 0
        self.seconds = 0.0
        self.stopped = False  # before its end
        self.best, self.best_at, self.since_best = math.inf, 0, 0
        self._best_weights: dict[str, Tensor] = {}
        self._last = LastWeights(config.average)
        self.averaged = 0  # validations whose mean weights the finished model has
        self._order: tuple[int, list[list[int]]] | None = None

    def run(self) -> Iterator[Progress]:
        """Update until the end, or until validation has not improved `patience` times. Raises Diverged."""
        while self.done < self.end and not self.stalled:
            started = time.perf_counter()
            loss, words = self.update(self._places())
            self.done += 1
            validation = None
            if self.done % self.config.validate_every == 0 or self.done == self.end:
                validation = self.validate()
                self._compare(validation)
                if self.config.average > 1:
                    self._last.add(self._copied())
            spent = time.perf_counter() - started
            self.seconds += spent
            rate = self.config.rate_at(self.done - 1)
            yield Progress(self.done, self.config.updates, loss, rate, words / spent, self.seconds, validation)

    def _compare(self, validation: float) -> None:
        if validation < self.best:
            self.best, self.best_at, self.since_best = validation, self.done, 0
            self._best_weights = self._copied()
        else:
            self.since_best += 1

    def _copied(self) -> dict[str, Tensor]:
        weights = checkpoint.untied(self.net.state_dict())
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}

    def stop(self, progress: Progress) -> Progress:
        """Leave off before the end: how good it is now is measured, for the model as it is may be the best so far.

        To be called after the checkpoint is written, so that a run that goes on knows nothing of it. Gives the report
        of the last update with that measure.
        """
        self.stopped = self.done < self.end
        validation = self.validate() if progress.validation is None else progress.validation
        if progress.validation is None:
            self._compare(validation)
        return replace(progress, validation=validation)

    def take_best(self) -> None:
        """Leave the model with the weights of the least validation loss, those of the mean of the last ones included
        where `average` asks for it; as it is where none was a number."""
        if not self.best_at:
            self._compare(self.validate())  # a checkpoint of an older version, say, behind which nothing is left to do
        if len(self._last) > 1:
            self.net.load_state_dict(self._last.mean(), strict=False)
            validation = self.validate()
            if validation < self.best:
                self.best, self.averaged = validation, len(self._last)
                return
        self.net.load_state_dict(self._best_weights, strict=False)

    @property
    def end(self) -> int:
        """After how many updates it ends."""
        return self.config.ends

    @property
    def stalled(self) -> bool:
        return 0 < self.config.patience <= self.since_best

    def validate(self, batches: Batches | None = None) -> float:
        """Nats per target piece, or per document, on the development data, or on some `batches` of it."""
        self.model.eval()
        total, count = 0.0, 0.0
        with torch.no_grad():
            every = self.task.dev_batches(self.config.batch) if batches is None else batches
            for places in every[self.processes.rank :: self.processes.count]:
                loss = self._loss(places, dev=True)
                total, count = total + loss.total.item(), count + loss.guesses
        self.model.train()
        total, count = self.processes.summed([total, count])
        return total / count

    def tensors(self) -> dict[str, Tensor]:
        """Model, optimiser and random state, for a checkpoint; the best weights too, where the model has gone on."""
        weights = {f"model.{name}": tensor for name, tensor in checkpoint.untied(self.net.state_dict()).items()}
        state = checkpoint.flatten_optimiser(self.optimiser.state_dict())
        chance = {"random.cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            chance["random.cuda"] = torch.cuda.get_rng_state(self.device)
        best = self._best_weights if self.best_at != self.done else {}
        best = {f"best.{name}": tensor for name, tensor in best.items()}
        return {**weights, **best, **self._last.tensors(), **state, **chance}

    def facts(self) -> dict[str, Any]:
        return {
            "done": self.done,
            "seconds": self.seconds,
            "best": self.best,
            "best_at": self.best_at,
            "since_best": self.since_best,
            **({"stream": self.task.position()} if isinstance(self.task, Flow) else {}),
        }

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Go on where a checkpoint left off. Raises ValueError, before anything is changed, for one that does not fit
        this model and this loop. One that older versions wrote without the best weights begins to look for them."""
        facts = {"best_at": 0, **facts, **({} if "best_at" in facts else {"best": math.inf})}
        weights, best = (
            {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
            for prefix in ("model.", "best.")
        )
        self._check(weights, best, tensors, facts)
        if isinstance(self.task, Flow):
            self.task.go_to(facts.get("stream"))
        self._last.restore(tensors, {name: tensor.shape for name, tensor in weights.items()})
        self.net.load_state_dict(weights, strict=False)
        checkpoint.restore_optimiser(self.optimiser, tensors)
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random.cuda"], self.device)
        self.done, self.seconds = facts["done"], facts["seconds"]
        self.best, self.best_at, self.since_best = facts["best"], facts["best_at"], facts["since_best"]
        self._best_weights = self._copied() if 0 < self.best_at == self.done else best

    def _check(
        self,
        weights: dict[str, Tensor],
        best: dict[str, Tensor],
        tensors: dict[str, Tensor],
        facts: dict[str, Any],
    ) -> None:
        own = {name: t.shape for name, t in checkpoint.untied(self.net.state_dict()).items()}
        if {name: t.shape for name, t in weights.items()} != own:
            raise ValueError("the checkpoint is of another model")
        counts, real = ("done", "best_at", "since_best"), [facts.get(name) for name in ("seconds", "best")]
        if any(type(facts.get(name)) is not int or facts[name] < 0 for name in counts) or facts["done"] > self.end:
            raise ValueError("it does not say how many updates were done")
        if {name: t.shape for name, t in best.items()} != (own if 0 < facts["best_at"] < facts["done"] else {}):
            raise ValueError("it lacks the weights that did best")
        if not all(isinstance(value, int | float) and not math.isnan(value) for value in real):
            raise ValueError("it does not say how well it did")
        chance = tensors.get("random.cpu")
        if chance is None or chance.shape != torch.get_rng_state().shape or chance.dtype != torch.uint8:
            raise ValueError("it lacks the state of chance")
        moments = {name: t.shape for name, t in tensors.items() if name.startswith("optimiser.")}
        shapes = {
            f"optimiser.{i}.{moment}": parameter.shape
            for i, parameter in enumerate(self.net.parameters())
            for moment in ("exp_avg", "exp_avg_sq")
        }
        steps = {f"optimiser.{i}.step": torch.Size() for i in range(len(shapes) // 2)}
        known = shapes | steps
        if any(known.get(name) != shape for name, shape in moments.items()) or bool(moments) != bool(facts["done"]):
            raise ValueError("it lacks the state of the optimiser")

    def _places(self) -> list[int]:
        if isinstance(self.task, Flow):
            return self.task.next_batch()
        per_pass = self._batches_per_pass()
        number, place = divmod(self.done, per_pass)
        if self._order is None or self._order[0] != number:
            self._order = (number, self.task.batches(self.config.batch, self.config.seed, number))
        return self._order[1][place]

    def _batches_per_pass(self) -> int:
        # Pools hold whole batches, so that only the last batch of a pass can be short.
        return -(-len(self.task.train) // self.config.batch)

    def update(self, places: list[int]) -> tuple[float, int]:
        """One update by one batch, of which this process takes its share; gives the batch's loss and its words. Raises
        Diverged."""
        rate = self.config.rate_at(self.done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        if self.schedule is not None:
            self.schedule(self.done)
        self.processes.seed(self.config.seed, self.done)
        before = [mean.clone() for mean in self._means] if self.processes.count > 1 else []
        share = self.processes.share(places)
        summed = self._loss(share, dev=False) if share else Loss(torch.zeros(()), 0, 0)
        total, guesses, words = self.processes.summed([summed.total.item(), float(summed.guesses), float(summed.words)])
        value = total / guesses if guesses else math.nan
        if not math.isfinite(value):
            raise Diverged(self.done + 1, rate)
        if summed.guesses:
            self.accelerator.backward(summed.total / guesses)
        self.processes.join_gradients(self._learnt)
        if before:
            self.processes.join_means(self._means, before, summed.guesses / guesses)
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.config.clip)
        if norm is not None and not math.isfinite(float(norm)):
            raise Diverged(self.done + 1, rate)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return value, int(words)

    def _loss(self, places: list[int], *, dev: bool) -> Loss:
        unknown = 0.0 if dev else self.config.unknown
        with self.accelerator.autocast():
            return self.task.loss(self.model, self.net, places, self.device, dev=dev, unknown=unknown)
