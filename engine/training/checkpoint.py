"""Checkpoints that are whole or absent, and hold all that a resumed run needs.

`checkpoint/<step>/` is written under another name, synced and renamed; only then does the file `latest` name it. A
crash at any moment leaves the checkpoint before. No pickle: tensors in safetensors, the rest in JSON.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from engine.data.files import atomic_write, sync_folder
from engine.errors import Refused

LATEST = "latest"
TENSORS, FACTS = "state.safetensors", "state.json"
DIGEST = "sha256"
"""Under this name the facts hold the hash of the tensors' file; older checkpoints have none."""


def write(folder: Path, step: int, tensors: dict[str, Tensor], facts: dict[str, Any], keep: int = 2) -> Path:
    """Write the checkpoint of `step` below `folder` and forget all but the newest `keep`. Raises OSError on failure."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    partial, whole = folder / f".{step}.partial", folder / str(step)
    partial.mkdir()
    content = save({name: tensor.contiguous() for name, tensor in tensors.items()})
    try:
        atomic_write(partial / TENSORS, content)
        atomic_write(partial / FACTS, json.dumps({**facts, DIGEST: sha256(content).hexdigest()}).encode())
    except BaseException:  # on a full disk what was begun would keep the room that is lacking
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if whole.exists():  # left by a run that was stopped between the rename and `latest`
        shutil.rmtree(whole)
    os.replace(partial, whole)
    sync_folder(folder)
    atomic_write(folder / LATEST, str(step).encode())
    for old in _steps(folder)[keep:]:
        if old != step:
            shutil.rmtree(folder / str(old))
    return whole


def candidates(folder: Path) -> list[Path]:
    """Checkpoints below `folder`: the one that `latest` names, where it names any, then the others, newest first."""
    try:
        named = (folder / LATEST).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        named = ""
    steps = [str(step) for step in _steps(folder)]
    return [folder / name for name in sorted(steps, key=lambda name: name != named)]


def latest(folder: Path) -> Path | None:
    """The checkpoint to go on from unless it is damaged; None where there is none."""
    return next(iter(candidates(folder)), None)


def read(checkpoint: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts. Raises Refused for a folder that is no whole checkpoint, or whose tensors have changed."""
    try:
        content = (checkpoint / TENSORS).read_bytes()
        facts = json.loads((checkpoint / FACTS).read_bytes())
        if not isinstance(facts, dict):
            raise ValueError(f"{FACTS} holds no object")
        if facts.pop(DIGEST, None) not in (None, sha256(content).hexdigest()):
            raise ValueError(f"{TENSORS} has changed since it was written")
        return load(content), facts
    except Exception as error:
        raise broken(checkpoint, error) from error


def broken(checkpoint: Path, error: Exception) -> Refused:
    """What is said of a checkpoint that cannot be gone on from."""
    return Refused("{name} is no whole checkpoint ({error})", name=checkpoint.name, error=error)


def _steps(folder: Path) -> list[int]:
    """The steps of the checkpoints below `folder`, newest first."""
    if not folder.is_dir():
        return []
    return sorted((int(p.name) for p in folder.iterdir() if p.name.isascii() and p.name.isdigit()), reverse=True)


def _sweep(folder: Path) -> None:
    for left in folder.glob(".*.partial"):
        shutil.rmtree(left)


def untied(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor of a model once, under its first name: what several layers share need not be kept several times."""
    places: set[tuple[int, torch.Size]] = set()
    kept = {}
    for name, tensor in state.items():
        place = tensor.data_ptr(), tensor.shape
        if place not in places or not tensor.numel():
            kept[name] = tensor
        places.add(place)
    return kept


def flatten_optimiser(state: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors of an optimiser's `state_dict`, by flat names."""
    return {
        f"optimiser.{index}.{name}": torch.as_tensor(value)
        for index, values in state["state"].items()
        for name, value in values.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for flat, tensor in tensors.items():
        if flat.startswith("optimiser."):
            _, index, name = flat.split(".", 2)
            state.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
