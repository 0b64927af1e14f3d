"""What a page opens with for a model."""

from __future__ import annotations

from engine.store.catalogue import ModelInfo
from webapp.examples.reviews import reviews
from webapp.examples.sentences import examples


def example(info: ModelInfo) -> str:
    """A text to begin with: a review for what has learnt from reviews, else a sentence."""
    if info.task in ("classification", "language"):
        return reviews(info.source_language)["short"]
    return examples(info.source_language)[0]
