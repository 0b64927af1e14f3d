"""Model names: which there are, and the folder that each stands for. Nothing here opens a file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine.data.folders import runs_folder as runs_folder
from engine.errors import Refused

PRETRAINED = Path(__file__).parents[2] / "pretrained"
_PRETRAINED_NAME = re.compile(r"([a-z]{1,32})/([A-Za-z0-9][A-Za-z0-9_-]{0,63})", re.ASCII)
_RUN_NAME = re.compile(r"run:([A-Za-z0-9][A-Za-z0-9_-]{0,63})", re.ASCII)
FOREIGN_NAME = re.compile(r"folder:([A-Za-z0-9][A-Za-z0-9._-]{0,63})", re.ASCII)
FOLDER = ("/", "./", "../")


def foreign_models_folder() -> Path | None:
    """Where models that others made may lie, None where nobody named such a folder."""
    named = os.environ.get("ALIGNSCOPE_MODELS")
    return Path(named) if named else None


def shown(name: str) -> str:
    """A name as a message may repeat it: short, and nothing in it that a terminal acts on."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:81])
    return plain if len(plain) <= 80 else plain[:79] + "…"


def place(name: str, folders: bool) -> tuple[Path, Path]:
    """The folder that a name stands for, and the one that it must not leave."""
    if match := _PRETRAINED_NAME.fullmatch(name):
        return PRETRAINED, PRETRAINED / match[1] / match[2]
    if match := _RUN_NAME.fullmatch(name):
        return runs_folder(), runs_folder() / match[1]
    if folders and name.startswith(FOLDER):
        return Path(name), Path(name)
    raise Refused(
        "{name} is no model name; use one that `models` lists, such as translation/en-fr-additive, a run as "
        "run:NAME, or a folder that begins with /, ./ or ../ (letters, digits, - and _).",
        name=shown(name),
    )
