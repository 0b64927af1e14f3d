"""Which kinds of models there are, by the `model_type` of their config.json: plain words, nothing is imported."""

from __future__ import annotations

OURS = "alignscope-"
"""How the model types begin that the transformers library does not know."""

IN_LIBRARY_FORMAT = ("marian", "modernbert", "gpt2")
"""Kinds that we train and store as the transformers library does."""

SEEING = ("beit", "clip_vision_model", "deit", "dinov2", "dinov2_with_registers", "vit")
"""Kinds of models that read pictures and no texts."""

KNOWN = (
    "albert",
    "bart",
    "beit",
    "bert",
    "bloom",
    "camembert",
    "clip_text_model",
    "clip_vision_model",
    "deberta-v2",
    "deit",
    "dinov2",
    "dinov2_with_registers",
    "distilbert",
    "electra",
    "falcon",
    "gemma",
    "gemma2",
    "gemma3_text",
    "gpt2",
    "gpt_neo",
    "gpt_neox",
    "llama",
    "m2m_100",
    "marian",
    "mbart",
    "mistral",
    "mixtral",
    "modernbert",
    "mpnet",
    "mt5",
    "opt",
    "pegasus",
    "phi",
    "phi3",
    "qwen2",
    "qwen3",
    "roberta",
    "smollm3",
    "t5",
    "vit",
    "xlm-roberta",
)
"""Kinds of models that may be opened."""
