"""A model as one file: the files that make it, in a zip archive that is the same whenever and wherever it is made."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.store.files import CONFIG, METRICS, TRAINING, WEIGHTS

TOKENIZER = "tokenizer.json"
CARD, RECIPE = "CARD.md", "train.toml"
FILES = (
    CONFIG,
    WEIGHTS,
    TOKENIZER,
    "tokenizer_config.json",
    "generation_config.json",
    METRICS,
    TRAINING,
    CARD,
    RECIPE,
)
"""All that is passed on of a model's folder, in the order in which it stands in the archive."""
CHUNK = 1 << 20
_BEGAN = (1980, 1, 1, 0, 0, 0)
"""The first date that an archive knows, in the place of the true one."""
_LOCAL, _CENTRAL, _END = 30, 46, 22
"""Bytes that an archive adds for each file, again for each in its list, and once."""

Watch = Callable[[int, int], None]


def files(folder: Path) -> dict[str, int]:
    """Those of `FILES` that lie in a model's folder, with their sizes in bytes; links are none of them."""
    paths = {name: folder / name for name in FILES}
    return {name: path.stat().st_size for name, path in paths.items() if path.is_file() and not path.is_symlink()}


def size(folder: Path) -> int:
    """Bytes of the files of a model."""
    return sum(files(folder).values())


def packed_size(folder: Path) -> int:
    """Bytes of the archive that `pack` makes. Nothing in it is compressed, for weights hardly can be: so its size is
    known beforehand, and it is the same whichever library compresses."""
    inner = [(f"{folder.name}/{name}", held) for name, held in files(folder).items()]
    return _END + sum(_LOCAL + _CENTRAL + 2 * len(name.encode()) + held for name, held in inner)


def pack(folder: Path, out: BinaryIO, watch: Watch | None = None) -> None:
    """Write the archive of a model's folder to `out`, which is told bytes done and in all as `watch`.

    Raises OSError where a file cannot be read or written.
    """
    listed, done = files(folder), 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in listed:
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _BEGAN)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.file_size = listed[name]
            with (folder / name).open("rb") as file, archive.open(entry, "w") as inner:
                while chunk := file.read(CHUNK):
                    inner.write(chunk)
                    done += len(chunk)
                    if watch is not None:
                        watch(done, sum(listed.values()))
