"""What is told beside the answers, on standard error."""

from __future__ import annotations

import contextlib
import sys


def note(sentence: str, end: str = "\n") -> None:
    """Tell a sentence. Where nobody can read it, as standard error is closed or its disk full, nothing happens:
    without standard error `print` would write among the answers."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            print(sentence, end=end, file=sys.stderr, flush=True)
