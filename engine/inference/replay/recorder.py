"""Records a training: a copy of the network is looked at, the frames lie in the run's folder, whole at any time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.data.pairs.gold import GoldPair
from engine.errors import Refused
from engine.evaluation.measure import known_gold
from engine.inference.replay import file
from engine.inference.replay.frames import Frame, Replay, Scores, moved
from engine.inference.replay.observing import Observer
from engine.inference.replay.probes import wished
from engine.inference.replay.translating import TranslatorObserver
from engine.inference.translator import Translator
from engine.models.transformer.locks import one_at_a_time
from engine.store.catalogue import ModelInfo
from engine.training.config import TrainConfig
from engine.training.prepare.prepared import Prepared

EARLY = (10, 25, 50, 100, 250, 500, 1000)
"""Updates after which a network is looked at too, where the first validation comes later: much happens early on."""


class ReplayRecorder:
    """A `engine.training.recording.Recorder`. Language models leave no replay.

    What is looked at is a copy, so that nothing that reading a network does to it reaches the one that learns.
    """

    def __init__(self, note: Callable[[str], None] | None = None) -> None:
        self._note = note
        self._observer: Observer | None = None
        self._copy: nn.Module | None = None
        self._early: frozenset[int] = frozenset()
        self._replay: Replay | None = None
        self._number = 0
        """How many frames there would be if none had been left out."""

    def begin(self, run: Path, config: TrainConfig, prepared: Prepared, device: torch.device) -> None:
        make = OBSERVERS.get(config.data.task)
        if make is None:
            return
        self._copy = copy.deepcopy(prepared.model).to(device).eval().requires_grad_(False)
        self._observer = make(self._copy, run, config, prepared, self._note)
        self._early = frozenset(update for update in EARLY if update < config.loop.validate_every)
        self._path = run / file.FILE

    def forget_after(self, update: int) -> None:
        if self._observer is None:
            return
        self._replay, self._number = Replay(self._observer.about, ()), 0
        with suppress(Refused):
            old = file.read(self._path) if self._path.exists() else None
            frames = tuple(frame for frame in old.frames if frame.update <= update) if old else ()
            if old and frames and old.about.probes == self._observer.about.probes:
                self._replay = Replay(old.about, frames)
                self._number = (len(frames) - 1) * old.about.stride + 1

    def wants(self, update: int) -> bool:
        return update in self._early

    def record(self, update: int, validation: float | None, network: nn.Module) -> None:
        if self._observer is None or self._copy is None or self._replay is None:
            return
        if self._replay.frames and self._replay.frames[-1].update >= update:
            return  # it was recorded before the training was stopped
        self._copy.load_state_dict(network.state_dict())
        look = self._observer.look()
        frames = self._replay.frames
        change = moved(look.views, frames[-1].views) if frames else None
        frame = Frame(update, Scores(validation, look.score, look.entropy, look.aer, change), look.views)
        self._replay = file.write(self._path, Replay(self._replay.about, (*self._evenly(frames), frame)))
        self._number += 1

    def _evenly(self, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        """Without the last, which was there because it was the last, where it stands between two of the others."""
        stride = self._replay.about.stride if self._replay else 1
        return frames[:-1] if len(frames) > 1 and (self._number - 1) % stride else frames


Note = Callable[[str], None] | None


def _info(run: Path, config: TrainConfig, prepared: Prepared) -> ModelInfo:
    own: Any = prepared.model
    kind = getattr(getattr(own, "config", None), "model_type", "")
    meta = {"model_type": kind, "model": dict(config.model), **prepared.meta}
    languages = prepared.meta.get("source_language"), prepared.meta.get("target_language")
    return ModelInfo(config.name, config.data.task, *languages, run, meta, None, None)


def _translator(network: Any, run: Path, config: TrainConfig, prepared: Prepared, note: Note) -> Observer:
    words: Any = prepared.words
    info = _info(run, config, prepared)
    gold: Sequence[GoldPair] = ()
    if config.data.task == "translation":
        with suppress(Refused):  # AER is left out where a file of links cannot be read
            gold = known_gold(info) or ()
    return TranslatorObserver(lambda: Translator(info, network, words), prepared.judged, wished(run, note), gold)


def _classifier(network: Any, run: Path, config: TrainConfig, prepared: Prepared, note: Note) -> Observer:
    # Where translators are trained, what cuts documents need not be installed; nor transformers, without an encoder.
    from engine.inference.classifier import Classifier
    from engine.inference.replay.classifying import ClassifierObserver

    kind: type[Classifier] = Classifier
    if config.model.get("kind") == "encoder":
        with one_at_a_time:
            from engine.inference.encoder_classifier import EncoderClassifier
        kind = EncoderClassifier
    info, words = _info(run, config, prepared), prepared.words
    classifier = kind(info, network, words, prepared.meta["labels"])
    return ClassifierObserver(classifier, prepared.judged, wished(run, note))


OBSERVERS: dict[str, Callable[[Any, Path, TrainConfig, Prepared, Note], Observer]] = {
    "translation": _translator,
    "couplet": _translator,
    "conversation": _translator,
    "classification": _classifier,
}
"""What looks at a network of each task."""
