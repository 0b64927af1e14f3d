"""What the transformers library does for the whole process, and so for one thread at a time: imports, and building."""

from __future__ import annotations

import threading

one_at_a_time = threading.RLock()
"""Held around an import, inside a function, of a module that imports transformers.

The library puts another object in its own place while it is imported. A second thread that asks for it meanwhile waits,
and is then given the object that was there before, which lacks everything (CPython 3.11 to 3.14).
"""

builds_alone = threading.RLock()
"""Held while a network of the library is built or loaded.

Meanwhile the library changes the default type of numbers, how first weights are drawn and its own log level for all
threads: two that load at once find some weights missing.
"""
