"""An encoder–decoder Transformer (Vaswani et al. 2017, arXiv:1706.03762), as transformers' Marian builds it.

It fulfils `engine/decoding/contract.py`, so that search, effect and figures work as with the recurrent models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer as Fast
from tokenizers import processors
from torch import Tensor, nn
from transformers import DynamicCache, EncoderDecoderCache, MarianConfig, MarianMTModel, PreTrainedTokenizerFast

from engine.text.tokenizer import END, END_ID, PAD, PAD_ID, START, START_ID, UNKNOWN, UNKNOWN_ID, Tokenizer
from engine.traces import Rows

POSITIONS = 512
"""More than the longest output of the longest text that is read."""

Layers = tuple[tuple[Tensor, Tensor], ...]
"""Keys and values [batch, head, position, size] of each layer."""


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes: `inner` is that of the feed-forward layers, `layers` of the encoder and again of the decoder."""

    vocabulary: int
    size: int = 256
    inner: int = 1024
    layers: int = 3
    heads: int = 4
    dropout: float = 0.1

    def marian(self) -> MarianConfig:
        """One embedding for source, target and output; positions are sines, so any length can be read."""
        return MarianConfig(
            vocab_size=self.vocabulary,
            d_model=self.size,
            encoder_layers=self.layers,
            decoder_layers=self.layers,
            encoder_ffn_dim=self.inner,
            decoder_ffn_dim=self.inner,
            encoder_attention_heads=self.heads,
            decoder_attention_heads=self.heads,
            dropout=self.dropout,
            activation_function="relu",
            max_position_embeddings=POSITIONS,
            scale_embedding=True,
            init_std=self.size**-0.5,
            pad_token_id=PAD_ID,
            bos_token_id=START_ID,
            eos_token_id=END_ID,
            decoder_start_token_id=START_ID,
            forced_eos_token_id=None,
        )


class Memory(NamedTuple):
    """What the encoder leaves for the decoder; `cross` are the keys and values that each decoder layer makes of it."""

    values: Float[Tensor, "batch source size"]
    present: Bool[Tensor, "batch source"]
    cross: Layers


class Decoded(NamedTuple):
    """One step or a whole target. Weights are those of the attention from decoder to encoder."""

    read: Float[Tensor, "batch target size"]
    weights: Float[Tensor, "batch layer head target source"]
    scores: None
    state: Layers
    rows: Rows = "sum_to_one"
    centre: None = None
    width: None = None
    nowhere: bool = False


class DecoderStates(NamedTuple):
    """What training needs of a whole target."""

    read: Float[Tensor, "batch target size"]


class TransformerTranslator(nn.Module):
    """A `MarianMTModel` in the terms of the contract. Nothing of a call stays on it."""

    net: Any

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net
        # Marian keeps the output's bias as a constant; here it is learnt as well.
        net.final_logits_bias = nn.Parameter(net.final_logits_bias.detach().clone())

    @classmethod
    def new(cls, config: TransformerConfig) -> TransformerTranslator:
        # Sentences are short: on a CPU the plain formula took three quarters of the time of the fused one.
        net = MarianMTModel._from_config(config.marian(), attn_implementation="eager")
        for layer in net.modules():
            if isinstance(layer, nn.Linear) and layer is not net.lm_head:
                # As the paper's own program had them. Larger ones drown what goes round a layer, and it learns slowly.
                nn.init.xavier_uniform_(layer.weight)
        net.generation_config.max_length = POSITIONS
        net.generation_config.suppress_tokens = [PAD_ID, UNKNOWN_ID, START_ID]
        return cls(net)

    @property
    def embedding(self) -> nn.Embedding:
        shared: nn.Embedding = self.net.model.shared
        return shared

    @property
    def bias(self) -> Float[Tensor, " vocabulary"]:
        bias: Tensor = self.net.final_logits_bias[0]
        return bias

    def forward(
        self,
        source: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"],
        previous: Int[Tensor, "batch target"],
    ) -> DecoderStates:
        """All words of a target at once, without weights: what training asks for."""
        states = self.net.model(input_ids=source, attention_mask=present, decoder_input_ids=previous, use_cache=False)
        return DecoderStates(states.last_hidden_state)

    def encode(self, source: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"]) -> Memory:
        values = self.net.model.encoder(input_ids=source, attention_mask=present).last_hidden_state
        return Memory(values, present, tuple(self._cross(layer.encoder_attn, values) for layer in self._layers))

    def begin(self, memory: Memory) -> Layers:
        """Nothing said yet: keys and values without a position."""
        return tuple((keys[:, :, :0], values[:, :, :0]) for keys, values in memory.cross)

    def decode(self, memory: Memory, state: Layers, previous: Int[Tensor, "batch target"], first: int = 0) -> Decoded:
        """The words after `previous`, for one step or a whole target. `state` says how many came `first`."""
        cache = EncoderDecoderCache(DynamicCache(state), DynamicCache(memory.cross))
        states = self.net.model.decoder(
            input_ids=previous,
            encoder_hidden_states=memory.values,
            encoder_attention_mask=memory.present,
            past_key_values=cache,
            use_cache=True,
            output_attentions=True,
        )
        grown = tuple((keys, values) for keys, values, _ in cache.self_attention_cache)
        return Decoded(states.last_hidden_state, torch.stack(states.cross_attentions, 1), None, grown)

    def logits(self, read: Float[Tensor, "*any size"]) -> Float[Tensor, "*any vocabulary"]:
        """Before the softmax over the vocabulary."""
        return nn.functional.linear(read, self.embedding.weight, self.bias)

    @property
    def _layers(self) -> Any:
        return self.net.model.decoder.layers

    @staticmethod
    def _cross(attention: Any, values: Float[Tensor, "batch source size"]) -> tuple[Tensor, Tensor]:
        """Made once for each source; each step of the decoder reads the same."""
        shape = (*values.shape[:-1], -1, attention.head_dim)
        keys, read = (project(values).view(shape).transpose(1, 2) for project in (attention.k_proj, attention.v_proj))
        return keys, read


def fast_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Our tokenizer as the library has it: `</s>` after every text, which ours adds by itself."""
    fast = Fast.from_str(tokenizer.to_json())
    fast.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A {END} $B {END}", special_tokens=[(END, END_ID)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=fast,
        pad_token=PAD,
        unk_token=UNKNOWN,
        bos_token=START,
        eos_token=END,
        model_max_length=POSITIONS,
        clean_up_tokenization_spaces=False,
        split_special_tokens=True,
        model_input_names=["input_ids", "attention_mask"],
    )
