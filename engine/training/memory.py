"""Memory that is kept rather than given back to the system after every step."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import torch

from engine.errors import Refused

BYTES_LEARNT = 16
"""Of each parameter that learns: itself, its gradient and two moments, in 32 bits each."""

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


def check_room(parameters: int, device: torch.device) -> None:
    """Raises Refused for a network that the memory which is free cannot hold while it learns."""
    wanted, free = BYTES_LEARNT * parameters, available(device)
    if wanted > free:
        raise Refused(
            "This model needs {wanted} MB to learn and {free} MB are free, before a single text is in memory: choose "
            "smaller sizes or fewer pieces, or free some memory.",
            wanted=-(-wanted // 10**6),
            free=free // 10**6,
        )


def available(device: torch.device) -> int:
    """Bytes that are free there."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def whole(device: torch.device) -> int:
    """Bytes that there are in all."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return int(psutil.virtual_memory().total)


def forget_peak(device: torch.device) -> None:
    """Let `peak` count from now on, where the system can."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    else:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak(device: torch.device) -> int:
    """The most bytes that were held: on a GPU by tensors, else by this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, ValueError, IndexError):  # another system
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
