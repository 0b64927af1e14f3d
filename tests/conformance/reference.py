"""What the transformers library itself makes of a folder: its own tokenizer, its own inputs, its "eager" attention."""

from __future__ import annotations

import inspect
import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers as hf
from PIL import Image
from torch import Tensor

from engine.inference.looked import Looked
from engine.inference.transformer import Transformer

TEXT, PAIR = "The black cat sat on the mat.", "Le chat noir est assis."


def picture() -> bytes:
    """A file of one picture of many colours."""
    table = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(table).save(content, "PNG")
    return content.getvalue()


def weights(
    folder: Path, head: str, text: str, pair: str | None, languages: tuple[str, str] | None = None
) -> dict[str, list[Tensor]]:
    """Of each kind of attention every layer's weights [head, query, key]."""
    model = getattr(hf, head).from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    given = _seen(folder) if model.main_input_name == "pixel_values" else _read(folder, model, text, pair, languages)
    with torch.no_grad():
        output = model(**given, output_attentions=True)
    names = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}
    if getattr(output, "attentions", None) is not None:
        return {kind: [one[0] for one in output.attentions] for kind in ("encoder", "decoder")}
    return {kind: [one[0] for one in getattr(output, name)] for kind, name in names.items()}


def off(model: Transformer, looked: Looked, expected: Mapping[str, list[Tensor]]) -> float:
    """By how much any weight is off, infinite where there are more or fewer layers, heads or positions."""
    worst = 0.0
    for overview in looked.overviews:
        ours = [layer.weights() for layer in model.layers(looked, overview.kind)]
        theirs = expected[overview.kind]
        if [one.shape for one in ours] != [one.shape for one in theirs]:
            return float("inf")
        worst = max([worst, *(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True))])
    return worst


def _seen(folder: Path) -> dict[str, Tensor]:
    processor = hf.AutoImageProcessor.from_pretrained(folder, backend="pil")
    return {"pixel_values": processor(Image.open(io.BytesIO(picture())), return_tensors="pt")["pixel_values"]}


def _read(
    folder: Path, model: Any, text: str, pair: str | None, languages: tuple[str, str] | None
) -> dict[str, Tensor]:
    tokenizer = hf.AutoTokenizer.from_pretrained(folder)
    if languages is not None:
        tokenizer.src_lang, tokenizer.tgt_lang = languages
    translates = model.config.is_encoder_decoder and "Classification" not in type(model).__name__
    typed = (getattr(model.config, "type_vocab_size", 0) or 0) > 1  # RoBERTa knows one type, GPT-2 none
    both = tokenizer(text, None if translates else pair, return_tensors="pt", return_token_type_ids=typed)
    accepted = inspect.signature(model.forward).parameters
    given = {name: table for name, table in both.items() if name in accepted and table is not None}
    if translates:
        labels = tokenizer(text_target=pair or text, return_tensors="pt")["input_ids"]
        given["decoder_input_ids"] = _shifted(model, labels)
    return given


def _shifted(model: Any, labels: Tensor) -> Tensor:
    """What the decoder is given when it is to say these, as the library makes it from labels."""
    if hasattr(model, "prepare_decoder_input_ids_from_labels"):
        return model.prepare_decoder_input_ids_from_labels(labels)
    if model.config.model_type == "mbart":
        return hf.models.mbart.modeling_mbart.shift_tokens_right(labels, model.config.pad_token_id)
    start = torch.full_like(labels[:, :1], model.config.decoder_start_token_id)
    return torch.cat([start, labels[:, :-1]], 1)


warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
