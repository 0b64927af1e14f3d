"""Transformers that others made: a folder in Hugging Face's layout, checked before anything of it is built.

Only safetensors, only kinds of models that are known here, no code from the folder, and no more than fits in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import torch
import transformers
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    BaseImageProcessor,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.models.auto import modeling_auto as auto

from engine.errors import Refused, refusing
from engine.models.transformer.locks import builds_alone
from engine.store import hugging_face_weights
from engine.store.files import check_plain, read_json
from engine.store.generation import generation
from engine.store.kinds import KNOWN, SEEING
from engine.store.tokenizer_build import build
from engine.store.tokenizer_folder import prepared

CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
MAX_LAYERS, MAX_WIDTH, MAX_VOCABULARY, MAX_NUMBER = 200, 65_536, 2_000_000, 1 << 31
MAX_GROUPS = 16
"""Of layers that ALBERT shares, and of layers in each of them."""
MAX_SIDE = 1024
SPARE = 0.8
"""The part of free memory that a model may take."""
_HEADS: tuple[Mapping[str, Any], ...] = (
    auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
)
DISCRIMINATORS = ("electra",)
"""Kinds whose models for further training tell real words from replaced ones, and fill in no masks."""
_CODE = ("auto_map", "custom_pipelines")


def load(
    name: str, folder: Path, device: torch.device, *, free: Callable[[], int] | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase | BaseImageProcessor]:
    """The model in float32 (bfloat16 on a GPU) and its tokenizer, or what makes pictures ready for it.

    `free` tells how many bytes of memory there are. Raises `Refused` for what is not safe or not whole.
    """
    config = checked(name, read_json(folder / CONFIG))
    check_plain(name, folder)
    hugging_face_weights.check(name, folder)
    kind = head_of(config)
    fits(name, size(name, config, kind, device), device, free)
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    if config.model_type in SEEING:
        reader: PreTrainedTokenizerBase | BaseImageProcessor = _processor(name, folder)
        model, report = _read(name, folder, kind, config, dtype)
    else:
        with prepared(name, folder) as tried:
            model, report = _read(name, folder, kind, config, dtype)  # while the tokenizer is being tried
            reader = _tokenizer(name, tried.passed(), config)
    if lacking := sorted(_needed(kind, [*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])])):
        raise Refused(
            "{name} lacks {count} of its weights, first {tensor}, so what it said would be chance.",
            name=name,
            count=len(lacking),
            tensor=lacking[0][:80],
        )
    if not all(torch.isfinite(p).all() for p in model.parameters()):
        raise Refused("The weights of {name} hold numbers that are not finite.", name=name)
    return model.to(device), reader


def _read(
    name: str, folder: Path, kind: type[Any], config: PreTrainedConfig, dtype: torch.dtype
) -> tuple[Any, Mapping[str, Any]]:
    """The model, and what the library says of the weights that it found."""
    transformers.utils.logging.disable_progress_bar()
    quiet = logging.getLogger("transformers")
    level = quiet.level
    quiet.setLevel(logging.ERROR)  # what is missing is said below, in a sentence
    odd = Refused("The weights of {name} cannot be read: they do not fit its config.json.", name=name)
    try:
        with refusing(odd), builds_alone:
            model, report = kind.from_pretrained(
                folder,
                config=config,
                generation_config=generation(name, folder, config),
                dtype=dtype,
                attn_implementation="eager",  # some with attention of their own cannot be told so later on
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    finally:
        quiet.setLevel(level)
    return model, report


def _needed(kind: type[Any], lacking: Sequence[str]) -> list[str]:
    """Of the weights that are not there those that anything here depends on: a model without a head for answers is
    often stored without the layer that would make one vector of all positions, and nobody asks for that vector."""
    bare = kind.__name__ in auto.MODEL_MAPPING_NAMES.values()
    return [key for key in lacking if not (bare and key.startswith("pooler."))]


def checked(name: str, stored: Mapping[str, Any]) -> PreTrainedConfig:
    """The configuration without anything private. Raises `Refused` for kinds and numbers that are not known here."""
    if any(key in stored for key in _CODE):
        raise Refused("{name} needs code of its own, which is not run here.", name=name)
    if stored.get("quantization_config"):
        raise Refused("{name} is quantised; open the version in full precision.", name=name)
    kind = stored.get("model_type")
    if kind not in KNOWN:
        raise _unknown(name, kind)
    fields = {key: value for key, value in stored.items() if not _private(key)}
    for key, value in fields.items():
        if isinstance(value, int | float) and not abs(value) <= _most(key):
            raise Refused(
                "The configuration of {name} has {value} for {field}, which no model here can have.",
                name=name,
                value=repr(value)[:40],
                field=key[:40],
            )
    with refusing(Refused("The configuration of {name} does not fit together.", name=name)):
        return AutoConfig.for_model(**fields)


def _unknown(name: str, kind: object) -> Refused:
    """Why a kind is not opened, where that is worth a sentence of its own."""
    if kind == "clip":
        return Refused(
            "{name} is two models, one for texts and one for pictures, which are opened one at a time: save its "
            "text_model or its vision_model into a folder of its own.",
            name=name,
        )
    if kind == "whisper":
        return Refused("{name} takes sound as its input; only texts and pictures can be read here.", name=name)
    return Refused(
        "{name} is of the kind {kind}, which is not known here; there are {known}.",
        name=name,
        kind=repr(kind)[:40],
        known=", ".join(KNOWN),
    )


def _private(key: str) -> bool:
    """What is the library's own business, and what would have it read another file of weights."""
    return key.startswith("_") or "internal" in key or "attn_implementation" in key or key == "transformers_weights"


def _most(key: str) -> int:
    if "vocab" in key:
        return MAX_VOCABULARY
    if "layer" in key and not key.endswith(("eps", "_types")):
        return MAX_LAYERS
    if "group" in key:
        return MAX_GROUPS
    if key.endswith(
        ("hidden_size", "d_model", "d_ff", "dim", "n_embd", "intermediate_size", "inner", "heads", "n_head", "labels")
    ):
        return MAX_WIDTH
    return MAX_NUMBER


def head_of(config: PreTrainedConfig) -> type[Any]:
    """The library's class: with the head that the model was stored with, where its answers can be shown, else bare."""
    listed = config.architectures
    stored = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], str) else ""
    names = [table.get(config.model_type) for table in _HEADS]
    if any(stored in ((name,) if isinstance(name, str) else name or ()) for name in names):
        return getattr(transformers, stored)
    if stored == auto.MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES.get(config.model_type):
        return getattr(transformers, stored)
    masked = names[2]
    if masked and stored.endswith("ForPreTraining") and config.model_type not in DISCRIMINATORS:
        return getattr(transformers, str(masked))
    return getattr(transformers, str(auto.MODEL_MAPPING_NAMES[config.model_type]))


def size(name: str, config: PreTrainedConfig, kind: type[Any], device: torch.device) -> int:
    """How many bytes the weights take, counted without building any."""
    with (
        refusing(Refused("The configuration of {name} does not fit together.", name=name)),
        builds_alone,
        torch.device("meta"),
    ):
        empty = kind(config)
    return sum(p.numel() for p in empty.parameters()) * (4 if device.type == "cpu" else 2)


def fits(name: str, needed: int, device: torch.device, free: Callable[[], int] | None = None) -> None:
    """Raises `Refused` where so many bytes do not fit beside what already is in memory."""
    there = free() if free is not None else _free(device)
    if needed > there * SPARE:
        raise Refused(
            "{name} needs {needed:.1f} GB of memory and {free:.1f} GB are free: open a smaller one.",
            name=name,
            needed=needed / 1e9,
            free=there / 1e9,
        )


def _free(device: torch.device) -> int:
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)


def _tokenizer(name: str, folder: Path, config: PreTrainedConfig) -> PreTrainedTokenizerBase:
    with refusing(Refused("The tokenizer of {name} cannot be read.", name=name)):
        tokenizer = build(folder, config)
    if not getattr(tokenizer, "is_fast", False):
        raise Refused("{name} has no tokenizer.json, without which words and pieces cannot be told apart.", name=name)
    return tokenizer


def _processor(name: str, folder: Path) -> BaseImageProcessor:
    described = read_json(folder / PROCESSOR)
    for size in (described.get("size"), described.get("crop_size", 1), described.get("pad_size") or 1):
        sides = list(size.values()) if isinstance(size, dict) else [size]
        if not all(type(side) is int and 1 <= side <= MAX_SIDE for side in sides):
            raise Refused(
                "{name} asks for pictures of {size}; sides of 1 to {limit} pixels can be read.",
                name=name,
                size=repr(size)[:60],
                limit=MAX_SIDE,
            )
    with refusing(Refused("What makes pictures ready for {name} cannot be read.", name=name)):
        processor: BaseImageProcessor = AutoImageProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True, trust_remote_code=False
        )
    return processor
