"""What the library makes of a tokenizer's files, in a folder that was looked at and holds nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from engine.store import sentence_pieces
from engine.store.files import CONFIG, read_json

SETTINGS = "tokenizer_config.json"
SLOW = {"marian": "MarianTokenizer", "m2m_100": "M2M100Tokenizer"}
"""Kinds whose tokenizers the library reads with SentencePiece itself, which does not say where a piece stands."""


def build(folder: Path, config: PreTrainedConfig | None = None) -> PreTrainedTokenizerBase:
    """The tokenizer, of the kind that config.json names; that is read again where no `config` is at hand.

    Raises whatever the library raises of files that are not whole.
    """
    kind = read_json(folder / CONFIG).get("model_type") if config is None else config.model_type
    settings = read_json(folder / SETTINGS) if (folder / SETTINGS).exists() else {}
    stated = str(settings.get("tokenizer_class", "")).removesuffix("Fast")
    tokenizer: Any
    if kind not in SLOW or stated not in ("", *SLOW.values()):
        tokenizer = AutoTokenizer.from_pretrained(folder, config=config, local_files_only=True, trust_remote_code=False)
    elif (folder / "tokenizer.json").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    elif kind == "marian":
        tokenizer = sentence_pieces.marian(folder, settings)
    else:
        tokenizer = sentence_pieces.m2m100(folder, settings)
    return tokenizer
