"""What pages ask of translators."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.attention.imposed_codes import imposed
from engine.inference.consensus import Agreed, consensus
from engine.inference.drawn import Drawn, drawn
from engine.inference.imposed import Imposition, impose
from engine.inference.translation import Translation
from engine.inference.translator import Translator
from engine.inference.word_matrices import WordMatrix
from engine.traces import Effect, Read
from webapp.gateway.door import Door

if TYPE_CHECKING:
    from engine.inference.translation_faithfulness import Erasure, Shuffled


class EffectOf(NamedTuple):
    """Which source words the pieces of a translation needed."""

    translation: Translation

    def __call__(self, translator: Translator, opened: Callable[[str], Any]) -> Effect:
        effect = translator.with_effect(self.translation).effect
        assert effect is not None
        return effect


class WordsOf(NamedTuple):
    """The matrix over given words."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    read: Read

    def __call__(self, translator: Translator, opened: Callable[[str], Any]) -> WordMatrix:
        return translator.align(self.source, self.target, tokenized=True, read=self.read)


class ErasureOf(NamedTuple):
    """What becomes of a translation as its source words go; attention is of a layer and a head."""

    translation: Translation
    layer: int | None
    head: int | None

    def __call__(self, translator: Translator, opened: Callable[[str], Any]) -> Erasure:
        from engine.inference.translation_faithfulness import erasure

        return erasure(translator, self.translation, layer=self.layer, head=self.head)


class ShuffledOf(NamedTuple):
    """What becomes of a translation when its weights are shuffled."""

    translation: Translation

    def __call__(self, translator: Translator, opened: Callable[[str], Any]) -> Shuffled:
        from engine.inference.translation_faithfulness import shuffled

        return shuffled(translator, self.translation)


class AgreedOn(NamedTuple):
    """What all models that one names say together of given words."""

    source: tuple[str, ...]
    target: tuple[str, ...]

    def __call__(self, translator: Translator, opened: Callable[[str], Any]) -> Agreed:
        together = consensus(translator.info, opened)
        return together.align(self.source, self.target, tokenized=True)


class Sentences:
    """Sentences translated and aligned, through the door that all pages share."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def sentences(self, name: str, text: str) -> tuple[str, ...]:
        """The sentences of a text, each as those that a model learnt from are written; asked several times in one run
        of a page. Raises Refused."""
        from engine.text.document import sentences

        def cut() -> tuple[str, ...]:
            language = self._door.listing.model(name).source_language or ""
            return tuple(sentences(self._door.opened(name).normalised(text).text, language))

        return self._door.answers.get_or_compute(self._door.key(name, "sentences", text), cut)

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
        effect = self._door.ask_later(name, _effect_of(translation), EffectOf(replace(translation, trace=None)))
        return replace(translation, effect=effect)

    def knows_effect(self, name: str, translation: Translation) -> bool:
        """Whether `with_effect` answers at once."""
        return translation.effect is not None or self._door.known(name, *_effect_of(translation))

    def impose(self, name: str, translation: Translation, codes: Sequence[str], beam: int) -> Imposition:
        """What becomes of a translation once its attention is changed as ids say; the new one is searched for with a
        beam. Raises Refused."""
        asked = ("impose", translation.text, translation.ids, tuple(codes), beam)
        changes = imposed(codes)
        return self._door.ask(name, asked, lambda translator: impose(translator, translation, changes, beam))

    def erasure(self, name: str, translation: Translation, place: tuple[int | None, int | None]) -> Erasure:
        """What becomes of a translation as its source words go, in order of attention, of effect and by chance;
        attention is of the layer and head `place`, from 0, or None to leave them to the engine. Raises Refused."""
        translation = self.with_effect(name, translation)
        asked = ("erasure", translation.text, translation.ids, place)
        return self._door.ask_later(name, asked, ErasureOf(translation, *place))

    def shuffled(self, name: str, translation: Translation) -> Shuffled:
        """What becomes of a translation when the weights of every step are shuffled. Raises Refused."""
        asked = ("shuffled", translation.text, translation.ids)
        return self._door.ask_later(name, asked, ShuffledOf(translation))

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
        asked, work = _alignment(source, target, read), WordsOf(source, target, read)
        if later:
            return self._door.ask_later(name, asked, work)
        return self._door.ask(name, asked, lambda translator: work(translator, self._door.opened))

    def consensus(self, name: str, source: tuple[str, ...], target: tuple[str, ...]) -> Agreed:
        """What all models that this one names say together of the given words; lets others go first. Raises Refused."""
        return self._door.ask_later(
            name, self._consensus(name, source, target), AgreedOn(source, target), self.consensus_of(name)
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
