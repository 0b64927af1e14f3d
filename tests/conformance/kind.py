"""How to make a small random model of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import transformers as hf

from tests.conformance import vocabularies as words

BERT: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 66,
}


@dataclass(frozen=True)
class Kind:
    """How to make one: its configuration, the heads that models of it have, its tokenizer's class and files, or the
    class that makes pictures ready. `alone` says whether these files are also found without a tokenizer.json."""

    config: str
    sizes: dict[str, Any]
    heads: tuple[str, ...]
    tokenizer: str = ""
    write: words.Write | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    alone: bool = True

    def configured(self, vocabulary: int, **more: Any) -> hf.PreTrainedConfig:
        made: Callable[..., hf.PreTrainedConfig] = getattr(hf, self.config)
        size = {"vocab_size": vocabulary} if self.write else {}
        return made(**{**size, **self.sizes, **more})
