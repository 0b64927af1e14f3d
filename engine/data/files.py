"""Files that are whole or absent: the one way this project writes, and bounded reading of packed text."""

from __future__ import annotations

import codecs
import gzip
import lzma
import os
import re
import secrets
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from engine.errors import Refused

MAX_BYTES = 400_000_000
"""The most that one file may hold once it is unpacked, in bytes."""
MAX_TAR_BYTES = 1_000_000_000
"""The most that all of a tar may be; IMDB's holds much besides its labelled reviews."""
MAX_RATIO = 40
"""How many bytes one packed byte may become; sentence pairs reach about 6."""
FREE_BYTES = 4_000_000
"""Unpacked size from which the ratio is looked at: a short file of one repeated word is no bomb."""
CHUNK = 1 << 18
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks, and the encodings that they tell of."""


def atomic_write(path: Path | str, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Put `content` at `path` so that a crash at any moment leaves the old file or the new one, never a mix.

    `content` is the bytes, or a function that writes them to the open file it is given. The folder must exist.
    An error on the way (a full disk, an exception of the function) leaves the old file and no other behind.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name[:100]}.{secrets.token_hex(8)}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_bounded(read: Callable[[int], bytes], packed: int, name: str) -> bytes:
    """All that `read` gives until it gives nothing, counted on the way; `packed` is the packed size in bytes.

    Raises `Refused` over `MAX_BYTES`, or over `MAX_RATIO` bytes for each packed one (a decompression bomb).
    """
    bounded = _Bounded(read, packed, name, MAX_BYTES)
    return b"".join(iter(lambda: bounded.read(CHUNK), b""))


class _Bounded:
    """A source of bytes that is counted as it is read."""

    def __init__(self, read: Callable[[int], bytes], packed: int, name: str, limit: int) -> None:
        self._read, self._packed, self._name, self._limit = read, packed, name, limit
        self._size = 0

    def read(self, size: int) -> bytes:
        chunk = self._read(size)
        self._size += len(chunk)
        if self._size > self._limit:
            raise Refused(
                "{name} unpacks to more than {limit} MB; use a smaller file",
                name=self._name,
                limit=self._limit // 10**6,
            )
        if self._size > FREE_BYTES and self._size > self._packed * MAX_RATIO:
            raise Refused(
                "{name} unpacks to over {ratio} times its size, which sentence pairs never do; use another file",
                name=self._name,
                ratio=MAX_RATIO,
            )
        return chunk


def read_text_file(path: Path) -> bytes:
    """The bytes of a plain or `.xz` file, unpacked; raises `Refused` if it is missing, broken or too large."""
    try:
        size = path.stat().st_size
        with path.open("rb") as plain:
            if path.suffix != ".xz":
                return read_bounded(plain.read, size, path.name)
            with lzma.open(plain) as unpacked:
                return read_bounded(unpacked.read, size, path.name)
    except (lzma.LZMAError, EOFError) as error:
        raise Refused("{name} is a broken or incomplete .xz file; fetch it again", name=path.name) from error
    except (OSError, ValueError) as error:
        raise Refused("{path} cannot be read; check the name and its permissions", path=path) from error


def read_member(path: Path, member: str) -> bytes:
    """The bytes of the one file called `member` in a zip archive; nothing is ever written under a name from inside.

    Raises `Refused` if the archive is broken, incomplete, locked, has no such file, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename == member]
            if len(members) != 1:
                raise Refused(
                    "{name} does not hold the file {member}; is it the right archive?", name=path.name, member=member
                )
            with archive.open(members[0]) as file:
                return read_bounded(file.read, path.stat().st_size, f"{path.name}/{member}")
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError) as error:
        raise Refused("{name} is no whole zip archive; fetch it again", name=path.name) from error
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a password is wanted
        raise Refused("{path} cannot be read; check the name and its permissions", path=path) from error


def read_tar(path: Path, wanted: re.Pattern[str]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file in a `.tar.gz` whose whole name is `wanted`; nothing is written anywhere.

    Raises `Refused` if the archive is broken or incomplete, or unpacks to too much.
    """
    try:
        with gzip.open(path) as plain:
            bounded = _Bounded(plain.read, path.stat().st_size, path.name, MAX_TAR_BYTES)
            with tarfile.open(fileobj=cast(BinaryIO, bounded), mode="r|") as archive:
                for member in archive:
                    file = archive.extractfile(member) if member.isreg() and wanted.fullmatch(member.name) else None
                    if file is not None:
                        yield member.name, file.read()
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Refused("{name} is no whole tar archive; fetch it again", name=path.name) from error
    except (OSError, ValueError) as error:
        raise Refused("{path} cannot be read; check the name and its permissions", path=path) from error
