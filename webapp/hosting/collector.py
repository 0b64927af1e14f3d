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
WHOLE, QUIET = 60, 12
"""What was set aside is looked at again after so many times, or so many collections in a row that were quick."""


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
    their last reference; those that hold each other stay until all is looked at again.
    """

    def __init__(self, every: float = EVERY, slow: float = SLOW, whole: int = WHOLE, quiet: int = QUIET) -> None:
        self.every, self.slow, self.whole, self.quiet = every, slow, whole, quiet
        self._over = threading.Event()
        self._worker = threading.Thread(target=self._work, name="garbage", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._over.set()
        self._worker.join()

    def _work(self) -> None:
        times = quick = 0
        while not self._over.wait(self.every):
            began = time.thread_time()
            gc.collect()
            slow = time.thread_time() - began > self.slow
            times, quick = times + slow, 0 if slow else quick + 1
            # The count walks through all that is set aside, so it is asked for last.
            whole = times >= self.whole or (quick >= self.quiet and gc.get_freeze_count() > 0)
            if slow or whole:
                set_aside(whole=whole)
            if whole:
                times = quick = 0  # what lived is set aside again, and is looked at again once it is quiet for as long
