"""A model as one file: the files that make it, in a zip archive that is the same whenever and wherever it is made."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from engine.store.files import CONFIG, METRICS, TRAINING, WEIGHTS

TOKENIZER, CARD, RECIPE = "tokenizer.json", "CARD.md", "train.toml"
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
CLAIMED = {METRICS: "claimed_metrics.json", RECIPE: "claimed_train.toml"}
"""How files are called in the folder of a model that somebody brought. What was measured elsewhere is no figure of
ours, and nobody trains by what a stranger wrote, so neither lies where it would be looked for."""
CHUNK = 1 << 20
_BEGAN = (1980, 1, 1, 0, 0, 0)
"""The first date that an archive knows, in the place of the true one."""
_LOCAL, _CENTRAL, _END = 30, 46, 22
"""Bytes that an archive adds for each file, again for each in its list, and once."""

Watch = Callable[[int, int], None]
Binary = BinaryIO | BytesIO
"""A file that is open; to a checker of types at run time the second is none of the first."""


def files(folder: Path) -> dict[str, Path]:
    """Those of `FILES` that lie in a model's folder, by their names in an archive; links are none of them."""
    paths = {}
    for name in FILES:
        path = folder / name
        if name in CLAIMED and not path.is_file():
            path = folder / CLAIMED[name]
        if path.is_file() and not path.is_symlink():
            paths[name] = path
    return paths


def size(folder: Path) -> int:
    """Bytes of the files of a model."""
    return sum(path.stat().st_size for path in files(folder).values())


def packed_size(folder: Path) -> int:
    """Bytes of the archive that `pack` makes. Nothing in it is compressed, for weights hardly can be: so its size is
    known beforehand, and it is the same whichever library compresses."""
    inner = [f"{folder.name}/{name}".encode() for name in files(folder)]
    return size(folder) + _END + sum(_LOCAL + _CENTRAL + 2 * len(name) for name in inner)


def pack(folder: Path, out: Binary, watch: Watch | None = None) -> None:
    """Write the archive of a model's folder to `out`; `watch` is called with bytes done and bytes in all.

    Raises OSError where a file cannot be read or written.
    """
    done, total = 0, size(folder)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files(folder).items():
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _BEGAN)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as file, archive.open(entry, "w") as inner:
                while chunk := file.read(CHUNK):
                    inner.write(chunk)
                    done += len(chunk)
                    if watch is not None:
                        watch(done, total)
