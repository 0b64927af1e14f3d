"""What has been asked already, and how much memory the answers may hold."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Answers:
    """The last answers by what was asked: at most `most` of them, which together hold at most `memory` bytes."""

    def __init__(self, most: int, memory: int = sys.maxsize) -> None:
        self.most, self.memory = most, memory
        self._answers: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Any:
        with self._lock:
            if asked not in self._answers:
                return None
            self._answers.move_to_end(asked)
            return self._answers[asked][0]

    def put(self, asked: Hashable, answer: object) -> None:
        """Keep an answer, the oldest others leaving for it; one that is larger than all may be together is not kept."""
        held = size(answer)
        with self._lock:
            self._held -= self._answers.pop(asked, (None, 0))[1]
            if held > self.memory:
                return
            self._answers[asked] = (answer, held)
            self._held += held
            while len(self._answers) > self.most or self._held > self.memory:
                self._held -= self._answers.popitem(last=False)[1][1]

    def get_or_compute(self, asked: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer that was given before, else the one that `compute` gives now."""
        answer: Answer | None = self.get(asked)
        if answer is None:
            answer = compute()
            self.put(asked, answer)
        return answer


def size(answer: object) -> int:
    """Bytes of the arrays, tensors and texts that an answer is made of, each counted once."""
    counted: set[int] = set()

    def inner(value: object) -> int:
        if id(value) in counted:
            return 0
        counted.add(id(value))
        if isinstance(value, str | bytes):
            return len(value)
        if isinstance(value, Mapping):
            return sum(map(inner, value.values()))
        if isinstance(value, tuple | list | set | frozenset):
            return sum(map(inner, value))
        if is_dataclass(value):
            return sum(inner(getattr(value, field.name)) for field in fields(value))
        return int(getattr(value, "nbytes", 0))

    return inner(answer)
