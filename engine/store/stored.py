"""A stored model in whichever of the two formats it is: our own, or that of the transformers library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.models.transformer.locks import one_at_a_time
from engine.store import own_format
from engine.store.files import CONFIG, read_json
from engine.store.kinds import IN_LIBRARY_FORMAT


def load_model(folder: Path, device: torch.device | str = "cpu") -> tuple[nn.Module, Any, dict[str, Any]]:
    """The model in float32 and ready to read, its tokenizer, and what config.json says.

    Raises `Refused` for anything that is not a whole model of ours.
    """
    described = read_json(folder / CONFIG)
    if described.get("model_type") in IN_LIBRARY_FORMAT:
        # The transformers library takes seconds to import, and not all who read or train our own models have it.
        with one_at_a_time:
            from engine.store import library_format
        return library_format.load_model(folder, described, device)
    return own_format.load_model(folder, described, device)
