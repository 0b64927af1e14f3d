"""Which weights a model that others made has just now."""

from __future__ import annotations

from pathlib import Path

from engine.errors import Refused
from engine.models.transformer.locks import one_at_a_time
from engine.store import catalogue, hugging_face_weights


def weights_sha256(name: str) -> str:
    """The hash that the command line's `trace` gives for `folder:NAME` or `hf:organisation/name`.

    Files are looked at each time, as whoever runs the app may save a model again. Empty while the model does not lie
    on this machine.
    """
    try:
        folder = _folder(name)
    except Refused:
        return ""
    return "" if folder is None else hugging_face_weights.digest(folder)


def _folder(name: str) -> Path | None:
    if catalogue.foreign_name(name) != "hub":
        return catalogue.foreign_folder(name)
    with one_at_a_time:
        from engine.store import hub
    return hub.local(name)
