"""A self-attention layer read out of a model of the transformers library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from engine.errors import Refused
from engine.inference.step_by_step.self_attention.layer import MOST, Layer, Linear
from engine.inference.transformer import Transformer
from engine.text.tokenizer import PAD


@torch.inference_mode()
def layer_of(transformer: Transformer, text: str, number: int, padding: int = 0) -> Layer:
    """Layer `number`, from 0, of the self-attention with which a model reads a text, the last one where there are
    fewer; of an encoder–decoder the encoder's. With `padding` the text has so many places of padding behind it.

    Raises `Refused` for what is no text, for one of more than `MOST` tokens, and for a family of models whose layers
    are not taken apart here.
    """
    network = transformer.model.get_encoder() if transformer.paired else transformer.model.base_model
    reader, config = READERS.get(network.config.model_type), network.config
    if reader is None:
        raise Refused(
            "{name} is of the family {family}, whose layers are not taken apart here.",
            name=transformer.name,
            family=str(config.model_type),
        )
    layers = int(config.num_hidden_layers)
    number = min(number, layers - 1)
    read = transformer.source(text)
    if len(read) > MOST:
        raise Refused(
            "A layer is taken apart for {most} tokens at most, and this text has {count}; shorten it.",
            most=MOST,
            count=len(read),
        )
    ids = torch.tensor([[*read.ids, *[config.pad_token_id or 0] * padding]], device=transformer.device)
    present = torch.arange(ids.shape[1], device=ids.device) < len(read)
    states = network(input_ids=ids, attention_mask=present.unsqueeze(0).long(), output_hidden_states=True)
    labels = (*read.axis.labels, *[PAD] * padding)
    layer = reader(network, number, states.hidden_states[number], labels, present)
    return replace(layer, number=number, layers=layers)


def _marian(network: Any, number: int, states: Tensor, labels: tuple[str, ...], present: Tensor) -> Layer:
    own = network.layers[number].self_attn
    parts = (own.q_proj, own.k_proj, own.v_proj, own.out_proj)
    query, key, value, output = (Linear(part.weight.T, part.bias) for part in parts)
    return Layer(labels, states[0], present, query, key, value, output, own.num_heads, code=type(own))


def _modernbert(network: Any, number: int, states: Tensor, labels: tuple[str, ...], present: Tensor) -> Layer:
    block, config = network.layers[number], network.config
    if block.attn.sliding_window is not None and len(labels) > block.attn.sliding_window:
        raise Refused("This layer sees a window of the text alone, which is not taken apart here.")
    places = torch.arange(states.shape[1], device=states.device).unsqueeze(0)
    cos, sin = network.rotary_emb(states, places, block.attention_type)
    biases = (None,) * 3 if block.attn.Wqkv.bias is None else block.attn.Wqkv.bias.chunk(3)
    pairs = zip(block.attn.Wqkv.weight.chunk(3), biases, strict=True)
    query, key, value = (Linear(weight.T, bias) for weight, bias in pairs)
    output = Linear(block.attn.Wo.weight.T, block.attn.Wo.bias)
    inputs, heads = block.attn_norm(states)[0], config.num_attention_heads
    more: dict[str, Any] = {"turn": (cos[0], sin[0]), "normalised": number > 0, "code": type(block.attn)}
    return Layer(labels, inputs, present, query, key, value, output, heads, **more)


def _gpt2(network: Any, number: int, states: Tensor, labels: tuple[str, ...], present: Tensor) -> Layer:
    block = network.h[number]
    pairs = zip(block.attn.c_attn.weight.chunk(3, 1), block.attn.c_attn.bias.chunk(3), strict=True)
    query, key, value = (Linear(weight, bias) for weight, bias in pairs)
    output = Linear(block.attn.c_proj.weight, block.attn.c_proj.bias)
    inputs, heads = block.ln_1(states)[0], block.attn.num_heads
    config = block.attn.config
    more: dict[str, Any] = {"causal": True, "normalised": True, "code": type(block.attn)}
    more |= {
        "by_size": config.scale_attn_weights,
        "divisor": number + 1 if config.scale_attn_by_inverse_layer_idx else 1,
    }
    return Layer(labels, inputs, present, query, key, value, output, heads, **more)


READERS: dict[str, Callable[[Any, int, Tensor, tuple[str, ...], Tensor], Layer]] = {
    "marian": _marian,
    "modernbert": _modernbert,
    "gpt2": _gpt2,
}
"""How a layer is read out of a network of each family of the transformers library."""
