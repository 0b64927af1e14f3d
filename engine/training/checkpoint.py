"""Checkpoints that are whole or absent, and hold all that a resumed run needs.

`checkpoint/<step>/` is written under another name, synced and renamed; only then does the file `latest` name it. A
crash at any moment leaves the checkpoint before. No pickle: tensors in safetensors, the rest in JSON.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from engine.data.files import atomic_write, sync_folder
from engine.errors import Refused

LATEST = "latest"
TENSORS, FACTS = "state.safetensors", "state.json"


def write(folder: Path, step: int, tensors: dict[str, Tensor], facts: dict[str, Any], keep: int = 2) -> Path:
    """Write the checkpoint of `step` below `folder` and forget all but the newest `keep`. Raises OSError on failure."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    partial, whole = folder / f".{step}.partial", folder / str(step)
    partial.mkdir()
    atomic_write(partial / TENSORS, save({name: tensor.contiguous() for name, tensor in tensors.items()}))
    atomic_write(partial / FACTS, json.dumps(facts).encode())
    if whole.exists():  # left by a run that was stopped between the rename and `latest`
        shutil.rmtree(whole)
    os.replace(partial, whole)
    sync_folder(folder)
    atomic_write(folder / LATEST, str(step).encode())
    for old in sorted((int(p.name) for p in folder.iterdir() if p.name.isdigit()), reverse=True)[keep:]:
        if old != step:
            shutil.rmtree(folder / str(old))
    return whole


def latest(folder: Path) -> Path | None:
    """The newest whole checkpoint, None where there is none."""
    try:
        found = folder / (folder / LATEST).read_text().strip()
    except FileNotFoundError:
        return None
    return found if found.is_dir() else None


def read(checkpoint: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts. Raises Refused for a folder that is no whole checkpoint."""
    try:
        return load((checkpoint / TENSORS).read_bytes()), json.loads((checkpoint / FACTS).read_bytes())
    except Exception as error:
        raise Refused(
            "{name} is no whole checkpoint ({error}); start the run anew", name=checkpoint.name, error=error
        ) from error


def _sweep(folder: Path) -> None:
    for left in folder.glob(".*.partial"):
        shutil.rmtree(left)


def untied(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each tensor of a model once, under its first name: what several layers share need not be kept several times."""
    seen: set[tuple[int, torch.Size]] = set()
    kept = {}
    for name, tensor in state.items():
        place = tensor.data_ptr(), tensor.shape
        if place not in seen or not tensor.numel():
            kept[name] = tensor
        seen.add(place)
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
