"""What has been asked already."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Answers:
    """The last answers by what was asked, at most `most` of them."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Any:
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
            return self._answers.get(asked)

    def put(self, asked: Hashable, answer: object) -> None:
        with self._lock:
            self._answers[asked] = answer
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)

    def get_or_compute(self, asked: Hashable, compute: Callable[[], Answer]) -> Answer:
        """The answer that was given before, else the one that `compute` gives now."""
        answer: Answer | None = self.get(asked)
        if answer is None:
            answer = compute()
            self.put(asked, answer)
        return answer
