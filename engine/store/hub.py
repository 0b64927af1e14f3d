"""Models of the Hugging Face hub by name: looked at before they are fetched, and kept by the hub's own library."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import torch
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # exported without saying so
from tqdm.auto import tqdm

from engine.errors import Refused
from engine.store import hugging_face
from engine.store.files import read_json
from engine.store.names import shown

PREFIX = "hf:"
FILES = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "model.safetensors",
    "model-*.safetensors",
    "*.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "*.spm",
    "*.model",
)
"""What is fetched of a model: weights in one form, and what tokenizers are made of."""
_NAME = re.compile(r"hf:([A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?)", re.ASCII)

Watch = Callable[[int, int], None]
"""Told how many bytes are there, of how many."""


def repository(name: str) -> str:
    """`org/name` of `hf:org/name`. Raises `Refused` for anything else, before anybody is asked."""
    match = _NAME.fullmatch(name)
    try:
        validate_repo_id(match[1] if match else "")
    except HFValidationError as error:
        raise Refused(
            "{name} is no model of the hub; write hf:organisation/name, such as hf:google-bert/bert-base-uncased.",
            name=shown(name),
        ) from error
    return name.removeprefix(PREFIX)


def local(name: str) -> Path | None:
    """Where the model lies whole on this machine, None where it does not; nobody is asked. Raises as `repository`."""
    try:
        return Path(snapshot_download(repository(name), allow_patterns=list(FILES), local_files_only=True))
    except (LocalEntryNotFoundError, OfflineModeIsEnabled):
        return None


def folder(name: str, device: torch.device, watch: Watch | None = None) -> Path:
    """Where the model lies on this machine, fetched where it does not yet.

    Raises `Refused` for a model that is not there, may not be had, is too large for memory or disk, holds no
    safetensors, or is of a kind that is not known here; weights are fetched only once all that is known.
    """
    if (path := local(name)) is not None:
        return path
    try:
        return _fetched(name, repository(name), device, watch)
    except RepositoryNotFoundError as error:
        raise Refused("The hub has no model {name} that anybody may have.", name=name) from error
    except GatedRepoError as error:
        raise Refused("The hub gives out {name} only to people who have agreed to its terms.", name=name) from error
    except (OfflineModeIsEnabled, LocalEntryNotFoundError, HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        raise Refused(
            "{name} is not on this machine and could not be fetched: the hub cannot be reached. Models that came along "
            "and those fetched before work without a network.",
            name=name,
        ) from error


def _fetched(name: str, asked: str, device: torch.device, watch: Watch | None) -> Path:
    files = {file.rfilename: file.size or 0 for file in HfApi().model_info(asked, files_metadata=True).siblings or ()}
    weights = {file: size for file, size in files.items() if re.fullmatch(r"model(-[\w-]+)?\.safetensors", file)}
    if not weights or hugging_face.CONFIG not in files:
        raise Refused("{name} holds no safetensors file, and no other kind of weights is read.", name=name)
    config = hugging_face.checked(name, read_json(Path(hf_hub_download(asked, hugging_face.CONFIG))))
    hugging_face.fits(name, hugging_face.size(name, config, hugging_face.head_of(config), device), device)
    _has_room(name, sum(weights.values()))
    return Path(snapshot_download(asked, allow_patterns=list(FILES), tqdm_class=_told(watch)))


def _has_room(name: str, needed: int) -> None:
    cache = Path(constants.HF_HUB_CACHE)
    nearest = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    if needed > free:
        raise Refused(
            "{name} takes {needed:.1f} GB on disk and {free:.1f} GB are free.",
            name=name,
            needed=needed / 1e9,
            free=free / 1e9,
        )


def _told(watch: Watch | None) -> type[Any]:
    """A progress bar that says how far it is instead of drawing itself."""

    class Told(tqdm):  # type: ignore[misc]  # tqdm ships no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self.counts = kwargs.get("unit") == "B"
            self.whole, self.there = int(kwargs.get("total") or 0), int(kwargs.get("initial") or 0)

        def update(self, n: float | int | None = 1) -> bool | None:
            self.there += int(n or 0)
            if watch is not None and self.counts:
                watch(self.there, max(self.whole, int(self.total or 0)))
            return None

    return Told
