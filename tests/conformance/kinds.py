"""One small random model of every kind that may be opened, with the tokenizer files that its maker puts beside it."""

from __future__ import annotations

from typing import Any

from tests.conformance import vocabularies as words
from tests.conformance.kind import BERT, Kind
from tests.conformance.kinds_of_pictures import PICTURES

_DECODER: dict[str, Any] = {**BERT, "num_key_value_heads": 2, "head_dim": 8}
_PAIRED: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 66,
}
_T5: dict[str, Any] = {
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 3,
    "num_decoder_layers": 2,
    "num_heads": 4,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
    "eos_token_id": 1,
}
_ENDS = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
_GPT2 = words.byte_pairs("<|endoftext|>")
_ROBERTA = words.byte_pairs("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_FAIRSEQ = words.unigram("sentencepiece.bpe.model", ("unk", "bos", "eos"))
_LLAMA = words.merged("tokenizer.model", ("unk", "bos", "eos"))
_GEMMA = words.merged("tokenizer.model", ("pad", "eos", "bos", "unk"))


def _heads(prefix: str, *tasks: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{task}" for task in tasks)


_READS = ("ForMaskedLM", "ForSequenceClassification", "ForTokenClassification", "Model")
_WRITES = ("ForCausalLM", "ForSequenceClassification", "Model")

TEXTS: dict[str, Kind] = {
    "albert": Kind(
        "AlbertConfig",
        {**BERT, "embedding_size": 16, "pad_token_id": 0},
        _heads("Albert", *_READS, "ForPreTraining"),
        "AlbertTokenizer",
        words.unigram("spiece.model", ("pad", "unk"), ("[CLS]", "[SEP]", "[MASK]")),
    ),
    "bart": Kind(
        "BartConfig",
        {**_PAIRED, **_ENDS, "decoder_start_token_id": 2, "forced_eos_token_id": 2},
        _heads("Bart", "ForConditionalGeneration", "ForSequenceClassification", "Model"),
        "BartTokenizer",
        _ROBERTA,
    ),
    "bert": Kind(
        "BertConfig",
        BERT,
        _heads("Bert", *_READS, "ForPreTraining", "ForQuestionAnswering"),
        "BertTokenizer",
        words.word_pieces,
    ),
    "bloom": Kind(
        "BloomConfig",
        {"hidden_size": 32, "n_layer": 3, "n_head": 4},
        _heads("Bloom", *_WRITES),
        "PreTrainedTokenizerFast",
        words.byte_pairs("<unk>", "<s>", "</s>", "<pad>"),
        alone=False,
    ),
    "camembert": Kind(
        "CamembertConfig",
        {**BERT, **_ENDS, "type_vocab_size": 1},
        _heads("Camembert", *_READS),
        "CamembertTokenizer",
        _FAIRSEQ,
    ),
    "deberta-v2": Kind(
        "DebertaV2Config",
        {**BERT, "relative_attention": True, "position_buckets": 8, "pos_att_type": ["p2c", "c2p"]},
        _heads("DebertaV2", "ForMaskedLM", "ForSequenceClassification", "Model"),
        "DebertaV2Tokenizer",
        words.unigram("spm.model", ("pad", "bos", "eos", "unk", "mask")),
    ),
    "distilbert": Kind(
        "DistilBertConfig",
        {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48, "max_position_embeddings": 66},
        _heads("DistilBert", *_READS),
        "DistilBertTokenizer",
        words.word_pieces,
    ),
    "electra": Kind(
        "ElectraConfig",
        {**BERT, "embedding_size": 16},
        _heads("Electra", *_READS, "ForPreTraining"),
        "ElectraTokenizer",
        words.word_pieces,
    ),
    "falcon": Kind(
        "FalconConfig",
        {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
        _heads("Falcon", *_WRITES),
        "PreTrainedTokenizerFast",
        _GPT2,
        alone=False,
    ),
    "gemma": Kind("GemmaConfig", _DECODER, _heads("Gemma", *_WRITES), "GemmaTokenizer", _GEMMA),
    "gemma2": Kind(
        "Gemma2Config", {**_DECODER, "sliding_window": 4}, _heads("Gemma2", *_WRITES), "GemmaTokenizer", _GEMMA
    ),
    "gemma3_text": Kind(
        "Gemma3TextConfig",
        {**_DECODER, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
        ("Gemma3ForCausalLM", "Gemma3TextModel"),
        "GemmaTokenizer",
        _GEMMA,
    ),
    "gpt2": Kind(
        "GPT2Config",
        {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64, "bos_token_id": 0, "eos_token_id": 0},
        ("GPT2LMHeadModel", "GPT2ForSequenceClassification", "GPT2Model"),
        "GPT2Tokenizer",
        _GPT2,
    ),
    "gpt_neo": Kind(
        "GPTNeoConfig",
        {
            "hidden_size": 32,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 4,
            "max_position_embeddings": 64,
            "bos_token_id": 0,
            "eos_token_id": 0,
        },
        _heads("GPTNeo", *_WRITES),
        "GPT2Tokenizer",
        _GPT2,
    ),
    "gpt_neox": Kind(
        "GPTNeoXConfig",
        {**BERT, "bos_token_id": 0, "eos_token_id": 0},
        _heads("GPTNeoX", *_WRITES),
        "GPTNeoXTokenizer",
        _GPT2,
        alone=False,
    ),
    "llama": Kind("LlamaConfig", _DECODER, _heads("Llama", *_WRITES), "LlamaTokenizer", _LLAMA),
    "m2m_100": Kind(
        "M2M100Config",
        {**_PAIRED, **_ENDS, "decoder_start_token_id": 2},
        _heads("M2M100", "ForConditionalGeneration", "Model"),
        "M2M100Tokenizer",
        words.m2m,
    ),
    "nllb": Kind(
        "M2M100Config",
        {**_PAIRED, **_ENDS, "decoder_start_token_id": 2},
        ("M2M100ForConditionalGeneration",),
        "NllbTokenizer",
        words.merged("sentencepiece.bpe.model", ("unk", "bos", "eos")),
        {"extra_special_tokens": ["eng_Latn", "fra_Latn", "zho_Hans"]},
    ),
    "marian": Kind(
        "MarianConfig",
        {**_PAIRED, "eos_token_id": 0, "bos_token_id": None},
        ("MarianMTModel", "MarianModel"),
        "MarianTokenizer",
        words.marian,
    ),
    "mbart": Kind(
        "MBartConfig",
        {**_PAIRED, **_ENDS, "forced_eos_token_id": 2},
        _heads("MBart", "ForConditionalGeneration", "ForSequenceClassification"),
        "MBartTokenizer",
        _FAIRSEQ,
    ),
    "mbart50": Kind(
        "MBartConfig",
        {**_PAIRED, **_ENDS, "forced_eos_token_id": 2, "decoder_start_token_id": 2},
        ("MBartForConditionalGeneration",),
        "MBart50Tokenizer",
        _FAIRSEQ,
    ),
    "mistral": Kind(
        "MistralConfig", {**_DECODER, "sliding_window": 4}, _heads("Mistral", *_WRITES), "LlamaTokenizer", _LLAMA
    ),
    "mixtral": Kind(
        "MixtralConfig",
        {**_DECODER, "num_local_experts": 3, "num_experts_per_tok": 2},
        _heads("Mixtral", *_WRITES),
        "LlamaTokenizer",
        _LLAMA,
    ),
    "modernbert": Kind(
        "ModernBertConfig",
        {
            **BERT,
            "local_attention": 8,
            "pad_token_id": 0,
            "bos_token_id": 2,
            "eos_token_id": 3,
            "cls_token_id": 2,
            "sep_token_id": 3,
        },
        _heads("ModernBert", *_READS),
        "PreTrainedTokenizerFast",
        words.word_pieces,
        alone=False,
    ),
    "mpnet": Kind("MPNetConfig", {**BERT, **_ENDS}, _heads("MPNet", *_READS), "MPNetTokenizer", words.mpnet_pieces),
    "mt5": Kind(
        "MT5Config",
        _T5,
        ("MT5ForConditionalGeneration", "MT5EncoderModel"),
        "T5Tokenizer",
        words.unigram("spiece.model", ("pad", "eos", "unk")),
    ),
    "opt": Kind(
        "OPTConfig",
        {
            "hidden_size": 32,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "ffn_dim": 48,
            "max_position_embeddings": 64,
            "word_embed_proj_dim": 32,
            "bos_token_id": 2,
            "eos_token_id": 2,
            "pad_token_id": 1,
        },
        _heads("OPT", *_WRITES),
        "GPT2Tokenizer",
        _ROBERTA,
        {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "</s>"},
    ),
    "pegasus": Kind(
        "PegasusConfig",
        {**_PAIRED, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0, "forced_eos_token_id": 1},
        _heads("Pegasus", "ForConditionalGeneration", "Model"),
        "PegasusTokenizer",
        words.unigram("spiece.model", ("pad", "eos", "unk")),
    ),
    "phi": Kind(
        "PhiConfig",
        {**{k: v for k, v in BERT.items()}, "partial_rotary_factor": 0.5, "bos_token_id": 0, "eos_token_id": 0},
        _heads("Phi", *_WRITES),
        "CodeGenTokenizer",
        _GPT2,
    ),
    "phi3": Kind("Phi3Config", {**_DECODER, "pad_token_id": 2}, _heads("Phi3", *_WRITES), "LlamaTokenizer", _LLAMA),
    "qwen2": Kind("Qwen2Config", _DECODER, _heads("Qwen2", *_WRITES), "Qwen2Tokenizer", _GPT2),
    "qwen3": Kind("Qwen3Config", _DECODER, _heads("Qwen3", *_WRITES), "Qwen2Tokenizer", _GPT2),
    "roberta": Kind(
        "RobertaConfig",
        {**BERT, **_ENDS, "type_vocab_size": 1},
        _heads("Roberta", *_READS, "ForCausalLM"),
        "RobertaTokenizer",
        _ROBERTA,
    ),
    "smollm3": Kind(
        "SmolLM3Config",
        {**_DECODER, "num_hidden_layers": 4, "pad_token_id": 0},
        _heads("SmolLM3", *_WRITES),
        "PreTrainedTokenizerFast",
        _GPT2,
        alone=False,
    ),
    "t5": Kind(
        "T5Config",
        _T5,
        ("T5ForConditionalGeneration", "T5EncoderModel", "T5ForSequenceClassification", "T5Model"),
        "T5Tokenizer",
        words.unigram("spiece.model", ("pad", "eos", "unk")),
    ),
    "xlm-roberta": Kind(
        "XLMRobertaConfig",
        {**BERT, **_ENDS, "type_vocab_size": 1},
        _heads("XLMRoberta", *_READS),
        "XLMRobertaTokenizer",
        _FAIRSEQ,
    ),
    "clip_text_model": Kind(
        "CLIPTextConfig",
        {**BERT, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1},
        ("CLIPTextModel", "CLIPTextModelWithProjection"),
        "CLIPTokenizer",
        words.byte_pairs("<|startoftext|>", "<|endoftext|>", end="</w>"),
    ),
}

KINDS = {**TEXTS, **PICTURES}
