"""Models to files and back. Nothing is allocated before names, types, shapes and ranges have been checked."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args, get_type_hints

import safetensors
import safetensors.torch
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.importing import one_at_a_time
from engine.models.bilstm import BiLSTM, BiLSTMConfig
from engine.models.han import HAN, HANConfig
from engine.models.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.quantise import layout, quantise, restore
from engine.text import tokenizer as text
from engine.text.tokenizer import Tokenizer
from engine.text.vocabulary import Vocabulary

WEIGHTS, CONFIG, TRAINING = "model.safetensors", "config.json", "training.json"
FORMAT = 1
BYTES = {"I8": 1, "F16": 2, "F32": 4}
MAX_HEADER = 1_000_000
MAX_JSON = 4_000_000
MAX_TOKENIZER = 30_000_000
MAX_PARAMETERS = 300_000_000
MAX_SIZE = 16_384
MAX_VOCABULARY = 500_000


@dataclass(frozen=True)
class Family:
    """How models of one `model_type` are built."""

    config: type[Any]
    build: Callable[[Any], nn.Module]
    words: type[Tokenizer] | type[Vocabulary]


TRANSFORMERS = ("marian", "modernbert", "gpt2")
"""What config.json says of models in the layout of the transformers library, without a prefix of ours."""

FAMILIES: dict[str, Family] = {
    "alignscope-seq2seq": Family(Seq2SeqConfig, Seq2Seq, Tokenizer),
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
    atomic_write(folder / text.FILE, tokenizer.to_json().encode())
    if training is not None:
        atomic_write(folder / TRAINING, as_json(training))
    atomic_write(folder / CONFIG, as_json(described))
    return digest


def as_json(value: Mapping[str, Any]) -> bytes:
    """As all our JSON files are written."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def load_model(folder: Path, device: torch.device | str = "cpu") -> tuple[nn.Module, Any, dict[str, Any]]:
    """The model in float32 and ready to read, its tokenizer, and what config.json says.

    Raises `Refused` for anything that is not a whole model of ours.
    """
    described = read_json(folder / CONFIG)
    if described.get("model_type") in TRANSFORMERS:
        # The transformers library takes seconds to import, and not all who read or train our own models have it.
        with one_at_a_time:
            from engine import storage_transformers
        return storage_transformers.load_model(folder, described, device)
    model = _empty(folder.name, described)
    weights = checked_bytes(folder / WEIGHTS, layout(model.state_dict()))
    tensors = finite_tensors(folder.name, weights, described)
    model.load_state_dict(restore(tensors), assign=True)
    tokenizer = _tokenizer(folder, FAMILIES[described["model_type"]].words, described["model"]["vocabulary"])
    return model.eval().requires_grad_(False).to(device), tokenizer, described


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


def read_json(path: Path, limit: int = MAX_JSON) -> dict[str, Any]:
    """One JSON object from a file of at most `limit` bytes."""
    try:
        found = json.loads(read_bytes(path, limit).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused("{file} of {name} is not JSON.", file=path.name, name=path.parent.name) from error
    if not isinstance(found, dict):
        raise Refused("{file} of {name} must hold one JSON object.", file=path.name, name=path.parent.name)
    return found


def read_bytes(path: Path, limit: int) -> bytes:
    """A file of at most `limit` bytes. Raises `Refused` for one that is larger or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise Refused("{name} has no {file} that can be read.", name=path.parent.name, file=path.name) from error
    if len(content) > limit:
        raise Refused(
            "{file} of {name} is larger than {limit} bytes.", file=path.name, name=path.parent.name, limit=limit
        )
    return content


class _Unfilled(TorchFunctionMode):
    """Leaves out random first values. Where nothing is to be filled, torch first imports 800 modules, for 3 seconds."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func.__name__ in ("normal_", "uniform_"):
            return args[0] if args else given["tensor"]
        return func(*args, **given)


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
        if field not in hints or field == "model_type" or not _fits(field, value, hints[field]):
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
    count = sum(p.numel() for p in model.parameters())
    if count > MAX_PARAMETERS:
        raise Refused(
            "{name} needs {size:.1f} GB of memory; the limit is {limit:.1f} GB.",
            name=name,
            size=count * 4e-9,
            limit=MAX_PARAMETERS * 4e-9,
        )
    return model


def _fits(field: str, value: object, hint: Any) -> bool:
    if get_args(hint):
        return value in get_args(hint)
    if hint is int:
        return type(value) is int and 1 <= value <= (MAX_VOCABULARY if field == "vocabulary" else MAX_SIZE)
    if hint is float:
        return type(value) in (int, float) and 0 <= float(str(value)) < 1
    return type(value) is hint and (hint is not str or len(str(value)) <= 40)


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
        found = {key: (entry["dtype"], tuple(entry["shape"])) for key, entry in header.items() if key != "__metadata__"}
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise Refused("The weights of {name} are no safetensors file.", name=name) from error
    if found != expected:
        wrong = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
        raise Refused(
            "The weights of {name} do not fit its configuration, first at {tensor}.", name=name, tensor=wrong[0][:80]
        )
    return content


def _tokenizer(folder: Path, kind: type[Tokenizer] | type[Vocabulary], vocabulary: int) -> Tokenizer | Vocabulary:
    try:
        tokenizer = kind.from_json(read_bytes(folder / text.FILE, MAX_TOKENIZER).decode("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused("{file} of {name} is no tokenizer of ours.", file=text.FILE, name=folder.name) from error
    if len(tokenizer) != vocabulary:
        raise Refused(
            "The tokenizer of {name} has {found} pieces and its configuration {wanted}.",
            name=folder.name,
            found=len(tokenizer),
            wanted=vocabulary,
        )
    return tokenizer
