"""Parts of a tokenizer.json that would take a server down, each put into one that is sound."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

Tokenizer = dict[str, Any]


def _steps(field: str, inner: str, *steps: Mapping[str, Any]) -> Callable[[Tokenizer], None]:
    """Put these steps in the place of what is there."""

    def change(tokenizer: Tokenizer) -> None:
        tokenizer[field] = {"type": "Sequence", inner: list(steps)}

    return change


def _normalize(*steps: Mapping[str, Any]) -> Callable[[Tokenizer], None]:
    return _steps("normalizer", "normalizers", *steps)


def _cut(*steps: Mapping[str, Any]) -> Callable[[Tokenizer], None]:
    return _steps("pre_tokenizer", "pretokenizers", *steps)


def _decode(*steps: Mapping[str, Any]) -> Callable[[Tokenizer], None]:
    return _steps("decoder", "decoders", *steps)


def replace(pattern: str, content: str, kind: str = "String") -> dict[str, Any]:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def charsmap(size: int, written: bytes) -> dict[str, Any]:
    """A map as SentencePiece compiles it: a trie of `size` bytes, and what it writes."""
    whole = size.to_bytes(4, "little") + bytes(size if size < 10**6 else 0) + written
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(whole).decode()}


def _model(**fields: Any) -> Callable[[Tokenizer], None]:
    return lambda tokenizer: tokenizer["model"].update(fields)


def _unigram(*entries: Any) -> Callable[[Tokenizer], None]:
    def change(tokenizer: Tokenizer) -> None:
        tokenizer["model"] = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], *entries]}

    return change


def _adding(count: int, text: str = "<new {}>") -> Callable[[Tokenizer], None]:
    def change(tokenizer: Tokenizer) -> None:
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
        tokenizer["added_tokens"] += [{"id": 1_000 + i, "content": text.format(i), **flags} for i in range(count)]

    return change


def _template(single: list[Any], ids: list[int]) -> Callable[[Tokenizer], None]:
    def change(tokenizer: Tokenizer) -> None:
        pair = [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]
        mark = {"id": "<s>", "ids": ids, "tokens": ["<s>"] * len(ids)}
        tokenizer["post_processor"] = {
            "type": "TemplateProcessing",
            "single": single,
            "pair": pair,
            "special_tokens": {"<s>": mark},
        }

    return change


def _deep(tokenizer: Tokenizer) -> None:
    step: dict[str, Any] = {"type": "NFC"}
    for _ in range(90):
        step = {"type": "Sequence", "normalizers": [step]}
    tokenizer["normalizer"] = step


_TEXT = {"Sequence": {"id": "A", "type_id": 0}}
_MARK = {"SpecialToken": {"id": "<s>", "type_id": 0}}

HOSTILE: dict[str, Callable[[Tokenizer], None]] = {
    "a million characters of one": _normalize(replace("a", "a" * 1_000), replace("a", "a" * 1_000)),
    "doubled thirty times": _normalize(*[replace("a", "aa")] * 30),
    "doubled by a pattern": _normalize(*[replace("[a-z]", "aa", "Regex")] * 30),
    "written between all characters": _normalize(*[replace("", "aa", "Regex")] * 9),
    "much put before": _normalize({"type": "Prepend", "prepend": "a" * 10**6}),
    "put before forty times": _normalize(*[{"type": "Prepend", "prepend": "aa"}] * 40),
    "bytes of bytes": _normalize(*[{"type": "ByteLevel"}] * 30),
    "bytes of bytes, in pieces": _cut(*[{"type": "ByteLevel", "add_prefix_space": True, "use_regex": False}] * 30),
    "two to the power of the text": _cut(split("(a+)+$")),
    "two to the power, by a choice": _cut(split("(a|a)*b")),
    "a cube of the text": _cut(split("a*a*b")),
    "an expression that calls itself": _cut(split(r"(?<x>a\g<x>?)+b")),
    "a pattern in a normalizer": _normalize(replace("(a+)+$", "", "Regex")),
    "a pattern in a decoder": _decode(replace("(a+)+$", "", "Regex")),
    "a decoder that grows": _decode(*[replace("a", "a" * 60)] * 9),
    "a decoder that counts for ever": _decode({"type": "Strip", "content": "a", "start": 2**60, "stop": 2**60}),
    "a map that is none": _normalize({"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
    "a map longer than itself": _normalize(charsmap(2**31, b"")),
    "a map that writes a book": _normalize(charsmap(1024, b"a" * 100_000)),
    "20,000 added tokens": _adding(20_000),
    "added tokens of a megabyte": _adding(2, "a" * 10**6 + "{}"),
    "an added token of nothing": _adding(1, ""),
    "thousands of marks around a text": _template([_MARK] * 5_000 + [_TEXT], [2]),
    "a mark of thousands": _template([_MARK, _TEXT], [2] * 5_000),
    "the text a thousand times": _template([_TEXT] * 1_000, [2]),
    "filled up to a thousand million": lambda tokenizer: tokenizer.update(
        padding={"strategy": {"Fixed": 10**9}, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "x"}
    ),
    "cut at less than nothing": lambda tokenizer: tokenizer.update(
        truncation={"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 10**9}
    ),
    "a piece of a megabyte": lambda tokenizer: tokenizer["model"]["vocab"].update({"a" * 10**6: 99}),
    "a piece numbered 2^40": lambda tokenizer: tokenizer["model"]["vocab"].update({"zz": 2**40}),
    "words of a million letters": _model(type="WordPiece", max_input_chars_per_word=10**6),
    "a score that is no number": _unigram(["a", float("nan")]),
    "a score without an end": _unigram(["a", 1e300]),
    "a piece of nothing": _unigram(["", -1.0]),
    "ninety sequences, one in another": _deep,
    "a hundred steps": _normalize(*[{"type": "NFC"}] * 100),
    "a step that nobody knows": _normalize({"type": "Shell", "command": "true"}),
    "a step that is none": _cut({"type": 7}),
    "no model": lambda tokenizer: tokenizer.update(model=None),
    "a model that nobody knows": _model(type="Regex"),
}
