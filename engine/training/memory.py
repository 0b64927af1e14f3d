"""Memory that is kept rather than given back to the system after every step."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _MMAP_MAX = -3, -1, -4  # glibc's malloc.h


@contextmanager
def without_collecting() -> Iterator[None]:
    """Leave off looking for garbage that refers to itself: while a corpus is read, millions of lists are made that all
    stay, and to look through them again and again takes a fifth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def keep_freed_memory() -> None:
    """Ask glibc to reuse large blocks; elsewhere nothing changes.

    By default it maps a fresh block for every large tensor, and the kernel fills each page with zeros first: in a
    training step on the CPU a tenth of the time.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # another C library, such as musl
        return
    mallopt(_MMAP_THRESHOLD, 1 << 30)
    mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)
    mallopt(_MMAP_MAX, 0)
