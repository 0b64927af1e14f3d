"""A model out of an archive that anybody may have made.

Nothing is written under a name from inside, nothing is written but the files that make a model, and no more is read
than such a file may hold: sizes that an archive states are not believed but counted.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from engine.data.files import CHUNK, FREE_BYTES, atomic_write
from engine.errors import Refused, refusing
from engine.store.files import CONFIG, MAX_HEADER, MAX_JSON, MAX_TOKENIZER, METRICS, TRAINING, WEIGHTS
from engine.store.names import shown
from engine.store.pack import CARD, CLAIMED, FILES, RECIPE, TOKENIZER, Binary

LARGEST = 1_300_000_000
"""Bytes of an archive."""
MAX_RATIO = 20
"""How many bytes one packed byte may become; weights hardly shrink, and other files are small beside them."""
MAX_DIRECTORY = 200_000
"""Bytes of the list of all that an archive holds, which is read at once: some 2,000 files."""
LIMITS = {
    CONFIG: 1_000_000,
    WEIGHTS: LARGEST,
    TOKENIZER: MAX_TOKENIZER,
    "tokenizer_config.json": 1_000_000,
    "generation_config.json": 1_000_000,
    METRICS: MAX_JSON,
    TRAINING: 1_000_000,
    CARD: 100_000,
    RECIPE: 100_000,
}
"""Bytes of each file that makes a model."""
WANTED = (CONFIG, WEIGHTS, TOKENIZER)
PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")
_END, _END_SIZE, _COMMENT = b"PK\x05\x06", 22, 65_536
_LARGE_END, _LARGE_END_SIZE = b"PK\x06\x07", 20


class Archive:
    """The files of one model in a zip archive, looked at and not yet read. `name` is its folder in there, or empty.

    Raises `Refused` for whatever is no such archive.
    """

    def __init__(self, file: Binary, limit: int = LARGEST) -> None:
        self.size = file.seek(0, 2)
        if self.size > limit:
            raise Refused("The file is larger than {limit} MB.", limit=limit // 10**6)
        _check_directory(file, self.size)
        with refusing(_no_archive()):
            self._archive = zipfile.ZipFile(file)
        self._entries = _model_in(self._archive.infolist())
        self.name = PurePosixPath(next(iter(self._entries.values())).filename).parent.name

    def write(self, folder: Path) -> None:
        """The files into an empty folder, by their own names. Raises `Refused` for what is too large or broken, and
        OSError where it cannot be written."""
        total = 0
        for name, entry in self._entries.items():
            read = self._read(name, entry, total)
            total += atomic(folder / CLAIMED.get(name, name), read)

    def _read(self, name: str, entry: zipfile.ZipInfo, before: int) -> Iterator[bytes]:
        """The chunks of a file, after so many bytes of the others."""
        size = 0
        with refusing(_no_archive()), self._archive.open(entry) as file:
            while chunk := file.read(CHUNK):
                if name == WEIGHTS and not size:
                    _check_weights(chunk)
                size += len(chunk)
                if size > LIMITS[name]:
                    raise Refused("{file} is larger than {limit} bytes.", file=name, limit=LIMITS[name])
                if before + size > max(FREE_BYTES, MAX_RATIO * self.size):
                    raise Refused(
                        "The archive unpacks to over {ratio} times its size, which models never do.", ratio=MAX_RATIO
                    )
                yield chunk


def atomic(path: Path, chunks: Iterator[bytes]) -> int:
    """Write chunks to a file; gives how many bytes they were."""
    size = 0

    def written(out: BinaryIO) -> None:
        nonlocal size
        for chunk in chunks:
            size += out.write(chunk)

    atomic_write(path, written)
    return size


def _no_archive() -> Refused:
    return Refused("The file is no whole zip archive of a model: pack the model's folder again.")


def _check_directory(file: Binary, size: int) -> None:
    """Raises `Refused` where the list of what the archive holds is long: the library reads all of it before anything.

    The end of the archive is looked for as the library does, so that both find the same one.
    """
    start = max(0, size - _COMMENT - _END_SIZE)
    file.seek(start)
    tail = file.read()
    at = len(tail) - _END_SIZE
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _no_archive()
    if tail[max(0, at - _LARGE_END_SIZE) :][:4] == _LARGE_END:
        raise _no_archive()  # the form for archives of more than 4 GB, whose list stands elsewhere
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise Refused("The archive holds too many files: pack the folder of the model alone.")


def _model_in(listed: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files of the one model in an archive, in their usual order."""
    folders: dict[PurePosixPath, dict[str, zipfile.ZipInfo]] = {}
    for entry in listed:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.name not in FILES or entry.is_dir() or "__MACOSX" in path.parts:
            continue
        _check_entry(entry, path)
        held = folders.setdefault(path.parent, {})
        if path.name in held:
            raise Refused("The archive holds {file} twice: pack the folder of one model.", file=path.name)
        held[path.name] = entry
    models = [held for held in folders.values() if CONFIG in held]
    if len(models) > 1:
        raise Refused("The archive holds several models: pack each folder by itself.")
    _check_whole(models[0] if models else {}, [entry.filename for entry in listed])
    return {name: models[0][name] for name in FILES if name in models[0]}


def _check_whole(model: dict[str, zipfile.ZipInfo], listed: list[str]) -> None:
    """Raises `Refused` where what makes a model is not all there."""
    missing = [name for name in WANTED if name not in model]
    pickles = [name for name in listed if name.lower().endswith(PICKLES)]
    if WEIGHTS in missing and pickles:
        raise Refused(
            "The weights are in {file}, a file that can run code when it is opened: only safetensors is accepted. "
            "Save the model as {wanted}.",
            file=shown(PurePosixPath(pickles[0]).name),
            wanted=WEIGHTS,
        )
    if missing:
        raise Refused(
            "The archive holds no model: {missing} is missing. Pack the folder of a model of Alignscope.",
            missing=", ".join(missing),
        )


def _check_entry(entry: zipfile.ZipInfo, path: PurePosixPath) -> None:
    """Raises `Refused` for a file that is none, cannot be read, or has a name that leads out of the archive."""
    name = shown(entry.filename)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise Refused("{file} has a name that leads out of the archive: pack the folder of the model alone.", file=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("{file} is a link and no file: pack the file itself.", file=name)
    if entry.flag_bits & 1:
        raise Refused("{file} is locked with a password: pack the folder without one.", file=name)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("{file} is packed in a way that is not read here: pack the folder as a plain zip.", file=name)


def _check_weights(start: bytes) -> None:
    """Raises `Refused` for what does not begin as safetensors do: the length of a header, and the header."""
    if int.from_bytes(start[:8], "little") > MAX_HEADER or start[8:9] != b"{":
        raise Refused("{file} is no safetensors file: only safetensors is accepted.", file=WEIGHTS)
