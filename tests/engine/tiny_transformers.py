"""Small random Transformers, one of each architecture that is promised to work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

VOCABULARY, LENGTH, TARGET = 99, 9, 6
_BERT: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
}
_ENDS: dict[str, Any] = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
_PAIRED: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 64,
    "decoder_start_token_id": 0,
    "forced_eos_token_id": 1,
    **_ENDS,
}
_GROUPED: dict[str, Any] = {**_BERT, **_ENDS, "num_key_value_heads": 2, "head_dim": 8}
_VISION = {key: value for key, value in _BERT.items() if key not in ("vocab_size", "max_position_embeddings")}

MODELS: dict[str, Callable[[], PreTrainedModel]] = {
    "bert": lambda: hf.BertForMaskedLM(hf.BertConfig(**_BERT)),
    "distilbert": lambda: hf.DistilBertForMaskedLM(
        hf.DistilBertConfig(vocab_size=VOCABULARY, dim=32, n_layers=3, n_heads=4, hidden_dim=48)
    ),
    "roberta": lambda: hf.RobertaForMaskedLM(hf.RobertaConfig(**_BERT)),
    "electra": lambda: hf.ElectraForMaskedLM(hf.ElectraConfig(embedding_size=16, **_BERT)),
    "albert": lambda: hf.AlbertForMaskedLM(hf.AlbertConfig(embedding_size=16, **_BERT)),
    "modernbert": lambda: hf.ModernBertForMaskedLM(hf.ModernBertConfig(**_BERT, **_ENDS)),
    "gpt2": lambda: hf.GPT2LMHeadModel(
        hf.GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=3, n_head=4, bos_token_id=0, eos_token_id=1)
    ),
    "opt": lambda: hf.OPTForCausalLM(
        hf.OPTConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_hidden_layers=3,
            num_attention_heads=4,
            ffn_dim=48,
            max_position_embeddings=64,
            word_embed_proj_dim=32,
        )
    ),
    "gpt_neox": lambda: hf.GPTNeoXForCausalLM(hf.GPTNeoXConfig(**_BERT, **_ENDS)),
    "llama": lambda: hf.LlamaForCausalLM(hf.LlamaConfig(**_GROUPED)),
    "mistral": lambda: hf.MistralForCausalLM(hf.MistralConfig(sliding_window=4, **_GROUPED)),
    "qwen3": lambda: hf.Qwen3ForCausalLM(hf.Qwen3Config(**_GROUPED)),
    "gemma": lambda: hf.GemmaForCausalLM(hf.GemmaConfig(**_GROUPED)),
    "gemma2": lambda: hf.Gemma2ForCausalLM(hf.Gemma2Config(**_GROUPED)),
    "t5": lambda: hf.T5ForConditionalGeneration(
        hf.T5Config(
            vocab_size=VOCABULARY,
            d_model=32,
            d_kv=8,
            d_ff=48,
            num_layers=3,
            num_decoder_layers=2,
            num_heads=4,
            decoder_start_token_id=0,
        )
    ),
    "bart": lambda: hf.BartForConditionalGeneration(hf.BartConfig(**_PAIRED)),
    "marian": lambda: hf.MarianMTModel(hf.MarianConfig(**_PAIRED)),
    "vit": lambda: hf.ViTForImageClassification(hf.ViTConfig(image_size=16, patch_size=4, **_VISION)),
}
OWN_ATTENTION: dict[str, Callable[[], PreTrainedModel]] = {
    "deberta-v2": lambda: hf.DebertaV2ForMaskedLM(hf.DebertaV2Config(**_BERT)),
    "bloom": lambda: hf.BloomForCausalLM(hf.BloomConfig(vocab_size=VOCABULARY, hidden_size=32, n_layer=3, n_head=4)),
    "mpnet": lambda: hf.MPNetForMaskedLM(hf.MPNetConfig(**_BERT)),
}
"""Models whose attention does not go through the interface."""


def tiny(name: str) -> PreTrainedModel:
    """The model with large random weights, so that heads differ from each other and from looking evenly."""
    torch.manual_seed(1)
    model = {**MODELS, **OWN_ATTENTION}[name]().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)
    return model


def inputs(model: PreTrainedModel) -> dict[str, Tensor]:
    """One text (and its target), or one picture."""
    chance = torch.Generator().manual_seed(2)
    if model.main_input_name == "pixel_values":
        return {"pixel_values": torch.randn(1, 3, 16, 16, generator=chance)}
    given = {"input_ids": torch.randint(4, VOCABULARY, (1, LENGTH), generator=chance)}
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = torch.randint(4, VOCABULARY, (1, TARGET), generator=chance)
    return given


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte-pair pieces of a few words, with marks at both ends and between two texts."""
    fast = Tokenizer(models.BPE(unk_token="<unk>"))
    fast.pre_tokenizer, fast.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    marks = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    texts = ["the cat sat on the mat", "a dog ran over the hill and saw a bird"] * 3
    fast.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=90, special_tokens=marks, show_progress=False))
    fast.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    names = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=fast, mask_token="<mask>", model_max_length=64, **names)
