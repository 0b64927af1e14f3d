"""Our own kinds of model to files and back, every field of a configuration checked before anything is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, get_type_hints

import safetensors.torch
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.models.documents.bilstm import BiLSTM, BiLSTMConfig
from engine.models.documents.han import HAN, HANConfig
from engine.models.recurrent import decoders
from engine.models.recurrent.seq2seq import Seq2SeqConfig
from engine.store.fields import wanted
from engine.store.files import CONFIG, MAX_TOKENIZER, TRAINING, WEIGHTS, as_json, read_bytes
from engine.store.quantise import layout, quantise, restore
from engine.store.weights import check_size, checked_bytes, finite_tensors
from engine.text import tokenizer_file
from engine.text.tokenizer import Tokenizer
from engine.text.vocabulary import Vocabulary

FORMAT = 1


@dataclass(frozen=True)
class Family:
    """How models of one `model_type` are built."""

    config: type[Any]
    build: Callable[[Any], nn.Module]
    words: type[Tokenizer] | type[Vocabulary]


FAMILIES: dict[str, Family] = {
    "alignscope-seq2seq": Family(Seq2SeqConfig, decoders.build, Tokenizer),
    "alignscope-han": Family(HANConfig, HAN, Vocabulary),
    "alignscope-bilstm": Family(BiLSTMConfig, BiLSTM, Vocabulary),
}


def save_model(
    folder: Path,
    model: nn.Module,
    tokenizer: Tokenizer | Vocabulary,
    meta: Mapping[str, Any],
    training: Mapping[str, Any] | None = None,
) -> str:
    """Write weights, tokenizer and config.json into `folder`, made where missing; returns the weights' sha256.

    `meta` goes into config.json as it is (task, source_language, target_language), `training` into training.json.
    config.json comes last and names the weights' hash, so a crash between two files is noticed by `load_model`.
    """
    config: Any = model.config
    folder.mkdir(parents=True, exist_ok=True)
    weights = safetensors.torch.save(quantise(model.state_dict()))
    digest = sha256(weights).hexdigest()
    fields = dataclasses.asdict(config)
    kind = fields.pop("model_type")
    described = {**meta, "model_type": kind, "format": FORMAT, "weights_sha256": digest, "model": fields}
    atomic_write(folder / WEIGHTS, weights)
    atomic_write(folder / tokenizer_file.FILE, tokenizer.to_json().encode())
    if training is not None:
        atomic_write(folder / TRAINING, as_json(training))
    atomic_write(folder / CONFIG, as_json(described))
    return digest


def load_model(
    folder: Path, described: dict[str, Any], device: torch.device | str = "cpu"
) -> tuple[nn.Module, Any, dict[str, Any]]:
    """As `engine.store.stored.load_model`, which hands over what it read of config.json."""
    model = _empty(folder.name, described)
    weights = checked_bytes(folder / WEIGHTS, layout(model.state_dict()))
    tensors = finite_tensors(folder.name, weights, described)
    model.load_state_dict(restore(tensors), assign=True)
    family = FAMILIES[described["model_type"]]
    tokenizer = read_tokenizer(folder, family.words.from_json, described["model"]["vocabulary"])
    return model.eval().requires_grad_(False).to(device), tokenizer, described


class _Unfilled(TorchFunctionMode):
    """Leaves out random first values. Where nothing is to be filled, torch first imports 800 modules, for 3 seconds."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func.__name__ in ("normal_", "uniform_"):
            return args[0] if args else named["tensor"]
        return func(*args, **named)


def _empty(name: str, described: dict[str, Any]) -> nn.Module:
    """A model without memory for its weights, from a configuration whose every field has been checked."""
    kind, fields = described.get("model_type"), described.get("model")
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None or described.get("format") != FORMAT or not isinstance(fields, dict):
        raise Refused(
            "{name} is no model of ours in format {format}; its config.json names model_type and format.",
            name=name,
            format=FORMAT,
        )
    hints = get_type_hints(family.config)
    for field, value in fields.items():
        if field not in hints or field == "model_type" or not wanted(field, hints[field]).fits(value):
            raise Refused(
                "The configuration of {name} has {value} for {field}, which no model of ours can have.",
                name=name,
                field=str(field)[:40],
                value=repr(value)[:40],
            )
    try:
        with torch.device("meta"), _Unfilled():
            model = family.build(family.config(**fields))
    except (TypeError, ValueError) as error:
        raise Refused("The configuration of {name} does not fit together: {why}", name=name, why=error) from error
    check_size(name, sum(p.numel() for p in model.parameters()))
    return model


def read_tokenizer(folder: Path, from_json: Callable[[str], Any], vocabulary: int) -> Any:
    """The tokenizer of a model that has `vocabulary` rows. Raises `Refused` for one that is not ours or not of it."""
    try:
        tokenizer = from_json(read_bytes(folder / tokenizer_file.FILE, MAX_TOKENIZER).decode("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused(
            "{file} of {name} is no tokenizer of ours.", file=tokenizer_file.FILE, name=folder.name
        ) from error
    if len(tokenizer) != vocabulary:
        raise Refused(
            "The tokenizer of {name} has {found} pieces and its configuration {wanted}.",
            name=folder.name,
            found=len(tokenizer),
            wanted=vocabulary,
        )
    return tokenizer
