"""A model's folder, written as it would be found."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
import transformers as hf

from tests.conformance.kind import Kind
from tests.conformance.kinds import KINDS

LONGEST = 64


def write(
    folder: Path,
    name: str,
    head: str,
    *,
    form: str = "json",
    rows: int = 0,
    half: bool = False,
    sharded: bool = False,
    tokenizer: dict[str, Any] | None = None,
    reader: str = "",
    **config: Any,
) -> Path:
    """The folder of a model with that head.

    `form` is json (tokenizer.json alone), bare (the maker's own files and their settings) or plain (these files without
    a word about them); `rows` are those that the model has beyond its pieces, `reader` is the kind whose tokenizer it
    has, `tokenizer` what the settings of that say besides.
    """
    kind = KINDS[name]
    folder.mkdir(parents=True, exist_ok=True)
    reads = KINDS[reader or name]
    vocabulary = _tokenizer(folder, reads, form, tokenizer or {}) if kind.write else _processor(folder, kind)
    torch.manual_seed(1)
    model = getattr(hf, head)(kind.configured(vocabulary + rows, **_pads(name, vocabulary), **config)).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.mul_(4)  # heads then differ from each other and from looking evenly
    if half:
        model = model.half()
    model.save_pretrained(folder, max_shard_size="40KB" if sharded else "1GB")
    return folder


def changed(path: Path, **fields: Any) -> None:
    """A JSON file with other fields; None takes one out."""
    content = json.loads(path.read_text()) | fields
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def _pads(name: str, vocabulary: int) -> dict[str, Any]:
    """Marian's decoder begins with the mark for padding, the last of its pieces."""
    last = vocabulary - 1
    return {"pad_token_id": last, "decoder_start_token_id": last} if name == "marian" else {}


def _tokenizer(folder: Path, kind: Kind, form: str, settings: dict[str, Any]) -> int:
    assert kind.write is not None
    if form == "json" or not kind.alone:
        other = folder / "written"
        other.mkdir()
        kind.write(other)
        made = _made(other, kind)
        made.save_pretrained(folder)
        shutil.rmtree(other)
        changed(folder / "tokenizer_config.json", **kind.settings, **settings)
        return _count(made)
    kind.write(folder)
    about = {"tokenizer_class": kind.tokenizer, "model_max_length": LONGEST, **kind.settings, **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    count = _count(_made(folder, kind))
    if form == "plain":
        (folder / "tokenizer_config.json").unlink()
    return count


def _count(tokenizer: Any) -> int:
    """How many numbers it may give; M2M100's languages are not among its pieces."""
    return 1 + max(len(tokenizer) - 1, *getattr(tokenizer, "lang_token_to_id", {"": 0}).values())


def _made(folder: Path, kind: Kind) -> Any:
    """The library's own tokenizer."""
    if kind.tokenizer != "PreTrainedTokenizerFast":
        return getattr(hf, kind.tokenizer).from_pretrained(folder, model_max_length=LONGEST, **kind.settings)
    if (folder / "vocab.txt").exists():
        return hf.BertTokenizer.from_pretrained(folder, model_max_length=LONGEST)
    return hf.GPT2Tokenizer.from_pretrained(folder, model_max_length=LONGEST)


def _processor(folder: Path, kind: Kind) -> int:
    """Some kinds cut the middle out of a picture whose shorter side they have scaled."""
    made = kind.tokenizer or "vit.image_processing_pil_vit.ViTImageProcessorPil"
    module, _, name = f"transformers.models.{made}".rpartition(".")
    cut = {"size": {"shortest_edge": 18}, "crop_size": {"height": 16, "width": 16}}
    settings = cut if kind.tokenizer else {"size": {"height": 16, "width": 16}}
    getattr(importlib.import_module(module), name)(**settings).save_pretrained(folder)
    return 0
