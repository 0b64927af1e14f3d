"""An encoder that answers with a label: ModernBERT of the transformers library (Warner et al. 2024, arXiv:2412.13663).

Small, every layer attending to the whole text, and its label read from the mean of all places, which learns from few
texts sooner than a [CLS] does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import (
    ModernBertConfig,
    ModernBertForMaskedLM,
    ModernBertForSequenceClassification,
    PreTrainedTokenizerFast,
)

from engine.text.wordpieces import FIRST, FIRST_ID, LAST, LAST_ID, MASK, PAD, PAD_ID, UNKNOWN, WordPieces


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes: `inner` is that of the gated feed-forward layers, `limit` the most pieces of a text that are read."""

    vocabulary: int
    labels: tuple[str, ...]
    size: int = 192
    inner: int = 384
    layers: int = 3
    heads: int = 4
    limit: int = 512
    dropout: float = 0.1

    def modernbert(self) -> ModernBertConfig:
        return ModernBertConfig(
            vocab_size=self.vocabulary,
            id2label=dict(enumerate(self.labels)),
            label2id={label: number for number, label in enumerate(self.labels)},
            hidden_size=self.size,
            intermediate_size=self.inner,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            max_position_embeddings=self.limit,
            layer_types=["full_attention"] * self.layers,
            classifier_pooling="mean",
            embedding_dropout=self.dropout,
            mlp_dropout=self.dropout,
            classifier_dropout=self.dropout,
            pad_token_id=PAD_ID,
            bos_token_id=FIRST_ID,
            eos_token_id=LAST_ID,
            cls_token_id=FIRST_ID,
            sep_token_id=LAST_ID,
        )


class Encoder(nn.Module):
    """The library's classifier, as `net`."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    @classmethod
    def new(cls, config: EncoderConfig) -> Encoder:
        # On one CPU core the plain formula, forward and back, takes less time than the fused one at these lengths.
        return cls(ModernBertForSequenceClassification._from_config(config.modernbert(), attn_implementation="eager"))

    def forward(
        self,
        ids: Int[Tensor, "document piece"],
        present: Bool[Tensor, "document piece"],
        embedded: Float[Tensor, "document piece hidden"] | None = None,
    ) -> Float[Tensor, "document label"]:
        """Logits; `embedded` are vectors of the pieces in place of the embedding's own."""
        inputs = {"input_ids": ids} if embedded is None else {"inputs_embeds": embedded}
        logits: Tensor = self.net(**inputs, attention_mask=present).logits
        return logits

    @property
    def embedding(self) -> nn.Embedding:
        embedding: nn.Embedding = self.net.get_input_embeddings()
        return embedding

    def masked(self) -> Any:
        """The library's model that guesses masked pieces, with the same embedding, layers and head as this one."""
        guessing = ModernBertForMaskedLM._from_config(self.net.config, attn_implementation="eager")
        guessing.model, guessing.head = self.net.model, self.net.head
        guessing.tie_weights()
        return guessing


class BeforeOutput(nn.Module):
    """A language model of the library up to its output layer, which a loss applies where it is wanted alone."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Int[Tensor, "batch piece"]) -> Float[Tensor, "batch piece hidden"]:
        more = {"use_cache": False} if self.net.can_generate() else {}
        read: Tensor = self.net.base_model(input_ids=ids, **more).last_hidden_state
        return read

    def train(self, mode: bool = True) -> BeforeOutput:
        """Nothing is dropped out: in a few passes over text that is never cut alike, a small model learns nothing by
        heart."""
        super().train(False)
        return self

    def last(self, read: Float[Tensor, "*any hidden"]) -> Float[Tensor, "*any hidden"]:
        """What the output layer is to be applied to."""
        transformed: Tensor = self.net.head(read) if hasattr(self.net, "head") else read
        return transformed

    @property
    def weight(self) -> Float[Tensor, "vocabulary hidden"]:
        weight: Tensor = self.net.get_output_embeddings().weight
        return weight

    @property
    def bias(self) -> Float[Tensor, " vocabulary"]:
        bias = self.net.get_output_embeddings().bias
        return self.weight.new_zeros(len(self.weight)) if bias is None else bias


def fast_tokenizer(words: WordPieces) -> PreTrainedTokenizerFast:
    """Our tokenizer as the library has it."""
    return PreTrainedTokenizerFast(
        tokenizer_object=words.fast,
        pad_token=PAD,
        unk_token=UNKNOWN,
        cls_token=FIRST,
        sep_token=LAST,
        mask_token=MASK,
        clean_up_tokenization_spaces=False,
        split_special_tokens=True,
        model_input_names=["input_ids", "attention_mask"],
    )
