"""Collects garbage beside the visitors and not in their way.

Streamlit would collect after each run of a page, and a full collection looks at all that lives: with the transformers
library imported a tenth of a second and more, in which nobody is served (`.streamlit/config.toml` says no to that).
"""

from __future__ import annotations

import gc
import threading
import time

EVERY = 5.0  # seconds
SLOW = 0.02  # seconds of processor time


def set_aside() -> None:
    """Collect what died, also of what was set aside before, and let no later collection look at what lives now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Collector:
    """Collects `every` so many seconds, and sets aside what lives once that takes more than `slow` seconds.

    So it follows what pages import when they are first opened. Things set aside still die by their last reference; only
    those that hold each other stay until the next time.
    """

    def __init__(self, every: float = EVERY, slow: float = SLOW) -> None:
        self.every, self.slow = every, slow
        self._over = threading.Event()
        self._worker = threading.Thread(target=self._work, name="garbage", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._over.set()
        self._worker.join()

    def _work(self) -> None:
        while not self._over.wait(self.every):
            began = time.thread_time()
            gc.collect()
            if time.thread_time() - began > self.slow:
                set_aside()
