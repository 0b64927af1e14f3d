"""A sentence as markdown with some of its words marked."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.i18n import escaped


def marked(text: str, words: Sequence[str], new: set[int]) -> str:
    """A sentence as markdown, those of its words marked that are `new`; nothing in it passes for markup."""
    parts, done = [], 0
    for k, word in enumerate(words):
        start = text.find(word, done) if word else -1
        if start < 0:
            continue
        plain = escaped(word)
        parts += [escaped(text[done:start]), f":blue-background[{plain}]" if k in new else plain]
        done = start + len(word)
    return "".join([*parts, escaped(text[done:])])
