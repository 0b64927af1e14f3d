"""What may look at a network while it learns, and what keeps such a look from changing or ending the training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from engine.training.config import TrainConfig
from engine.training.loop import Progress
from engine.training.prepare.prepared import Prepared


@runtime_checkable
class Recorder(Protocol):
    """Looks at a network as it learns, in the run's main stage. Nothing that it does with chance is felt there."""

    def begin(self, run: Path, config: TrainConfig, prepared: Prepared, device: torch.device) -> None:
        """Before the network is handed to the loop; what it learnt in pretraining it has already."""

    def forget_after(self, update: int) -> None:
        """The training goes on after so many updates: what was recorded of later ones is done again."""

    def wants(self, update: int) -> bool:
        """Whether to be shown the network after an update that no validation follows, too."""

    def record(self, update: int, validation: float | None, network: nn.Module) -> None:
        """The network after so many updates, in evaluation mode; `validation` in nats, where it was measured."""


class Recording:
    """Asks a recorder while a network learns; whatever it raises is noted and ends the recording alone."""

    def __init__(self, recorder: Recorder | None = None, note: Callable[[str], None] | None = None) -> None:
        self._recorder, self._note = recorder, note
        self._untaught: nn.Module | None = None

    def begin(self, run: Path, config: TrainConfig, prepared: Prepared, device: torch.device) -> None:
        with self._harmless(0):
            if self._recorder is not None:
                self._recorder.begin(run, config, prepared, device)

    def start(self, done: int, network: nn.Module) -> None:
        """Before the first update that is to come, after `done` of them. What the network is before it learns is looked
        at once the first update is reported: it takes seconds in which nobody would see that anything goes on."""
        with self._harmless(done):
            if self._recorder is not None:
                self._recorder.forget_after(done)
                self._untaught = None if done else copy.deepcopy(network)

    def after(self, progress: Progress, network: nn.Module) -> None:
        """After an update: looks where there was a validation, or where the recorder wants to."""
        if self._untaught is not None:
            untaught, self._untaught = self._untaught, None
            self._record(0, None, untaught)
        recorder = self._recorder
        if recorder is not None and (progress.validation is not None or recorder.wants(progress.step)):
            self._record(progress.step, progress.validation, network)

    def _record(self, update: int, validation: float | None, network: nn.Module) -> None:
        learning = network.training
        network.eval()
        try:
            with self._harmless(update):
                if self._recorder is not None:
                    self._recorder.record(update, validation, network)
        finally:
            network.train(learning)

    @contextmanager
    def _harmless(self, update: int) -> Iterator[None]:
        """Chance is as it was before afterwards, and an exception ends the recording."""
        devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
        with torch.random.fork_rng(devices):
            try:
                yield
            except Exception as error:
                self._recorder = None
                if self._note is not None:
                    self._note(f"no replay is recorded from update {update} on: {error or type(error).__name__}")
