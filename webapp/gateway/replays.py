"""What pages ask of replays: each file is read once for everybody, and again only when it has changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.errors import Refused
from engine.inference.replay import file, listing
from engine.inference.replay.frames import Replay

KEPT = 16
"""Replays in memory; one has at most tens of megabytes."""


class Replays:
    """The replays that come along and those of the runs of this server."""

    def all(self) -> list[str]:
        """Their names, as `open` takes them."""
        return listing.replays()

    def open(self, name: str) -> Replay:
        """As it is now: that of a training that goes on has more frames each time. Raises Refused where there is none
        and where it is damaged."""
        path = listing.path_of(name)
        try:
            status = path.stat()
        except OSError as error:  # deleted since it was listed
            raise Refused("{name} has no {file} that can be read.", name=name, file=file.FILE) from error
        return _read(path, status.st_mtime_ns, status.st_ino)


@lru_cache(KEPT)
def _read(path: Path, changed: int, inode: int) -> Replay:
    return file.read(path)
