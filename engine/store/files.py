"""The files of a stored model: their names, no more of one read than it may hold, and none from outside its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import Refused

CONFIG, METRICS, TRAINING, WEIGHTS = "config.json", "metrics.json", "training.json", "model.safetensors"
MAX_JSON, MAX_TOKENIZER, MAX_HEADER = 4_000_000, 30_000_000, 1_000_000
"""Bytes of a JSON file, of a tokenizer of ours, and of what stands before the weights in their file."""


def as_json(value: Mapping[str, Any]) -> bytes:
    """As all our JSON files are written."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_json(path: Path, limit: int = MAX_JSON) -> dict[str, Any]:
    """One JSON object from a file of at most `limit` bytes."""
    try:
        document = json.loads(read_bytes(path, limit).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused("{file} of {name} is not JSON.", file=path.name, name=path.parent.name) from error
    if not isinstance(document, dict):
        raise Refused("{file} of {name} must hold one JSON object.", file=path.name, name=path.parent.name)
    return document


def read_bytes(path: Path, limit: int) -> bytes:
    """A file of at most `limit` bytes. Raises `Refused` for one that is larger or cannot be read.

    A pipe or a device is no file that can be read: whoever opens one may wait for ever.
    """
    try:
        if not path.is_file():
            raise FileNotFoundError(path)
        with open(path, "rb", opener=_at_once) as file:
            size = os.fstat(file.fileno()).st_size  # memory for as many bytes as are asked for is taken beforehand
            content = file.read(min(limit, size) + 1)
    except OSError as error:
        raise Refused("{name} has no {file} that can be read.", name=path.parent.name, file=path.name) from error
    if len(content) > limit:
        raise Refused(
            "{file} of {name} is larger than {limit} bytes.", file=path.name, name=path.parent.name, limit=limit
        )
    return content


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes, should a pipe have taken the place of the file meanwhile."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def check_plain(name: str, folder: Path) -> None:
    """Raises `Refused` where a folder holds what is neither a file nor a folder: libraries would open it and wait."""
    for path in sorted(folder.iterdir()):
        if path.exists() and not path.is_file() and not path.is_dir():
            raise Refused(
                "{file} of {name} is no plain file but a pipe, a socket or a device: take it out of the folder.",
                file=path.name,
                name=name,
            )


def inside(path: Path, root: Path) -> bool:
    """Whether a file is there, and no link leads out of `root` to it."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False  # no access, links in a circle, or a path that no file can have


def all_inside(folder: Path, root: Path) -> bool:
    """Whether nothing in the folder is a link out of `root`: libraries open more of a model than we ask for."""
    try:
        links = [path for path in folder.iterdir() if path.is_symlink()]
        return all(link.resolve().is_relative_to(root.resolve()) for link in links)
    except (OSError, RuntimeError, ValueError):
        return False
