"""What of the weights that others stored may be read: files of the folder itself, with lists of tensors that are short.

The library would follow an index out of the folder, and reads a list of 300,000 empty tensors for 17 seconds.
"""

from __future__ import annotations

import json
import re
import stat
import threading
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from engine.errors import Refused
from engine.store.files import MAX_HEADER, read_json

MAX_TENSORS = 5_000
Mark = tuple[Path, int, int, int]
"""A file of weights, its size in bytes, when it was written (ns), and its inode: one changes with its content."""
_HASHES = 64
_hashing: dict[Path, threading.Lock] = {}
_PART = re.compile(r"[\w.-]+\.safetensors", re.ASCII)


def check(name: str, folder: Path) -> None:
    """Raises `Refused` where there are no weights, and where reading them would lead out of the folder or take long."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise Refused("{name} holds no safetensors file, and no other kind of weights is read.", name=name)
    for index in folder.glob("*.safetensors.index.json"):
        parts = read_json(index).get("weight_map")
        named = parts.values() if isinstance(parts, dict) else [parts]
        if not all(isinstance(part, str) and _PART.fullmatch(part) for part in named):
            raise Refused(
                "{file} of {name} names other files than safetensors beside it, and none of those is read.",
                file=index.name,
                name=name,
            )
    size = count = 0
    for path in files:
        size, count = _counted(name, path, size, count)


def digest(folder: Path) -> str:
    """The sha256 of all its weights, files in order of their names; empty where there are none that can be read.

    Computed once for all who ask, and again as soon as a file has another size, time or inode.
    """
    with _hashing.setdefault(folder, threading.Lock()):
        try:
            marks = tuple(_mark(path) for path in sorted(folder.glob("*.safetensors")))
            return _digest(marks) if marks else ""
        except OSError:
            return ""


def _mark(path: Path) -> Mark:
    """Raises OSError for a pipe or a device, which would be read for ever."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"{path} is no plain file")
    return path, status.st_size, status.st_mtime_ns, status.st_ino


@lru_cache(_HASHES)
def _digest(marks: tuple[Mark, ...]) -> str:
    digest = sha256()
    for path, *_ in marks:
        with path.open("rb") as file:
            while part := file.read(1 << 22):
                digest.update(part)
    return digest.hexdigest()


def _counted(name: str, path: Path, size: int, count: int) -> tuple[int, int]:
    """Bytes of the lists and number of tensors so far, those of one more file among them."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > path.stat().st_size:
                raise ValueError("the file is shorter than its list of tensors")
            text = file.read(length) if size + length <= MAX_HEADER else b"{}"
        tensors = json.loads(text).keys() - {"__metadata__"}
    except (OSError, ValueError, RecursionError, AttributeError) as error:
        raise Refused("The weights of {name} are no safetensors file.", name=name) from error
    size, count = size + length, count + len(tensors)
    if size > MAX_HEADER:
        raise Refused(
            "The list of tensors in the weights of {name} takes {size} bytes; {limit} can be read.",
            name=name,
            size=size,
            limit=MAX_HEADER,
        )
    if count > MAX_TENSORS:
        raise Refused(
            "The weights of {name} are {count} tensors; {limit} can be read.",
            name=name,
            count=count,
            limit=MAX_TENSORS,
        )
    return size, count
