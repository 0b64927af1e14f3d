"""Weights in a file: nothing is allocated before names, types, shapes and sizes have been checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from engine.errors import Refused
from engine.store.files import MAX_HEADER, read_bytes

BYTES = {"I8": 1, "F16": 2, "F32": 4}
MAX_PARAMETERS = 300_000_000


def finite_tensors(name: str, weights: bytes, described: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """What a file of weights holds, once it is the one that config.json names and all its numbers are numbers."""
    if sha256(weights).hexdigest() != described.get("weights_sha256"):
        raise Refused(
            "The weights of {name} are not those that its config.json names; copy or train the model again.",
            name=name,
        )
    try:
        tensors = safetensors.torch.load(weights)
    except safetensors.SafetensorError as error:
        raise Refused("The weights of {name} are no safetensors file.", name=name) from error
    if not all(torch.isfinite(t).all() for t in tensors.values()):
        raise Refused("The weights of {name} hold numbers that are not finite; train it again.", name=name)
    return tensors


def checked_bytes(path: Path, expected: Mapping[str, tuple[str, tuple[int, ...]]]) -> bytes:
    """A whole file of weights, once its header agrees in every name, type (as safetensors writes it) and shape."""
    name = path.parent.name
    size = sum(math.prod(shape) * BYTES[kind] for kind, shape in expected.values())
    content = read_bytes(path, MAX_HEADER + size + 8)
    length = int.from_bytes(content[:8], "little")
    if length > MAX_HEADER or len(content) != 8 + length + size:
        raise Refused("The weights of {name} have another size than its configuration asks for.", name=name)
    try:
        header = json.loads(content[8 : 8 + length])
        held = {key: (entry["dtype"], tuple(entry["shape"])) for key, entry in header.items() if key != "__metadata__"}
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise Refused("The weights of {name} are no safetensors file.", name=name) from error
    if held != expected:
        wrong = sorted(key for key in held.keys() | expected.keys() if held.get(key) != expected.get(key))
        raise Refused(
            "The weights of {name} do not fit its configuration, first at {tensor}.", name=name, tensor=wrong[0][:80]
        )
    return content


def check_size(name: str, parameters: int) -> None:
    """Raises `Refused` for a model with more numbers than `MAX_PARAMETERS`."""
    if parameters > MAX_PARAMETERS:
        raise Refused(
            "{name} needs {size:.1f} GB of memory; the limit is {limit:.1f} GB.",
            name=name,
            size=parameters * 4e-9,
            limit=MAX_PARAMETERS * 4e-9,
        )
