"""What pages ask of translators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.inference.translator import Translation
from engine.inference.word_matrices import Read, WordMatrix
from webapp.gateway.door import Door


class Sentences:
    """Sentences translated and aligned, through the door that all pages share."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def translate(
        self,
        name: str,
        text: str,
        *,
        beam: int = 1,
        nbest: int = 1,
        choose: int = 0,
        target: str | None = None,
        effect: bool = False,
    ) -> Translation:
        """One translation with its traces; the same question a second time costs nothing. Raises Refused."""
        asked = ("translate", text, beam, nbest, choose, target)
        effect = effect or self._door.answers.get(self._door.key(name, *asked, True)) is not None
        return self._door.ask(
            name,
            (*asked, effect),
            lambda translator: translator.translate(
                text, beam=beam, nbest=nbest, choose=choose, target=target, effect=effect
            ),
        )

    def with_effect(self, name: str, translation: Translation) -> Translation:
        """The same translation with its effect, which is kept by itself. Raises Refused."""
        if translation.effect is not None:
            return translation
        asked = ("effect", translation.text, translation.ids)
        effect = self._door.ask(name, asked, lambda translator: translator.with_effect(translation).effect)
        return replace(translation, effect=effect)

    def align(self, name: str, source: tuple[str, ...], target: tuple[str, ...], read: Read) -> WordMatrix:
        """The matrix over the given words, read by attention or by effect. Raises Refused."""
        return self._door.ask(
            name,
            ("align", source, target, read),
            lambda translator: translator.align(source, target, tokenized=True, read=read),
        )

    def heads_many(self, name: str, pairs: Sequence[tuple[Any, Any]], *, let_in: bool) -> list[Any]:
        """What every head of a translator gives for pairs of words, as its `heads_many` does. Raises Refused."""
        translator = self._door.model(self._door.listing.model(name))
        with self._door.queue.turn(let_in=let_in):
            heads: list[Any] = translator.heads_many(pairs, tokenized=True)
        return heads
