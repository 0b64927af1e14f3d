"""What a tokenizer's steps may make of a text, told from their description: how much longer it gets, and how long
they may search it.

The description is that of the tokenizers library, as tokenizer.json holds it. Only steps that are known here pass.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Refused
from engine.text.patterns import NotPlain, steps
from engine.text.wordpieces import WORD

MOST_STEPS = 64
MOST_ADDED = 16
"""Tokens that may be put around a text; no model known here has more than five."""
LONGEST_SETTING = 64
"""Characters of what a step writes: a mark for a space, a prefix, a suffix."""
MOST_GROWTH = 1_000.0
"""Characters made of one, by all steps; those of ALBERT, which normalises twice, come to 324."""
FORMS = {"NFC": 4.0, "NFD": 4.0, "NFKC": 18.0, "NFKD": 18.0}
"""Characters that Unicode's normal forms make of one at most (eighteen of U+FDFA)."""
MAX_MAP = 4_000_000

_NORMALIZERS = {
    **dict.fromkeys(("Strip", "StripAccents", "Nmt"), 1.0),
    "Lowercase": 2.0,
    "BertNormalizer": 4.0,  # accents taken apart, or spaces around a Chinese character
    "ByteLevel": 4.0,
}
_CUTTERS = {
    **dict.fromkeys(("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits"), 1.0),
    **dict.fromkeys(("CharDelimiterSplit", "UnicodeScripts", "FixedLength"), 1.0),
    "Metaspace": 2.0,  # a mark before each part
    "ByteLevel": 5.0,  # a character for each byte, and a space before each part
}
_DECODERS = {
    **dict.fromkeys(("ByteLevel", "ByteFallback", "Fuse", "BPEDecoder", "CTC", "Strip"), 1.0),
    **dict.fromkeys(("WordPiece", "Metaspace"), 2.0),
}
_PROCESSORS = {"BertProcessing": 2, "RobertaProcessing": 2, "ByteLevel": 0}
_SEQUENCES = ("normalizers", "pretokenizers", "processors", "decoders")


@dataclass(frozen=True)
class Growth:
    """What some steps do: `times` as many characters, n² · `square` steps of a search over n of them."""

    times: float = 1.0
    square: float = 0.0

    def then(self, times: float, square: float = 0.0) -> Growth:
        """With one more step, which works on what the ones before it made."""
        grown = Growth(self.times * max(1.0, times), self.square + square * self.times**2)
        if not grown.times <= MOST_GROWTH:
            raise Refused(
                "This model's tokenizer would make more than {limit} characters of one, and is not used.",
                limit=int(MOST_GROWTH),
            )
        return grown


def normalizing(step: Any) -> Growth:
    """What a normalizer does. Raises `Refused` for a step that is not known here or has no bound."""
    growth = Growth()
    form = 1.0
    for part in flat(step):
        kind = part["type"]
        if kind in FORMS:
            # A text in one of these forms does not grow by as much again in another.
            growth, form = growth.then(FORMS[kind] / form), max(form, FORMS[kind])
            continue
        more = _normalizing(part)
        growth, form = growth.then(*more), form if more[0] <= 1 else 1.0
    return growth


def _normalizing(part: Mapping[str, Any]) -> tuple[float, float]:
    match part["type"]:
        case "Replace":
            return _replacing(part)
        case "Prepend":
            return 1.0 + len(_setting(part, "prepend")), 0.0  # before each part of a text that its marks cut
        case "Precompiled":
            return _longest_of(part), 0.0
    return _known(part, _NORMALIZERS), 0.0


def cutting(step: Any) -> Growth:
    """As `normalizing`, for a pre-tokenizer."""
    growth = Growth()
    for part in flat(step):
        if part["type"] == "Split":
            growth = growth.then(1.0, _searching(part.get("pattern"))[1])
        else:
            growth = growth.then(_known(part, _CUTTERS))
    return growth


def decoding(step: Any) -> Growth:
    """As `normalizing`, for a decoder."""
    growth = Growth()
    for part in flat(step):
        if part["type"] == "Replace":
            growth = growth.then(*_replacing(part))
        else:
            growth = growth.then(_known(part, _DECODERS))
            _number(part, "start", LONGEST_SETTING)
            _number(part, "stop", LONGEST_SETTING)
    return growth


def added(step: Any) -> int:
    """How many tokens a post-processor puts around a text at most. Raises `Refused` for too many, and for one that
    repeats the text."""
    count = 0
    for part in flat(step):
        if part["type"] == "TemplateProcessing":
            count += max(_template(part, "single", "A"), _template(part, "pair", "AB"))
        else:
            count += _PROCESSORS[_name(part, _PROCESSORS)]
    if count > MOST_ADDED:
        raise Refused(
            "This model's tokenizer puts {count} tokens around each text; {limit} can be read.",
            count=count,
            limit=MOST_ADDED,
        )
    return count


def flat(step: Any) -> list[Mapping[str, Any]]:
    """All steps in order, those of sequences in their place."""
    parts = list(_flat(step, 0))
    if len(parts) > MOST_STEPS:
        raise _odd("steps", len(parts))
    return parts


def _flat(step: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if step is None:
        return
    if not isinstance(step, dict) or depth > 4:
        raise _odd("type", step)
    if step.get("type") != "Sequence":
        yield {"type": None, **step}
        return
    inner = next((step[key] for key in _SEQUENCES if key in step), None)
    if not isinstance(inner, list) or len(inner) > MOST_STEPS:
        raise _odd("Sequence", inner)
    for part in inner:
        yield from _flat(part, depth + 1)


def _known(part: Mapping[str, Any], table: Mapping[str, float]) -> float:
    for key, value in part.items():
        if isinstance(value, str) and len(value) > LONGEST_SETTING:
            raise _odd(key, value)
    return table[_name(part, table)]


def _name(part: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in table:
        raise Refused(
            "This model's tokenizer has a step of the kind {kind}, which is not known here.", kind=repr(kind)[:40]
        )
    return kind


def _replacing(part: Mapping[str, Any]) -> tuple[float, float]:
    shortest, square = _searching(part.get("pattern"))
    return len(_setting(part, "content")) / max(1, shortest) + (shortest == 0), square


def _searching(pattern: Any) -> tuple[int, float]:
    """The length of the shortest text that a pattern finds (0 where it may be nothing), and the cost of the search."""
    if isinstance(pattern, dict) and isinstance(text := pattern.get("String"), str) and len(text) <= 1_024:
        return len(text), 0.0
    expression = pattern.get("Regex") if isinstance(pattern, dict) else None
    if not isinstance(expression, str):
        raise _odd("pattern", pattern)
    if expression == WORD:  # our own, written so that it goes over no character more than a few times
        return 1, 1.0
    try:
        counted = steps(expression)
    except NotPlain as error:
        raise Refused(
            "This model's tokenizer searches texts for {pattern}, which on some of them would take for ever.",
            pattern=expression[:80],
        ) from error
    return counted.shortest, float(counted.square)


def _setting(part: Mapping[str, Any], field: str) -> str:
    value = part.get(field)
    if not isinstance(value, str) or len(value) > LONGEST_SETTING:
        raise _odd(field, value)
    return value


def _number(part: Mapping[str, Any], field: str, most: int) -> None:
    value = part.get(field, 0)
    if type(value) is not int or not 0 <= value <= most:
        raise _odd(field, value)


def _template(part: Mapping[str, Any], field: str, texts: str) -> int:
    pieces, marks = part.get(field), part.get("special_tokens")
    if not isinstance(pieces, list) or not isinstance(marks, dict):
        raise _odd(field, pieces)
    count = 0
    texts_left = list(texts)
    for piece in pieces[: MOST_STEPS + 1]:
        match piece:
            case {"Sequence": {"id": str(side)}} if side in texts_left:
                texts_left.remove(side)
            case {"SpecialToken": {"id": str(name)}} if isinstance(mark := marks.get(name), dict):
                count += len(mark.get("ids", ()))
            case _:
                raise _odd(field, piece)
    return count if len(pieces) <= MOST_STEPS else MOST_ADDED + 1


def _longest_of(part: Mapping[str, Any]) -> float:
    """The most characters that a map compiled by SentencePiece makes of one: a trie with its size before it, and all
    that it writes, each ended by a zero."""
    text = part.get("precompiled_charsmap")
    if not text:
        return 1.0
    try:
        whole = base64.b64decode(text, validate=True) if isinstance(text, str) and len(text) <= MAX_MAP else b""
        size = int.from_bytes(whole[:4], "little")
        if len(whole) < 4 or size % 4 or 4 + size > len(whole):
            raise ValueError("no such map")
        written = whole[4 + size :].decode("utf-8")
    except (ValueError, binascii.Error) as error:
        raise _odd("precompiled_charsmap", text) from error
    return float(max(map(len, written.split("\0"))))


def _odd(field: str, value: object) -> Refused:
    return Refused(
        "This model's tokenizer has {value} for {field}, which none here can have.",
        value=repr(value)[:40],
        field=field[:40],
    )
