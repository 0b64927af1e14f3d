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
WHOLE = 60  # times that something is set aside for one at which all of it is looked at again


def set_aside(*, whole: bool = True) -> None:
    """Collect what died and let no later collection look at what lives now; the `whole` of it looks at what was set
    aside before as well, in which time, half a second on a server with many visitors, nobody is served."""
    if whole:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


class Collector:
    """Collects `every` so many seconds, and sets aside what lives once that takes more than `slow` seconds.

    So it follows what pages import when they are first opened, and what visits hold. Things set aside still die by
    their last reference; only those that hold each other stay until the `whole`-th time.
    """

    def __init__(self, every: float = EVERY, slow: float = SLOW, whole: int = WHOLE) -> None:
        self.every, self.slow, self.whole = every, slow, whole
        self._over = threading.Event()
        self._worker = threading.Thread(target=self._work, name="garbage", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._over.set()
        self._worker.join()

    def _work(self) -> None:
        times = 0
        while not self._over.wait(self.every):
            began = time.thread_time()
            gc.collect()
            if time.thread_time() - began > self.slow:
                times += 1
                set_aside(whole=times % self.whole == 0)
