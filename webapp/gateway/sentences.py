"""What pages ask of translators."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from engine.inference.consensus import Agreed, consensus
from engine.inference.drawn import Drawn, drawn
from engine.inference.translation import Translation
from engine.inference.word_matrices import WordMatrix
from engine.traces import Read
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
        """The same translation with its effect, which is kept by itself and waits for nobody's first picture.
        Raises Refused."""
        if translation.effect is not None:
            return translation
        effect = self._door.ask(
            name, _effect_of(translation), lambda translator: translator.with_effect(translation).effect, later=True
        )
        return replace(translation, effect=effect)

    def knows_effect(self, name: str, translation: Translation) -> bool:
        """Whether `with_effect` answers at once."""
        return translation.effect is not None or self._door.known(name, *_effect_of(translation))

    def drawn(self, name: str, translation: Translation) -> Drawn:
        """Where a model whose attention chooses one place might have looked instead. Raises Refused."""
        trace = translation.trace
        assert trace is not None
        asked = ("drawn", translation.text, translation.ids)
        return self._door.ask(name, asked, lambda translator: drawn(translator.model.attention, trace))

    def align(
        self, name: str, source: tuple[str, ...], target: tuple[str, ...], read: Read, *, later: bool = False
    ) -> WordMatrix:
        """The matrix over the given words, read by attention or by effect. Raises Refused."""
        return self._door.ask(
            name,
            _alignment(source, target, read),
            lambda translator: translator.align(source, target, tokenized=True, read=read),
            later=later,
        )

    def consensus(self, name: str, source: tuple[str, ...], target: tuple[str, ...]) -> Agreed:
        """What all models that this one names say together of the given words; lets others go first. Raises Refused."""
        info = self._door.listing.model(name)
        return self._door.ask(
            name,
            self._consensus(name, source, target),
            lambda _: consensus(info, lambda other: self._door.model(self._door.listing.model(other))).align(
                source, target, tokenized=True
            ),
            later=True,
        )

    def consensus_of(self, name: str) -> tuple[str, ...]:
        """The models that a consensus asks, each once."""
        return tuple(dict.fromkeys(named.model for named in self._door.listing.model(name).consensus))

    def knows_consensus(self, name: str, source: tuple[str, ...], target: tuple[str, ...]) -> bool:
        """Whether `consensus` answers at once."""
        return self._door.known(name, *self._consensus(name, source, target))

    def _consensus(self, name: str, source: tuple[str, ...], target: tuple[str, ...]) -> tuple[Hashable, ...]:
        """The question, with the very weights of all models that it is put to."""
        weights = tuple((other, self._door.listing.fingerprint(other)) for other in self.consensus_of(name))
        return ("consensus", weights, source, target)

    def knows_alignment(self, name: str, source: tuple[str, ...], target: tuple[str, ...], read: Read) -> bool:
        """Whether `align` answers at once."""
        return self._door.known(name, *_alignment(source, target, read))

    def heads_many(self, name: str, pairs: Sequence[tuple[Any, Any]], *, let_in: bool) -> list[Any]:
        """What every head of a translator gives for pairs of words, as its `heads_many` does. Raises Refused."""
        translator = self._door.model(self._door.listing.model(name))
        with self._door.queue.turn(let_in=let_in):
            heads: list[Any] = translator.heads_many(pairs, tokenized=True)
        return heads


def _effect_of(translation: Translation) -> tuple[Hashable, ...]:
    return ("effect", translation.text, translation.ids)


def _alignment(source: tuple[str, ...], target: tuple[str, ...], read: Read) -> tuple[Hashable, ...]:
    return ("align", source, target, read)
