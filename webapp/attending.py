"""The Transformer side of the door to the engine: what pages ask of attention, in turns, answers kept for a while."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine.capture.edits import NONE, Edits
from engine.inference import load as inference_load
from engine.models.transformer.locks import one_at_a_time
from engine.store import catalogue
from engine.store.catalogue import ModelInfo, guest_sees
from engine.traces import Trace
from webapp import cached, pictured
from webapp.examples.reviews import reviews
from webapp.examples.sentences import examples
from webapp.gateway.turns import Kept

if TYPE_CHECKING:
    from engine.capture.arithmetic import Arithmetic
    from engine.capture.edits import AttentionKind
    from engine.capture.overview import Overview
    from engine.inference.transformer import Looked, Transformer

FAVOURITES = ("translation/en-fr-transformer", "classification/imdb-transformer", "language/reviews-gpt")
LOOKS, READINGS = 24, 8  # results; an overview of 144 heads takes up to a megabyte
LARGEST_READING = 32_000_000  # bytes of one that is kept

Result = TypeVar("Result")

_looks = Kept(LOOKS)
_readings = Kept(READINGS)


def models() -> dict[str, ModelInfo]:
    """Our Transformers by name, those a visitor should meet first in front."""
    known = {
        name: info
        for task in ("translation", "classification", "language")
        for name, info in cached.models(task).items()
        if info.heads
    }
    first = [name for name in FAVOURITES if name in known]
    return {name: known[name] for name in [*first, *(name for name in known if name not in first)]}


def guests() -> list[str]:
    """Models that others made, below the folder that whoever runs the app has named for them."""
    return catalogue.guests()


def example(info: ModelInfo) -> str:
    """A text to begin with: a review for what has learnt from reviews, else a sentence."""
    if info.task in ("classification", "language"):
        return reviews(info.source_language)["short"]
    return examples(info.source_language)[0]


def warm() -> None:
    """Answer the first question that the page asks, where there is a model to ask."""
    for info in list(models().values())[:1]:
        look(info.name, example(info))


def ready(name: str) -> bool:
    """Whether a model answers at once, or is one of ours, which takes a moment."""
    return name in models() or cached.held(_key(name)) is not None


def load(name: str, watch: Callable[[int, int], None] | None = None) -> None:
    """Fetch a model and hold it; `watch` is told how many bytes of how many are here. Raises Refused."""
    cached.hold(_key(name), lambda: _loaded(name, watch))


def fingerprint(name: str) -> str:
    """Eight hexadecimal digits of the weights' hash."""
    known = models().get(name)
    return known.weights_sha256[:8] if known else cached.fingerprint(name)


def aligning(name: str) -> dict[str, Sequence[Mapping[str, Any]]]:
    """What was measured of each head as a word aligner, best first, by what it was held against: gold, aligner."""
    known = models().get(name)
    alignment = ((known.metrics if known else None) or {}).get("alignment", {})
    return {
        where: alignment[where]["heads"]["table"]
        for where in ("aligner", "gold")
        if "heads" in alignment.get(where, {})
    }


def sees(name: str) -> bool:
    """Whether a model reads pictures and no texts, as far as that is known before it is loaded."""
    model = cached.held(_key(name))
    return model.sees if model is not None else guest_sees(name)


def look(
    name: str, text: str, pair: str | None = None, edits: Edits | None = None, image: bytes | None = None
) -> Looked:
    """A text, or the picture in a file, as the model reads it, all its heads made small. Raises Refused."""
    with one_at_a_time:
        from engine.inference.transformer import Request
    request = Request(text, pair, edits or NONE, image)
    found = _kept(
        _looks,
        (name, fingerprint(name), *pictured.key(request)),
        lambda: pictured.without(_ask(name, lambda model: model.look(request))),
    )
    return pictured.restored(found, request)


def overview(name: str, looked: Looked, kind: AttentionKind, *, words: bool, special: bool) -> Overview:
    """All heads of one kind by piece or by word, with special tokens or without."""
    if special and not words:
        return looked.overview(kind)
    asked = (name, fingerprint(name), *pictured.key(looked.request), kind, words, special)
    return _kept(
        _looks, asked, lambda: _ask(name, lambda model: model.overview(looked, kind, words=words, special=special))
    )


def head(name: str, looked: Looked, kind: AttentionKind, layer: int, head: int) -> Trace:
    """One head whole. Raises Refused."""
    return _ask(name, lambda model: model.head(looked, kind, layer, head))


def looks(name: str, looked: Looked, kind: AttentionKind, query: int) -> np.ndarray:
    """looks[layer, head, key]: where one position looked, in every head. Raises Refused."""
    asked = (name, fingerprint(name), *pictured.key(looked.request), kind, query)
    return _kept(_readings, asked, lambda: _ask(name, lambda model: model.looks(looked, kind, query)))


def arithmetic(name: str, looked: Looked, kind: AttentionKind, cell: tuple[int, int, int, int]) -> Arithmetic:
    """How a weight came about; `cell` is layer, head, query and key. Raises Refused."""
    return _ask(name, lambda model: model.arithmetic(looked, kind, *cell))


def reading(name: str, looked: Looked, what: str, kind: AttentionKind, of: int | None = None) -> Trace:
    """One of the engine's readings of all heads together; a gradient is taken `of` that output. Raises Refused."""
    asked = (name, fingerprint(name), *pictured.key(looked.request), what, kind, of)
    found: Trace | None = _readings.get(asked)
    if found is None:
        found = _ask(name, lambda model: model.reading(looked, what, kind, of))
        if found.weights.nbytes <= LARGEST_READING:
            _readings.put(asked, found)
    return found


def compare(before: Looked, after: Looked) -> tuple[float, ...]:
    """By how many nats ln p of each token of the answer rose; empty where the answers are of other tokens."""
    with one_at_a_time:
        from engine.capture.output import compared
    tokens = [[token.text for token in one.output.tokens] for one in (before, after)]
    return tuple(by for _, by in compared(before.output, after.output)) if tokens[0] == tokens[1] else ()


def _ask(name: str, compute: Callable[[Transformer], Result]) -> Result:
    model = _transformer(name)
    with cached.turn():
        return compute(model)


def _kept(where: Kept, asked: Hashable, compute: Callable[[], Result]) -> Result:
    found: Result | None = where.get(asked)
    if found is None:
        found = compute()
        where.put(asked, found)
    return found


def _key(name: str) -> tuple[str, str]:
    return f"attention of {name}", fingerprint(name)


def _transformer(name: str) -> Transformer:
    found: Transformer = cached.hold(_key(name), lambda: _loaded(name, None))
    return found


def _loaded(name: str, watch: Callable[[int, int], None] | None) -> tuple[Any, int]:
    model = inference_load.transformer(name, cached.device(), watch=watch)
    return model, sum(p.numel() * p.element_size() for p in model.model.parameters())
