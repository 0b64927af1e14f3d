"""`replay.npz`: all frames of a training in one file, written whole, and read as what may come from anybody.

It holds flat arrays alone, no pickles: `about` is JSON in UTF-8; everything else is numbers, one after another, and how
many belong to each frame and probe follows from `rows` and from the words of the probes.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.inference.replay.arrays import KINDS, replay_of
from engine.inference.replay.frames import About, Frame, Replay, Scores
from engine.store.files import read_bytes

FILE = "replay.npz"
FORMAT = 1
MAX_BYTES = 4_000_000
"""Where a file would be larger, every second frame is left out."""
MAX_READ = 8_000_000
MAX_UNPACKED = 80_000_000
MAX_HEADER = 1_000


def write(path: Path, replay: Replay, most: int = MAX_BYTES) -> Replay:
    """Put a replay at `path`, the old file or the new one whatever happens; returns what was written, thinned evenly
    to `most` bytes, first and last kept."""
    content = packed(replay)
    while len(content) > most and len(replay.frames) > 2:
        replay = thinned(replay)
        content = packed(replay)
    atomic_write(path, content)
    return replay


def thinned(replay: Replay) -> Replay:
    """Every second frame, and the last."""
    last = len(replay.frames) - 1
    frames = tuple(frame for number, frame in enumerate(replay.frames) if number % 2 == 0 or number == last)
    return Replay(replace(replay.about, stride=replay.about.stride * 2), frames)


def packed(replay: Replay) -> bytes:
    """The content of the file."""
    arrays = _arrays(replay.about, replay.frames)
    into = io.BytesIO()
    np.savez_compressed(into, allow_pickle=False, **arrays)
    return into.getvalue()


def _arrays(about: About, frames: Sequence[Frame]) -> dict[str, np.ndarray]:
    views = [view for frame in frames for view in frame.views]
    words, word_numbers = _numbered([word for view in views for word in view.rows])
    texts, text_numbers = _numbered([view.text for view in views])
    described = {"format": FORMAT, **asdict(about), "words": words, "texts": texts}
    flat: dict[str, Any] = {
        "about": np.frombuffer(json.dumps(described, ensure_ascii=False).encode(), np.uint8),
        "updates": [frame.update for frame in frames],
        "rows": [len(view.rows) for view in views],
        "words": word_numbers,
        "texts": text_numbers,
        "peaks": [view.peak for view in views if view.cells is not None],
        "attends": [view.cells is not None for view in views],
        "cells": _joined([view.cells for view in views]),
        "over": _joined([view.over for view in views]),
    }
    for name in Scores._fields:
        values = [getattr(frame.scores, name) for frame in frames]
        flat[name] = [np.nan if value is None else value for value in values]
    return {name: np.asarray(flat[name], dtype=kind) for name, kind in KINDS.items()}


def _numbered(labels: Sequence[str]) -> tuple[list[str], list[int]]:
    """The different ones, and for each its place among them."""
    places: dict[str, int] = {}
    numbers = [places.setdefault(label, len(places)) for label in labels]
    return list(places), numbers


def _joined(parts: Sequence[np.ndarray | None]) -> np.ndarray:
    present = [part.ravel() for part in parts if part is not None]
    return np.concatenate(present) if present else np.zeros(0, np.uint8)


def read(path: Path) -> Replay:
    """Raises `Refused` for a file that is not there, too large, damaged, or no replay."""
    return unpacked(read_bytes(path, MAX_READ), path.name)


def unpacked(content: bytes, name: str = FILE) -> Replay:
    """As `read`, of the bytes of a file."""
    try:
        return replay_of(_members(content), FORMAT)
    except Refused:
        raise
    except (zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise _broken(name) from error
    except (EOFError, NotImplementedError, RuntimeError, AttributeError, IndexError, OSError) as error:
        raise _broken(name) from error


def _broken(name: str) -> Refused:
    return Refused("{name} holds no replay that can be played, or is damaged: train again, or take another.", name=name)


def _members(content: bytes) -> Mapping[str, np.ndarray]:
    """The arrays, none of which may be larger than its bytes. ValueError for other names or kinds than are written."""
    arrays, left = {}, MAX_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sorted(archive.namelist()) != sorted(f"{name}.npy" for name in KINDS):
            raise ValueError("other arrays than those of a replay")
        for name, kind in KINDS.items():
            with archive.open(f"{name}.npy") as member:
                unpacked_bytes = member.read(left + 1)
            left -= len(unpacked_bytes)
            if left < 0:
                raise ValueError("it unpacks to too much")
            arrays[name] = _flat(unpacked_bytes, np.dtype(kind))
    return arrays


def _flat(content: bytes, kind: np.dtype[Any]) -> np.ndarray:
    """A flat array of that kind out of the bytes of a .npy file, its length checked before anything is made of it."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("not as it is written")
    shape, _, stored = np.lib.format.read_array_header_1_0(file, max_header_size=MAX_HEADER)
    if stored != kind or len(shape) != 1 or shape[0] * kind.itemsize != len(content) - file.tell():
        raise ValueError("not as it is written")
    return np.frombuffer(content, kind, shape[0], file.tell())
