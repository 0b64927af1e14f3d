"""How long a text may be for a tokenizer that others made, so that reading it takes a moment and little memory."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from engine.errors import Refused
from engine.text import pipeline
from engine.text.pipeline import Growth

MOST_NORMALIZED = 4_000_000
"""Characters that a normalizer may make; 4 million take 0.3 seconds and 130 MB."""
MOST_PARTS = 200_000
"""Characters that may be made into tokens; 200,000 of one each take 0.5 seconds and 70 MB."""
MOST_SEARCHED = 200_000_000
"""Steps of a search; so many take two seconds."""


@dataclass(frozen=True)
class Limits:
    """Of one tokenizer: `normalized` is what its normalizer does, `cut` what cuts a text into words."""

    normalizer: Any
    normalized: Growth
    cut: Growth

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Limits:
        """Raises `Refused` for a tokenizer whose steps are not known here or have no bound."""
        normalized = pipeline.normalizing(_described(tokenizer.normalizer))
        cut = pipeline.cutting(_described(tokenizer.pre_tokenizer))
        pipeline.decoding(_described(tokenizer.decoder))
        pipeline.added(_described(tokenizer.post_processor))
        # A mark that takes the spaces before it along searches for them from the beginning of the text.
        marks = (mark for mark in tokenizer.get_added_tokens_decoder().values() if mark.lstrip)
        spaces = sum((0.1 / len(mark.content) for mark in marks), 0.0)
        return cls(tokenizer.normalizer, normalized, cut.then(1.0, spaces))

    @property
    def characters(self) -> int:
        """The most that a text may have before anything is done to it."""
        searched = _searchable(self.normalized.square)
        return int(min(MOST_NORMALIZED / self.normalized.times, searched))

    def check(self, text: str) -> None:
        """Raises `Refused` for a text that would take long."""
        if len(text) > self.characters:
            raise Refused(
                "This text has {count} characters and {limit} are read at most: shorten it.",
                count=len(text),
                limit=self.characters,
            )
        made = len(self.normalizer.normalize_str(text)) if self.normalizer is not None else len(text)
        most = int(min(MOST_PARTS / self.cut.times, _searchable(self.cut.square)))
        if made > most:
            raise Refused(
                "This model's tokenizer makes {count} characters of this text, and {limit} can be read: shorten it.",
                count=made,
                limit=most,
            )


def _searchable(square: float) -> float:
    """How many characters can be searched where n of them take n² · `square` / 2 steps."""
    return math.sqrt(2 * MOST_SEARCHED / square) if square else math.inf


def _described(step: Any) -> dict[str, Any] | None:
    """A step of the tokenizers library as tokenizer.json would hold it."""
    if step is None:
        return None
    described: dict[str, Any] = json.loads(step.__getstate__())
    return described
