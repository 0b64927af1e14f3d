"""Models of the transformers library to files and back, in the layout that the library itself loads.

Stored in float16, read in float32. Only the few classes in `FAMILIES` are built, from sizes within bounds, and nothing
is allocated before the file's header agrees with the configuration in every name, type and shape. These are the
models that we train; models of others come through another door.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import transformers
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast
from transformers.modeling_utils import remove_tied_weights_from_state_dict

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.models.transformer import encoder, language, translator
from engine.models.transformer.locks import builds_alone
from engine.store.fields import MAX_LAYERS, MAX_VOCABULARY
from engine.store.files import CONFIG, TRAINING, WEIGHTS, as_json
from engine.store.generation import GENERATION
from engine.store.own_format import FORMAT, read_tokenizer
from engine.store.weights import check_size, checked_bytes, finite_tensors
from engine.text.bytepieces import BytePieces
from engine.text.tokenizer import Tokenizer
from engine.text.wordpieces import WordPieces

MAX_WIDTH = 4096


@dataclass(frozen=True)
class LibraryFamily:
    """How models of one `model_type` are built. `net` names the library's class.

    `wrap` makes of it what our engine uses, which has it as its `net`; `words` reads our tokenizer from the text of
    tokenizer.json, and `fast` makes of that the library's own.
    """

    net: str
    wrap: Callable[[Any], nn.Module]
    words: Callable[[str], Any]
    fast: Callable[[Any], PreTrainedTokenizerFast]


FAMILIES: dict[str, LibraryFamily] = {
    "marian": LibraryFamily(
        "MarianMTModel", translator.TransformerTranslator, Tokenizer.from_json, translator.fast_tokenizer
    ),
    "modernbert": LibraryFamily(
        "ModernBertForSequenceClassification", encoder.Encoder, WordPieces.from_json, encoder.fast_tokenizer
    ),
    "gpt2": LibraryFamily("GPT2LMHeadModel", encoder.BeforeOutput, BytePieces.from_json, language.fast_tokenizer),
}


def save_model(
    folder: Path, model: Any, words: Any, meta: Mapping[str, Any], training: Mapping[str, Any] | None = None
) -> str:
    """As `own_format.save_model`: `meta` joins the library's config.json, which names the weights' hash."""
    family = FAMILIES[model.net.config.model_type]
    return save(folder, model.net, family.fast(words), meta, training)


def load_model(
    folder: Path, described: Mapping[str, Any], device: torch.device | str = "cpu"
) -> tuple[nn.Module, Any, dict[str, Any]]:
    """As `engine.store.stored.load_model`, which hands over what it read of config.json."""
    net = load(folder, described)
    family = FAMILIES[net.config.model_type]
    words = read_tokenizer(folder, family.words, net.config.vocab_size)
    return family.wrap(net).eval().requires_grad_(False).to(device), words, dict(described)


def save(
    folder: Path,
    net: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    meta: Mapping[str, Any],
    training: Mapping[str, Any] | None = None,
) -> str:
    """Write all that the library needs into `folder`, made where missing; returns the weights' sha256.

    config.json comes last and names the weights' hash, so `load` notices a crash between two files. Raises ValueError
    for weights that are not finite in float16.
    """
    state = net.state_dict()
    kept = {name: state[name].detach().to("cpu", torch.float16).contiguous() for name in layout(net)}
    if not all(torch.isfinite(tensor).all() for tensor in kept.values()):
        raise ValueError("the weights hold numbers that are not finite in float16")
    folder.mkdir(parents=True, exist_ok=True)
    weights = safetensors.torch.save(kept, metadata={"format": "pt"})
    digest = sha256(weights).hexdigest()
    library = json.loads(net.config.to_json_string()) | {"architectures": [type(net).__name__], "dtype": "float16"}
    described = library | dict(meta) | {"format": FORMAT, "weights_sha256": digest}
    atomic_write(folder / WEIGHTS, weights)
    with tempfile.TemporaryDirectory() as made:
        for path in map(Path, tokenizer.save_pretrained(made)):
            if path.exists():
                atomic_write(folder / path.name, path.read_bytes())
    if net.can_generate():
        atomic_write(folder / GENERATION, net.generation_config.to_json_string().encode())
    if training is not None:
        atomic_write(folder / TRAINING, as_json(training))
    atomic_write(folder / CONFIG, as_json(described))
    return digest


def load(folder: Path, described: Mapping[str, Any]) -> PreTrainedModel:
    """The library's model of `folder`, of which its config.json says what is `described`; in float32.

    Its attention is `eager`, so that weights can be asked for. Raises `Refused` for anything that is not whole.
    """
    empty = _empty(folder.name, described)
    content = checked_bytes(folder / WEIGHTS, layout(empty))
    tensors = finite_tensors(folder.name, content, described)
    net: PreTrainedModel = type(empty)._from_config(empty.config, attn_implementation="eager")
    net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    net.tie_weights()
    return net


def layout(net: PreTrainedModel) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name, type (as safetensors writes it) and shape of all that is stored; reads no values."""
    state: dict[str, Tensor] = dict(net.state_dict())
    for name in net._keys_to_ignore_on_save or ():
        state.pop(name, None)
    kept = remove_tied_weights_from_state_dict(state, net)
    return {name: ("F16", tuple(tensor.shape)) for name, tensor in kept.items()}


def _empty(name: str, described: Mapping[str, Any]) -> PreTrainedModel:
    """A model without memory for its weights, once every number in its configuration is within bounds."""
    kind = described.get("model_type")
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None or described.get("format") != FORMAT:
        raise Refused(
            "{name} is no model of ours in format {format}; its config.json names model_type and format.",
            name=name,
            format=FORMAT,
        )
    cls: Any = getattr(transformers, family.net)
    # What the class does not know is ours, or means something to the library that a model of ours has no use for.
    usual = cls.config_class().to_dict()
    known = usual.keys() - {"dtype"}
    fields = {field: value for field, value in described.items() if field in known}
    for field, value in fields.items():
        if value == usual[field]:
            continue
        most = MAX_VOCABULARY if "vocab" in field else MAX_LAYERS if "layer" in field else MAX_WIDTH
        if type(value) in (int, float) and not 0 <= value <= most:
            raise Refused(
                "The configuration of {name} has {value} for {field}, which no model of ours can have.",
                name=name,
                field=field[:40],
                value=repr(value)[:40],
            )
    try:
        with builds_alone, torch.device("meta"):
            model: PreTrainedModel = cls(cls.config_class.from_dict(fields))
    except Exception as error:  # the library has its own kinds of error for each field that does not fit
        raise Refused("The configuration of {name} does not fit together: {why}", name=name, why=error) from error
    check_size(name, sum(p.numel() for p in model.parameters()))
    return model
