"""Models as folders: passed on as one file, brought by visitors, deleted and brought back by whoever brought them."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from engine.errors import Refused
from engine.inference.bring import bring
from engine.runs import queue, request
from engine.runs.files import folder_of
from engine.store import names, pack
from engine.store.catalogue import ModelInfo
from webapp.gateway.listing import Listing
from webapp.gateway.runs import Runs
from webapp.gateway.turns import contained

LARGEST = 30 * 2**20
"""Bytes of an archive that a visitor brings."""
LARGEST_DOWNLOAD = 300 * 2**20
"""Bytes of an archive that is made in memory; larger ones `python -m engine pack` writes."""
PATIENCE = 120.0
"""Seconds that a visitor waits while the models of others are looked at, which happens one by one."""
OWN = "run:"


class Stored:
    """What becomes of models' folders. Visitors are known by the keys that they show (`webapp.gateway.owner`)."""

    def __init__(self, listing: Listing, runs: Runs) -> None:
        """`runs` has the key of whoever runs the server, who may delete what anybody brought."""
        self._listing, self._runs = listing, runs
        self._alone = threading.Lock()

    def packed(self, info: ModelInfo) -> bytes:
        """The archive of a model. Raises Refused for one that is too large for it, or is gone."""
        if pack.packed_size(info.folder) > LARGEST_DOWNLOAD:
            raise Refused("{name} is too large for that: pack it with `python -m engine pack`.", name=info.name)
        out = BytesIO()
        try:
            pack.pack(info.folder, out)
        except OSError as error:
            raise Refused("{name} cannot be read any more.", name=info.name) from error
        return out.getvalue()

    def bring(self, content: bytes, title: str, key: str) -> str:
        """Store the model in an archive; gives the name by which everybody can use it at once. Raises Refused."""
        if not key:
            raise Refused(
                "Your browser keeps no cookies, so nobody could delete the model again: allow them for this page, and "
                "load it once more."
            )
        if not self._alone.acquire(timeout=PATIENCE):
            raise Refused("Other models are being looked at just now: try again in a few minutes.")
        try:
            with contained():
                name = bring(BytesIO(content), title, key, limit=LARGEST)
        finally:
            self._alone.release()
        self._listing.refresh()
        return name

    def mine(self, name: str, *keys: str) -> bool:
        """Whether a model was trained or brought by whoever has one of these keys, or one of them is the server's."""
        return name.startswith(OWN) and self._owns(folder_of(_run(name)), keys)

    def delete(self, name: str, *keys: str) -> None:
        """Put a model away, from where `restore` brings it back. Raises Refused for one that is somebody else's."""
        if not self.mine(name, *keys):
            raise _not_yours(name)
        queue.delete(_run(name))
        self._listing.refresh()

    def restore(self, name: str, *keys: str) -> None:
        """Bring back what was deleted. Raises Refused where that was somebody else's, or is not there."""
        folder_of(_run(name))  # refuses what is no name
        if name not in self.deleted(*keys):
            raise _not_yours(name)
        queue.restore(_run(name))
        self._listing.refresh()

    def deleted(self, *keys: str) -> dict[str, str]:
        """The models that were put away and one of these keys lets somebody bring back, the last first; with titles."""
        return {run.model: run.request.title for run in self._runs.deleted(*keys) if run.stored}

    def _owns(self, folder: Path, keys: Sequence[str]) -> bool:
        wanted = request.read(folder)
        if wanted is None or not folder.is_dir():
            return False
        shown = [(request.digest(key), wanted.owner) for key in keys if key and wanted.owner]
        shown += [(key, self._runs.server_key) for key in keys]
        return any(hmac.compare_digest(key.encode(), known.encode()) for key, known in shown)


def size(info: ModelInfo) -> int:
    """Bytes of the archive of a model."""
    return pack.packed_size(info.folder)


def _run(name: str) -> str:
    return name.removeprefix(OWN)


def _not_yours(name: str) -> Refused:
    return Refused("{name} was not brought from this browser, so it cannot be deleted from it.", name=names.shown(name))
