"""One thread at a time imports what brings the transformers library along."""

from __future__ import annotations

import threading

one_at_a_time = threading.RLock()
"""Held around an import, inside a function, of a module that imports transformers.

The library puts another object in its own place while it is imported. A second thread that asks for it meanwhile waits,
and is then given the object that was there before, which lacks everything (CPython 3.11 to 3.14).
"""
