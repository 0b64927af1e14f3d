"""What a model that others made may say of how it answers: which tokens begin, end and may stand in an answer.

Nothing of how long it goes on, by which search, or by whose code: that is settled where answers are made. A field that
is not listed here is not read, so that none the library will come to know gets in by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import GenerationConfig, PreTrainedConfig

from engine.errors import Refused, refusing
from engine.store.files import CONFIG, read_json

GENERATION = "generation_config.json"
MAX_LISTED, MAX_WORD, MAX_REPEATED = 1_000, 16, 100
"""Tokens that may be kept out of answers, tokens of a word that may, and tokens in a row that may not come twice."""

Fits = Callable[[Any, int], bool]
"""Whether a value may be that of a field, in a model whose tokens are numbered below the second argument."""


def generation(name: str, folder: Path, config: PreTrainedConfig) -> GenerationConfig:
    """From generation_config.json, or as older models have it from config.json. What does not fit is left out, as -1 is
    that says there is none. Raises `Refused` for a file that is not JSON, and for fields that contradict each other."""
    fields = read_json(folder / (GENERATION if (folder / GENERATION).exists() else CONFIG))
    with refusing(Refused("The configuration of {name} does not fit together.", name=name)):
        return GenerationConfig(**allowed(fields, _vocabulary(config)))


def allowed(stored: Mapping[str, Any], vocabulary: int) -> dict[str, Any]:
    """What of these fields is known here and fits."""
    known = ((field, stored[field], fits) for field, fits in FIELDS.items() if field in stored)
    return {field: value for field, value, fits in known if fits(value, vocabulary)}


def _vocabulary(config: PreTrainedConfig) -> int:
    sizes = [getattr(config, field, None) for field in ("vocab_size", "decoder_vocab_size")]
    return max((size for size in sizes if isinstance(size, int)), default=0)


def _token(value: Any, vocabulary: int) -> bool:
    return type(value) is int and 0 <= value < vocabulary


def _tokens(value: Any, vocabulary: int) -> bool:
    return (
        isinstance(value, list) and 0 < len(value) <= MAX_LISTED and all(_token(token, vocabulary) for token in value)
    )


def _one_or_more(value: Any, vocabulary: int) -> bool:
    return _token(value, vocabulary) or _tokens(value, vocabulary)


def _words(value: Any, vocabulary: int) -> bool:
    listed = isinstance(value, list) and 0 < len(value) <= MAX_LISTED
    return listed and all(_tokens(word, vocabulary) and len(word) <= MAX_WORD for word in value)


def _in_a_row(value: Any, _: int) -> bool:
    return type(value) is int and 0 < value <= MAX_REPEATED


FIELDS: Mapping[str, Fits] = {
    "bos_token_id": _token,
    "pad_token_id": _token,
    "eos_token_id": _one_or_more,
    "decoder_start_token_id": _token,
    "forced_bos_token_id": _token,
    "forced_eos_token_id": _one_or_more,
    "suppress_tokens": _tokens,
    "begin_suppress_tokens": _tokens,
    "bad_words_ids": _words,
    "no_repeat_ngram_size": _in_a_row,
}
"""All that is read, and what each may be."""
