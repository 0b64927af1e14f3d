"""What pages ask of Transformers: every head of every layer, one of them whole, and readings of all together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine.capture.edits import NONE, Edits
from engine.inference import load as load_model
from engine.models.transformer.locks import one_at_a_time
from engine.store import catalogue
from engine.store.catalogue import ModelInfo, foreign_sees
from engine.traces import Trace
from webapp.gateway import foreign, pictured
from webapp.gateway.answers import Answers
from webapp.gateway.door import Door

if TYPE_CHECKING:
    from engine.capture.arithmetic import Arithmetic
    from engine.capture.edits import AttentionKind
    from engine.capture.languages import Languages
    from engine.capture.overview import Overview
    from engine.inference.looked import Looked
    from engine.inference.step_by_step.self_attention.layer import Layer
    from engine.inference.transformer import Transformer

FAVOURITES = ("translation/en-fr-transformer", "classification/imdb-transformer", "language/reviews-gpt")
KEPT = 256  # answers at most
MEMORY = int(os.environ.get("ALIGNSCOPE_ANSWER_MEMORY", 400_000_000))  # bytes of them

Answer = TypeVar("Answer")


class Heads:
    """Attention of Transformers, through the door that all pages share; answers are kept for a while."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._answers = Answers(KEPT, MEMORY)

    def models(self) -> dict[str, ModelInfo]:
        """Our Transformers by name, those a visitor should meet first in front."""
        known = {
            name: info
            for task in ("translation", "classification", "language")
            for name, info in self._door.listing.models(task).items()
            if info.heads
        }
        first = [name for name in FAVOURITES if name in known]
        return {name: known[name] for name in [*first, *(name for name in known if name not in first)]}

    def foreign_models(self) -> list[str]:
        """Models that others made, below the folder that whoever runs the app has named for them."""
        return catalogue.foreign_models()

    def ready(self, name: str) -> bool:
        """Whether a model answers at once, or takes a moment: one of ours, or one whose weights were saved again."""
        return name in self.models() or self._door.registry.latest(_called(name)) is not None

    def load(self, name: str, watch: Callable[[int, int], None] | None = None) -> None:
        """Fetch a model and hold it; `watch` is told how many bytes of how many are here. Raises Refused."""
        self._door.registry.hold(self._key(name), lambda: self._loaded(name, watch))

    def weights_sha256(self, name: str) -> str:
        """The hash of the weights; empty where it is not known, as before a model of the hub was fetched."""
        known = self.models().get(name)
        return known.weights_sha256 if known else foreign.weights_sha256(name)

    def fingerprint(self, name: str) -> str:
        """Eight hexadecimal digits of the weights' hash, for links and below pictures; empty where it is not known."""
        return self.weights_sha256(name)[:8]

    def aligning(self, name: str) -> dict[str, Sequence[Mapping[str, Any]]]:
        """What was measured of each head as a word aligner, best first, by what it was held against: gold, aligner."""
        known = self.models().get(name)
        alignment = ((known.metrics if known else None) or {}).get("alignment", {})
        return {
            where: alignment[where]["heads"]["table"]
            for where in ("aligner", "gold")
            if "heads" in alignment.get(where, {})
        }

    def sees(self, name: str) -> bool:
        """Whether a model reads pictures and no texts, as far as that is known before it is loaded."""
        model = self._door.registry.latest(_called(name))
        return model.sees if model is not None else foreign_sees(name)

    def languages(self, name: str) -> Languages | None:
        """Those of a multilingual translator that is loaded; None of any other model."""
        model = self._door.registry.held(self._key(name))
        return None if model is None else model.languages

    def look(
        self,
        name: str,
        text: str,
        pair: str | None = None,
        edits: Edits | None = None,
        image: bytes | None = None,
        languages: tuple[str | None, str | None] = (None, None),
    ) -> Looked:
        """A text, or the picture in a file, as the model reads it, all its heads made small. Raises Refused."""
        with one_at_a_time:
            from engine.capture.request import Request
        request = Request(text, pair, edits or NONE, image, *languages)
        looked = self._answers.get_or_compute(
            (name, self.fingerprint(name), *pictured.key(request)),
            lambda: pictured.without(self._ask(name, lambda model: model.look(request))),
        )
        return pictured.restored(looked, request)

    def overview(
        self,
        name: str,
        looked: Looked,
        kind: AttentionKind,
        *,
        words: bool,
        special: bool,
        first: bool = True,
        diagonal: bool = True,
    ) -> Overview:
        """All heads of one kind by piece or by word, whole or without special tokens, the first one or the diagonal."""
        if special and first and diagonal and not words:
            return looked.overview(kind)
        how = {"words": words, "special": special, "first": first, "diagonal": diagonal}
        asked = (name, self.fingerprint(name), *pictured.key(looked.request), kind, *how.values())
        return self._answers.get_or_compute(
            asked, lambda: self._ask(name, lambda model: model.overview(looked, kind, **how))
        )

    def head(self, name: str, looked: Looked, kind: AttentionKind, layer: int, head: int) -> Trace:
        """One head whole. Raises Refused."""
        return self._ask(name, lambda model: model.head(looked, kind, layer, head))

    def looks(self, name: str, looked: Looked, kind: AttentionKind, query: int) -> np.ndarray:
        """looks[layer, head, key]: where one position looked, in every head. Raises Refused."""
        asked = (name, self.fingerprint(name), *pictured.key(looked.request), kind, query)
        return self._answers.get_or_compute(
            asked, lambda: self._ask(name, lambda model: model.looks(looked, kind, query))
        )

    def arithmetic(self, name: str, looked: Looked, kind: AttentionKind, cell: tuple[int, int, int, int]) -> Arithmetic:
        """How a weight came about; `cell` is layer, head, query and key. Raises Refused."""
        return self._ask(name, lambda model: model.arithmetic(looked, kind, *cell))

    def reading(self, name: str, looked: Looked, what: str, kind: AttentionKind, of: int | None = None) -> Trace:
        """One of the engine's readings of all heads together; a gradient is taken `of` that output. Raises Refused."""
        asked = (name, self.fingerprint(name), *pictured.key(looked.request), what, kind, of)
        return self._answers.get_or_compute(
            asked, lambda: self._ask(name, lambda model: model.reading(looked, what, kind, of))
        )

    def taken_apart(self, name: str, text: str, layer: int, padding: int) -> Layer:
        """Layer `layer` of a Transformer, from 0, with all that it computes from for a text. Raises Refused."""
        with one_at_a_time:
            from engine.inference.step_by_step.self_attention.reading import layer_of
        asked = (name, self.fingerprint(name), "layer", text, layer, padding)
        return self._answers.get_or_compute(
            asked, lambda: self._ask(name, lambda model: layer_of(model, text, layer, padding))
        )

    def compare(self, before: Looked, after: Looked) -> tuple[float, ...]:
        """By how many nats ln p of each token of the answer rose; empty where the answers are of other tokens."""
        with one_at_a_time:
            from engine.capture.output import compared
        tokens = [[token.text for token in looked.output.tokens] for looked in (before, after)]
        return tuple(by for _, by in compared(before.output, after.output)) if tokens[0] == tokens[1] else ()

    def _ask(self, name: str, compute: Callable[[Transformer], Answer]) -> Answer:
        model = self._transformer(name)
        with self._door.queue.turn():
            return compute(model)

    def _key(self, name: str) -> tuple[str, str]:
        return _called(name), self.weights_sha256(name)

    def _transformer(self, name: str) -> Transformer:
        transformer: Transformer = self._door.registry.hold(self._key(name), lambda: self._loaded(name, None))
        return transformer

    def _loaded(self, name: str, watch: Callable[[int, int], None] | None) -> tuple[Any, int]:
        model = load_model.transformer(name, self._door.device, watch=watch)
        return model, sum(p.numel() * p.element_size() for p in model.model.parameters())


def _called(name: str) -> str:
    """What the registry calls a model that is open to view."""
    return f"attention of {name}"
