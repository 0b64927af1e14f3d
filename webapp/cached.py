"""The one door to the engine: models held once for all visitors, a queue that says when it is full, results kept.

Nothing here lives in `st.cache_resource`, which any visitor can clear. Numbers that come out are frozen records.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from engine import devices
from engine.attention import SCORES
from engine.errors import Refused
from engine.inference import load as inference_load
from engine.inference.translator import Translation, Translator
from engine.inference.word_matrices import Read, WordMatrix
from engine.store import catalogue
from engine.store.catalogue import ModelInfo
from webapp.gateway.chunks import Chunk, Pace, classified
from webapp.gateway.in_turns import Patient
from webapp.gateway.turns import Kept, Queue

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness
    from engine.inference.classifier import Classifier
    from engine.inference.document_reading import Reading

BUDGET = int(os.environ.get("ALIGNSCOPE_MODEL_MEMORY", 2 * 2**30))  # bytes of weights held at once
WAITING = int(os.environ.get("ALIGNSCOPE_WAITING", "24"))  # requests that may queue for a device
KEPT = 256  # results
LISTED_FOR = 30.0  # seconds until the folders of models are looked at again
FAVOURITE = "en-fr-additive"  # what a page opens with
FAVOURITE_CLASSIFIER = "imdb-han"

Result = TypeVar("Result")


class Registry:
    """Loaded models, the least used of them dropped when their weights pass the budget (bytes)."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._loaded: OrderedDict[tuple[str, str], tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[tuple[str, str], threading.Lock] = {}

    def model(self, info: ModelInfo) -> Any:
        """The model of this name with these very weights, loaded once however many ask for it."""

        def load() -> tuple[Any, int]:
            loaded = inference_load.model(info.name, device())
            network = loaded.model if isinstance(loaded, Translator) else loaded.network
            return loaded, sum(p.numel() * p.element_size() for p in network.parameters())

        return self.hold((info.name, info.weights_sha256), load)

    def hold(self, asked: tuple[str, str], load: Callable[[], tuple[Any, int]]) -> Any:
        """What is held under a name and a fingerprint; `load` gives it and its size where it is not here yet.

        Those who ask for another are not kept waiting by a load that takes long.
        """
        with self._lock:
            mine = self._loading.setdefault(asked, threading.Lock())
        with mine:
            if (found := self.held(asked)) is not None:
                return found
            loaded, size = load()
            with self._lock:
                for other in [key for key in self._loaded if key[0] == asked[0]]:
                    del self._loaded[other]
                while self._loaded and size + sum(held for _, held in self._loaded.values()) > self.budget:
                    self._loaded.popitem(last=False)
                self._loaded[asked] = (loaded, size)
            return loaded

    def held(self, asked: tuple[str, str]) -> Any:
        """What is held under that name and fingerprint, None where it is not."""
        with self._lock:
            if asked not in self._loaded:
                return None
            self._loaded.move_to_end(asked)
            return self._loaded[asked][0]

    def __len__(self) -> int:
        return len(self._loaded)


_queue = Queue(WAITING)
_results = Kept(KEPT)
_registry = Registry(BUDGET)
_listing: tuple[float, dict[str, ModelInfo]] = (0.0, {})


@cache
def device() -> str:
    """Where models compute, "cpu" or "cuda": ALIGNSCOPE_DEVICE where it is set, else a GPU when there is one."""
    return str(devices.choose(os.environ.get("ALIGNSCOPE_DEVICE", "auto")))


def hold(asked: tuple[str, str], load: Callable[[], tuple[Any, int]]) -> Any:
    """As `Registry.hold`, within the budget of all models."""
    return _registry.hold(asked, load)


def held(asked: tuple[str, str]) -> Any:
    return _registry.held(asked)


def turn(*, let_in: bool = False) -> AbstractContextManager[None]:
    """Compute on the device, once it is one's turn. Raises Refused where too many wait, unless `let_in` says that it is
    the later part of a long request."""
    return _queue.turn(let_in=let_in)


def models(task: str = "translation") -> dict[str, ModelInfo]:
    """Models of one task by name, in the order in which the store gives them."""
    return {name: info for name, info in _known().items() if info.task == task}


def _known() -> dict[str, ModelInfo]:
    global _listing
    now = time.monotonic()
    if not _listing[1] or now - _listing[0] > LISTED_FOR:
        _listing = (now, {info.name: info for info in catalogue.models()})
    return _listing[1]


def default_model() -> str:
    """The model that a page opens with."""
    names = list(models())
    if not names:
        raise Refused("There is no translation model here yet; `python -m engine train` makes one.")
    return next((name for name in names if name.endswith(FAVOURITE)), names[0])


def default_classifier() -> str:
    """The model that the Documents page opens with."""
    names = list(models("classification"))
    if not names:
        raise Refused("There is no model here yet that classifies texts; `python -m engine train` makes one.")
    return next((name for name in names if name.endswith(FAVOURITE_CLASSIFIER)), names[0])


def fingerprint(name: str) -> str:
    """Eight hexadecimal digits of the weights' hash; they stand in links and exports."""
    info = _known().get(name)
    return info.weights_sha256[:8] if info else "0" * 8


def reverse(name: str) -> str | None:
    """A model of the other direction, with the same scoring function where there is one; None without any."""
    known = models()
    if name not in known:
        return None
    back = catalogue.reverse(known[name], known.values())
    return back.name if back else None


def lab(source: str = "en", target: str = "fr") -> dict[str, str]:
    """For each scoring function the model that uses it between two languages, in the order of the engine."""
    found: dict[str, str] = {}
    for name, info in models().items():
        if (info.source_language, info.target_language) == (source, target):
            found.setdefault(info.score, name)
    return {name: found[name] for name in SCORES if name in found}


def translate(
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
    effect = effect or _results.get((name, fingerprint(name), *asked, True)) is not None
    found: Translation = _asked(
        (*asked, effect),
        name,
        lambda translator: translator.translate(
            text, beam=beam, nbest=nbest, choose=choose, target=target, effect=effect
        ),
    )
    return found


def align(name: str, source: tuple[str, ...], target: tuple[str, ...], read: Read) -> WordMatrix:
    """The matrix over the given words, read by attention or by effect. Raises Refused."""
    found: WordMatrix = _asked(
        ("align", source, target, read),
        name,
        lambda translator: translator.align(source, target, tokenized=True, read=read),
    )
    return found


def read_document(
    name: str, text: str, *, without: frozenset[int] = frozenset(), effect: bool = False, by: str | None = None
) -> Reading:
    """What a classifier makes of a text, the sentences of the numbers `without` (from 0) left out. Raises Refused.

    `by` is the way in which the words of a Transformer are weighed, where it is to be another than its first.
    """
    asked = ("document", text, without, by)
    more = {} if by is None else {"by": by}
    effect = effect or _results.get((name, fingerprint(name), *asked, True)) is not None
    found: Reading = _asked(
        (*asked, effect), name, lambda classifier: classifier.read(text, without=without, effect=effect, **more)
    )
    return found


def judge(name: str, text: str, without: frozenset[int] = frozenset(), by: str | None = None) -> Faithfulness:
    """Whether the weights of a document mean anything, tested in turns with other visitors. Raises Refused."""
    from engine.evaluation.faithfulness import faithfulness  # brings SciPy and captum along

    key = (name, fingerprint(name), "judge", text, without, by)
    found: Faithfulness | None = _results.get(key)
    if found is None:
        pair_reading = read_document(name, text, without=without, effect=True, by=by)
        classifier = cast("Classifier", _registry.model(_known()[name]))
        found = faithfulness(Patient(classifier, _queue), pair_reading)
        _results.put(key, found)
    return found


def heads_many(name: str, pairs: Sequence[tuple[Any, Any]], *, let_in: bool) -> list[Any]:
    """What every head of a translator gives for pairs of words, as its `heads_many` does. Raises Refused."""
    translator = cast("Translator", _registry.model(_known()[name]))
    with turn(let_in=let_in):
        return translator.heads_many(pairs, tokenized=True)


def classify_many(name: str, texts: Sequence[str], first: int = 0) -> Iterator[Chunk]:
    """The texts from `first` on, classified in chunks, between which others are served.

    Whoever stops iterating has stopped the work. A text that cannot be read is told in its chunk; raises Refused only
    where the model is unknown or the queue is full at the start.
    """
    info = _known().get(name)
    if info is None:
        raise Refused("There is no model {name}.", name=name)
    pace = Pace()
    begun = False
    while first < len(texts):
        chosen = texts[first : pace.end(texts, first)]
        with _queue.turn(let_in=begun):
            chunk = classified(cast("Classifier", _registry.model(info)), chosen)
        yield chunk
        begun, first = True, first + len(chosen)
        pace.saw(chosen, chunk.seconds)
        if _queue.wanted:
            time.sleep(0.01)  # a lock is not fair: without this the next chunk would come before those who wait


def warm() -> None:
    """Load the default models and what pages import, and answer the first questions, before anybody asks."""
    import pyarrow.pandas_compat  # type: ignore[import-untyped]  # noqa: F401  # else imported by the first table

    from webapp import attending
    from webapp.examples.reviews import reviews
    from webapp.examples.sentences import examples
    from webapp.figures.files import export  # noqa: F401
    from webapp.views.shared import output_tokens, pair_reading  # noqa: F401

    name = default_model()
    translate(name, examples(models()[name].source_language)[0])
    if known := models("classification"):
        name = default_classifier()
        read_document(name, reviews(known[name].source_language)["mixed"])
    attending.warm()


def _asked(asked: tuple[Hashable, ...], name: str, compute: Callable[[Any], Result]) -> Result:
    info = _known().get(name)
    if info is None:
        raise Refused("There is no model {name}.", name=name)
    key = (name, fingerprint(name), *asked)
    found = _results.get(key)
    if found is None:
        with _queue.turn():
            found = _results.get(key)
            if found is None:
                found = compute(_registry.model(info))
                _results.put(key, found)
    return found
