"""Transformers small enough to make anew for every test run, as `pretrained/` would hold them: one that translates, one
that classifies and one that writes on, with tokenizers that know the example sentences."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers as hf
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from webapp.examples.reviews import REVIEWS
from webapp.examples.sentences import EXAMPLES

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_SIZES: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 32}
_PAIRED: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 512,
}


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level pieces, so that any text whatever can be read, with marks around it."""
    fast = Tokenizer(models.BPE(unk_token="[UNK]"))
    fast.normalizer = normalizers.NFC()
    fast.pre_tokenizer, fast.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    texts = [*EXAMPLES["en"], *EXAMPLES["fr"], *REVIEWS["en"].values()]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=list(MARKS), initial_alphabet=alphabet, show_progress=False
    )
    fast.train_from_iterator(texts, trainer)
    marks = [("[CLS]", 2), ("[SEP]", 3)]
    fast.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=marks
    )
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=fast, model_max_length=512, **dict(zip(names, MARKS, strict=True)), eos_token="[SEP]"
    )


def network(name: str, vocabulary: int) -> PreTrainedModel:
    """A random model with queries and keys large enough that heads differ from each other."""
    torch.manual_seed(1)
    ends = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "vocab_size": vocabulary}
    made: PreTrainedModel
    if name == "translation/en-fr-transformer":
        more = {"decoder_start_token_id": 2, "forced_eos_token_id": 3}
        made = hf.MarianMTModel(hf.MarianConfig(**_PAIRED, **ends, **more))
        made.generation_config.max_length = 24
    elif name == "classification/imdb-transformer":
        labels = {0: "negative", 1: "positive"}
        made = hf.BertForSequenceClassification(hf.BertConfig(**_SIZES, **ends, id2label=labels))
    else:
        made = hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=512, **ends))
    with torch.no_grad():
        for path, weights in made.named_parameters():
            if weights.ndim > 1:
                weights.mul_(6 if any(part in path for part in ("query", "key", "_proj", "c_attn")) else 2)
    return made.eval()


MADE = {
    "translation/en-fr-transformer": "fr",
    "classification/imdb-transformer": None,
    "language/reviews-gpt": None,
}


def make(folder: Path) -> None:
    """Fill `folder`, as `pretrained/` is."""
    words = tokenizer()
    for name, target in MADE.items():
        place = folder / name
        network(name, len(words)).save_pretrained(place)
        words.save_pretrained(place)
        described = json.loads((place / "config.json").read_text())
        described |= {"task": name.partition("/")[0], "source_language": "en", "target_language": target}
        (place / "config.json").write_text(json.dumps({**described, "weights_sha256": "ab" * 32}))
