"""Spares visitors a walk over everything that lives, which Streamlit takes after each run of a page.

It collects all garbage then, and a full collection looks at each object of each module that was ever imported: with the
transformers library a tenth of a second and more, in which nobody is served.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue

SLOW = 0.02  # seconds of processor time


def set_aside() -> None:
    """Collect what died, also of what was set aside before, and let no later collection look at what lives now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Sparing:
    """Sets aside what lives whenever a full collection took longer than `slow` seconds of processor time.

    So it follows what pages import when they are first opened. Things set aside still die by their last reference; only
    those that hold each other stay until the next time.
    """

    def __init__(self, slow: float = SLOW) -> None:
        self.slow = slow
        self._began = 0.0
        # A collection can begin anywhere, also inside a put: this queue is made for that, an Event waits for itself.
        self._wanted: SimpleQueue[bool] = SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="garbage", daemon=True)

    def start(self) -> None:
        self._worker.start()
        gc.callbacks.append(self._saw)

    def stop(self) -> None:
        gc.callbacks.remove(self._saw)
        self._wanted.put(False)
        self._worker.join()

    def _saw(self, phase: str, info: Mapping[str, int]) -> None:
        """Called by Python before and after each collection, in the thread that collects."""
        if info["generation"] < 2 or threading.current_thread() is self._worker:
            return
        if phase == "start":
            self._began = time.thread_time()
        elif time.thread_time() - self._began > self.slow:
            self._wanted.put(True)

    def _work(self) -> None:
        while self._wanted.get():
            set_aside()
