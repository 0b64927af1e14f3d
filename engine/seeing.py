"""Which models read pictures: known from the configuration alone, before anything of a model is loaded."""

from __future__ import annotations

import json

from engine.store import CONFIG, MAX_JSON, guests, guests_folder

SEEING = ("deit", "vit")
"""Kinds of models that read pictures and no texts."""


def guest_sees(name: str) -> bool:
    """Whether `folder:NAME` says that it is of such a kind; false where nothing can be read."""
    root = guests_folder()
    if root is None or name not in guests():
        return False
    try:
        with (root / name.partition(":")[2] / CONFIG).open("rb") as file:
            found = json.loads(file.read(MAX_JSON))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("model_type") in SEEING
