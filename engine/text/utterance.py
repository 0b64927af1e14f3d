"""What somebody says in a conversation, as the models that answer read it."""

from __future__ import annotations

import regex

_CONTRACTED = regex.compile(r"(?<=[\p{L}\d])\s*[’']\s*(s|m|re|ve|ll|d|t)\b(?!\s*[’'])", regex.IGNORECASE)
"""After a word, and not closed by another mark: 'd' and 'T' are quoted letters."""
_NUMBER = regex.compile(r"(?<=\d) ([.,:]) (?=\d)")
_MONEY = regex.compile(r"([$£€¥])\s+(?=\d)")
_BEFORE = regex.compile(r"\s+([.,!?;:%)])")
_AFTER = regex.compile(r"\(\s+")


def plain(text: str) -> str:
    """An utterance as people type it: corpora of dialogues come with a space before every mark and around apostrophes
    ("It ’ s late ."), and in numbers and prices ("$ 3 . 50"), which nobody types."""
    text = _CONTRACTED.sub(r"'\1", text).replace("’", "'")
    text = _MONEY.sub(r"\1", _NUMBER.sub(r"\1", text))
    return _AFTER.sub("(", _BEFORE.sub(r"\1", text)).strip()
