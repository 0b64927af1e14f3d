"""What stands in a tokenizer.json that others wrote, looked at before the tokenizers library builds anything of it.

The library would take 200,000 added tokens for seven seconds, and abort the whole process where a normalizer makes a
million characters of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import Refused
from engine.text import pipeline

MAX_TOKENIZER = 64_000_000
"""Bytes of a tokenizer.json; that of Gemma has 34 million."""
MAX_PIECES = 1_000_000
MAX_ADDED, MAX_ADDED_CHARACTERS = 10_000, 300_000
LONGEST_PIECE = 1_024
LONGEST_WORD = 200
"""Characters that WordPiece looks up in one word: it takes time with their cube."""
MAX_FIXED = 100_000
_MODELS = ("BPE", "Unigram", "WordLevel", "WordPiece")


def check(name: str, described: Mapping[str, Any]) -> None:
    """Raises `Refused` for a tokenizer with parts that are not known here, or without bounds on what they take."""
    pipeline.normalizing(described.get("normalizer"))
    pipeline.cutting(described.get("pre_tokenizer"))
    pipeline.decoding(described.get("decoder"))
    pipeline.added(described.get("post_processor"))
    for field in ("truncation", "padding"):
        _check_lengths(name, field, described.get(field))
    tokens = described.get("added_tokens") or []
    check_added(name, [token.get("content") if isinstance(token, dict) else token for token in _list(name, tokens)])
    model = described.get("model")
    if not isinstance(model, dict):
        raise odd(name, "model", model)
    _check_model(name, model)


def check_added(name: str, contents: Iterable[Any]) -> None:
    """The same for the tokens that are added to a vocabulary."""
    texts = list(contents)
    if len(texts) > MAX_ADDED:
        raise Refused(
            "The tokenizer of {name} adds {count} tokens to its vocabulary; {limit} can be read.",
            name=name,
            count=len(texts),
            limit=MAX_ADDED,
        )
    for text in texts:
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_PIECE:
            raise odd(name, "added_tokens", text)
    if sum(map(len, texts)) > MAX_ADDED_CHARACTERS:
        raise odd(name, "added_tokens", texts[0])


def check_numbers(name: str, settings: Mapping[str, Any]) -> None:
    """The same for numbers in tokenizer_config.json, of which some say how many tokens the library is to make up."""
    for key, value in settings.items():
        free = key.endswith(("_id", "_len", "_length", "_size")) or not isinstance(value, int | float)
        if not free and not abs(value) <= MAX_ADDED:
            raise odd(name, key, value)


def _check_model(name: str, model: Mapping[str, Any]) -> None:
    kind = model.get("type")
    if kind is not None and kind not in _MODELS:
        raise odd(name, "model", kind)
    vocabulary = model.get("vocab")
    if not isinstance(vocabulary, dict | list) or len(vocabulary) > MAX_PIECES:
        raise odd(name, "vocab", len(vocabulary) if isinstance(vocabulary, dict | list) else vocabulary)
    if isinstance(vocabulary, list):
        _check_scores(name, vocabulary)
    elif max(map(len, vocabulary), default=0) > LONGEST_PIECE:
        raise odd(name, "vocab", max(vocabulary, key=len))
    elif not all(type(number) is int and 0 <= number <= 2 * MAX_PIECES for number in vocabulary.values()):
        raise odd(name, "vocab", next(v for v in vocabulary.values() if type(v) is not int or not 0 <= v <= MAX_PIECES))
    if len(_list(name, model.get("merges") or [])) > 2 * MAX_PIECES:
        raise odd(name, "merges", len(model["merges"]))
    longest = model.get("max_input_chars_per_word", 100)
    if type(longest) is not int or not 0 <= longest <= LONGEST_WORD:
        raise odd(name, "max_input_chars_per_word", longest)
    for field in ("continuing_subword_prefix", "end_of_word_suffix", "unk_token"):
        value = model.get(field)
        if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_PIECE):
            raise odd(name, field, value)


def _check_scores(name: str, vocabulary: list[Any]) -> None:
    """Pieces of a Unigram model with their logarithms."""
    entry = next((entry for entry in vocabulary if not _scored(entry)), None)
    if entry is not None:
        raise odd(name, "vocab", entry)


def _scored(entry: Any) -> bool:
    if type(entry) is not list or len(entry) != 2:
        return False
    piece, score = entry
    return type(piece) is str and 0 < len(piece) <= LONGEST_PIECE and type(score) in (int, float) and abs(score) < 1e9


def _check_lengths(name: str, field: str, setting: Any) -> None:
    """Texts may be cut at a length or filled up to one, which stands in one of several places."""
    if setting is None:
        return
    if not isinstance(setting, dict):
        raise odd(name, field, setting)
    strategy = setting.get("strategy")
    numbers = [v for key, v in setting.items() if isinstance(v, int | float) and not key.endswith("_id")]
    for value in [*numbers, *(strategy.values() if isinstance(strategy, dict) else ())]:
        if not isinstance(value, int) or not 0 <= value <= MAX_FIXED:
            raise odd(name, field, value)


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise odd(name, "added_tokens", value)
    return value


def odd(name: str, field: str, value: object) -> Refused:
    return Refused(
        "The tokenizer of {name} has {value} for {field}, which none here can have.",
        name=name,
        value=repr(value)[:40],
        field=field[:40],
    )
