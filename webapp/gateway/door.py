"""How a page's question reaches a model: held once for all visitors, in turns, the last answers kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

from engine import devices
from engine.inference import load
from engine.inference.translator import Translator
from engine.store import replying
from engine.store.catalogue import ModelInfo
from webapp.gateway.answers import Answers
from webapp.gateway.listing import Listing
from webapp.gateway.registry import Registry
from webapp.gateway.second import Endless, Gone, Question, Second, Work, endless
from webapp.gateway.turns import Queue

BUDGET = int(os.environ.get("ALIGNSCOPE_MODEL_MEMORY", 2 * 2**30))  # bytes of weights held at once
WAITING = int(os.environ.get("ALIGNSCOPE_WAITING", "24"))  # requests that may queue for a device
KEPT = 256  # answers

Answer = TypeVar("Answer")


class Door:
    """The models that are there and those that are loaded, the queue for the device, and the answers of late."""

    def __init__(self, second: Second | None = None) -> None:
        """`second` is the process for what is shown later, where there may be one."""
        self.listing = Listing()
        self.registry = Registry(BUDGET)
        self.queue = Queue(WAITING)
        self.second = second
        self.answers = Answers(KEPT)
        self._endless: set[Hashable] = set()  # questions: one at most, for with it the second process has ended

    @cached_property
    def device(self) -> str:
        """Where models compute, "cpu" or "cuda": ALIGNSCOPE_DEVICE where it is set, else a GPU when there is one."""
        return str(devices.choose(os.environ.get("ALIGNSCOPE_DEVICE", "auto")))

    def model(self, info: ModelInfo) -> Any:
        """The model of this name with these very weights, loaded once however many ask for it."""

        def loaded() -> tuple[Any, int]:
            model = load.model(info.name, self.device)
            networks = model.networks if isinstance(model, Translator) else [model.network]
            return model, sum(p.numel() * p.element_size() for network in networks for p in network.parameters())

        return self.registry.hold((info.name, self._weights(info)), loaded)

    def _weights(self, info: ModelInfo) -> str:
        """What is loaded with a model: its weights, and those of the model by which its replies are weighed."""
        back = replying.reverse(info)
        return f"{info.weights_sha256} {self.listing.fingerprint(back)}" if back else info.weights_sha256

    def opened(self, name: str) -> Any:
        """The model of this name, whatever its weights. Raises Refused."""
        return self.model(self.listing.model(name))

    def key(self, name: str, *asked: Hashable) -> tuple[Hashable, ...]:
        """What tells one question from another: the model with its very weights, and what it is asked."""
        return (name, self.listing.fingerprint(name), *asked)

    def known(self, name: str, *asked: Hashable) -> bool:
        """Whether a question has been answered of late."""
        return self.answers.get(self.key(name, *asked)) is not None

    def ask(self, name: str, asked: tuple[Hashable, ...], compute: Callable[[Any], Answer]) -> Answer:
        """The answer to a question, computed in turn where nobody has asked it of late. Raises Refused."""
        info = self.listing.model(name)
        return self._in_turn(self.key(name, *asked), lambda: compute(self.model(info)))

    def ask_later(
        self, name: str, asked: tuple[Hashable, ...], work: Work[Answer], others: Iterable[str] = ()
    ) -> Answer:
        """The answer to a question that can come later: by the second process where there is one, else here once nobody
        is in a hurry any more, or after `turns.PATIENCE` seconds as soon as the device is free. `others` are the models
        that are asked too. Raises Refused, and again at once for what the second process has found no end of."""
        info = self.listing.model(name)
        key = self.key(name, *asked)
        second = self.second
        if second is not None and second.runs and self.answers.get(key) is None:
            models = {each: self.listing.model(each).weights_sha256 for each in (name, *others)}
            question = Question(name, tuple(models.items()), work)
            with suppress(Gone):
                return self._elsewhere(key, second, question)
        if key in self._endless:
            raise endless()
        return self._in_turn(key, lambda: work(self.model(info), self.opened), later=True)

    def _elsewhere(self, key: Hashable, second: Second, question: Question) -> Any:
        with second.queue.turn():
            try:
                return self.answers.get_or_compute(key, lambda: second.ask(question))
            except Endless:
                self._endless.add(key)
                raise

    def _in_turn(self, key: Hashable, compute: Callable[[], Answer], *, later: bool = False) -> Answer:
        answer: Answer | None = self.answers.get(key)
        if answer is None:
            with self.queue.turn(later=later):
                # Whoever was before us in the queue may have asked the same.
                answer = self.answers.get_or_compute(key, compute)
        return answer
