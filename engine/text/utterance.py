"""What somebody says in a conversation, as the models that answer read it."""

from __future__ import annotations

import regex

_CONTRACTED = regex.compile(r"\s*[’']\s*(s|m|re|ve|ll|d|t)\b", regex.IGNORECASE)
_BEFORE = regex.compile(r"\s+([.,!?;:%)])")
_AFTER = regex.compile(r"\(\s+")


def plain(text: str) -> str:
    """An utterance as people type it: corpora of dialogues come with a space before every mark and around apostrophes
    ("It ’ s late ."), which nobody types."""
    text = _CONTRACTED.sub(r"'\1", text).replace("’", "'")
    return _AFTER.sub("(", _BEFORE.sub(r"\1", text)).strip()
