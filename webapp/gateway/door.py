"""How a page's question reaches a model: held once for all visitors, in turns, the last answers kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

from engine import devices
from engine.inference import load
from engine.inference.translator import Translator
from engine.store.catalogue import ModelInfo
from webapp.gateway.answers import Answers
from webapp.gateway.listing import Listing
from webapp.gateway.registry import Registry
from webapp.gateway.turns import Queue

BUDGET = int(os.environ.get("ALIGNSCOPE_MODEL_MEMORY", 2 * 2**30))  # bytes of weights held at once
WAITING = int(os.environ.get("ALIGNSCOPE_WAITING", "24"))  # requests that may queue for a device
KEPT = 256  # answers

Answer = TypeVar("Answer")


class Door:
    """The models that are there and those that are loaded, the queue for the device, and the answers of late."""

    def __init__(self) -> None:
        self.listing = Listing()
        self.registry = Registry(BUDGET)
        self.queue = Queue(WAITING)
        self.answers = Answers(KEPT)

    @cached_property
    def device(self) -> str:
        """Where models compute, "cpu" or "cuda": ALIGNSCOPE_DEVICE where it is set, else a GPU when there is one."""
        return str(devices.choose(os.environ.get("ALIGNSCOPE_DEVICE", "auto")))

    def model(self, info: ModelInfo) -> Any:
        """The model of this name with these very weights, loaded once however many ask for it."""

        def loaded() -> tuple[Any, int]:
            model = load.model(info.name, self.device)
            network = model.model if isinstance(model, Translator) else model.network
            return model, sum(p.numel() * p.element_size() for p in network.parameters())

        return self.registry.hold((info.name, info.weights_sha256), loaded)

    def key(self, name: str, *asked: Hashable) -> tuple[Hashable, ...]:
        """What tells one question from another: the model with its very weights, and what it is asked."""
        return (name, self.listing.fingerprint(name), *asked)

    def known(self, name: str, *asked: Hashable) -> bool:
        """Whether a question has been answered of late."""
        return self.answers.get(self.key(name, *asked)) is not None

    def ask(
        self, name: str, asked: tuple[Hashable, ...], compute: Callable[[Any], Answer], *, later: bool = False
    ) -> Answer:
        """The answer to a question, computed in turn where nobody has asked it of late. Raises Refused.

        `later` lets the questions of others go first.
        """
        info = self.listing.model(name)
        key = self.key(name, *asked)
        answer: Answer | None = self.answers.get(key)
        if answer is None:
            with self.queue.turn(later=later):
                # Whoever was before us in the queue may have asked the same.
                answer = self.answers.get_or_compute(key, lambda: compute(self.model(info)))
        return answer
