"""A small GPT-2 (Radford et al. 2019), as the transformers library builds it: it says what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from engine.models.transformer.encoder import BeforeOutput
from engine.text.bytepieces import END, END_ID, BytePieces


@dataclass(frozen=True)
class LanguageConfig:
    """Sizes; `limit` is the most pieces that it looks at, and the length of what it learns from."""

    vocabulary: int
    size: int = 192
    layers: int = 4
    heads: int = 4
    limit: int = 256
    dropout: float = 0.0

    def gpt2(self) -> GPT2Config:
        return GPT2Config(
            vocab_size=self.vocabulary,
            n_positions=self.limit,
            n_embd=self.size,
            n_layer=self.layers,
            n_head=self.heads,
            embd_pdrop=self.dropout,
            resid_pdrop=self.dropout,
            attn_pdrop=self.dropout,
            bos_token_id=END_ID,
            eos_token_id=END_ID,
        )


def new(config: LanguageConfig) -> BeforeOutput:
    # On one CPU core the plain formula, forward and back, takes less time than the fused one at these lengths.
    return BeforeOutput(GPT2LMHeadModel._from_config(config.gpt2(), attn_implementation="eager"))


def fast_tokenizer(words: BytePieces) -> PreTrainedTokenizerFast:
    """Our tokenizer as the library has it. It adds nothing: give it `<|endoftext|>` before a text, as in training."""
    return PreTrainedTokenizerFast(
        tokenizer_object=words.fast,
        bos_token=END,
        eos_token=END,
        pad_token=END,
        unk_token=END,
        clean_up_tokenization_spaces=False,
        split_special_tokens=True,
        model_input_names=["input_ids", "attention_mask"],
    )
