"""Loaded models, held once for all visitors."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from webapp.gateway.turns import contained


class Registry:
    """Loaded models, the least used of them dropped when their weights pass the budget (bytes).

    Nothing of this lives in `st.cache_resource`, which any visitor can clear.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._loaded: OrderedDict[tuple[str, str], tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[tuple[str, str], threading.Lock] = {}

    def hold(self, asked: tuple[str, str], load: Callable[[], tuple[Any, int]]) -> Any:
        """What is held under a name and a fingerprint; `load` gives it and its size where it is not here yet.

        Those who ask for another are not kept waiting by a load that takes long.
        """
        with self._lock:
            mine = self._loading.setdefault(asked, threading.Lock())
        with mine:
            if (model := self.held(asked)) is not None:
                return model
            with contained():
                model, size = load()
            with self._lock:
                for other in [key for key in self._loaded if key[0] == asked[0]]:
                    del self._loaded[other]
                while self._loaded and size + sum(held for _, held in self._loaded.values()) > self.budget:
                    self._loaded.popitem(last=False)
                self._loaded[asked] = (model, size)
            return model

    def held(self, asked: tuple[str, str]) -> Any:
        """What is held under that name and fingerprint, None where it is not."""
        with self._lock:
            if asked not in self._loaded:
                return None
            self._loaded.move_to_end(asked)
            return self._loaded[asked][0]

    def latest(self, name: str) -> Any:
        """What was last loaded under that name, whatever its fingerprint; None where nothing is held."""
        with self._lock:
            return next((model for key, (model, _) in self._loaded.items() if key[0] == name), None)

    def __len__(self) -> int:
        return len(self._loaded)
