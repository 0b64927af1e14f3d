"""The one place where pages ask the engine, in parts by what is asked."""

from __future__ import annotations

from webapp.gateway.documents import Documents
from webapp.gateway.door import Door
from webapp.gateway.heads import Heads
from webapp.gateway.sentences import Sentences
from webapp.gateway.steps import Steps


class Gateway:
    """Which models there are, and what translators, classifiers and Transformers answer. What comes out is frozen."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: no model is listed or loaded and nothing has been asked."""
        self.door = Door()
        self.listing = self.door.listing
        self.sentences = Sentences(self.door)
        self.documents = Documents(self.door)
        self.heads = Heads(self.door)
        self.steps = Steps(self.door)

    @property
    def device(self) -> str:
        """Where models compute, "cpu" or "cuda"."""
        return self.door.device
