"""Which models there are, for the menus of pages, and what a page opens with."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.errors import Refused
from engine.models.recurrent.placements import PLACEMENTS
from engine.store import catalogue
from engine.store.catalogue import ModelInfo

LISTED_FOR = 30.0  # seconds until the folders of models are looked at again
FAVOURITE = "en-fr-additive"  # what a page opens with
FAVOURITE_CLASSIFIER = "imdb-han"


class Listing:
    """All models that can be used, looked up again every `LISTED_FOR` seconds."""

    def __init__(self) -> None:
        self._looked = 0.0
        self._models: dict[str, ModelInfo] = {}
        self._of_task: dict[str, dict[str, ModelInfo]] = {}

    def all(self) -> dict[str, ModelInfo]:
        now = time.monotonic()
        if not self._models or now - self._looked > LISTED_FOR:
            self._looked, self._models, self._of_task = now, {info.name: info for info in catalogue.models()}, {}
        return self._models

    def refresh(self) -> None:
        """Look again at the next question: there are other models than before."""
        self._models = {}

    def model(self, name: str) -> ModelInfo:
        """Raises Refused for a name that is none."""
        info = self.all().get(name)
        if info is None:
            raise Refused("There is no model {name}.", name=name)
        return info

    def models(self, task: str = "translation") -> dict[str, ModelInfo]:
        """Models of one task by name, in the order in which the store gives them; translators by what they are."""
        known, ordered = self.all(), self._of_task  # a page asks a dozen times in one run
        if task not in ordered:
            infos = [info for info in known.values() if info.task == task]
            infos = sorted(infos, key=_place) if task == "translation" else infos
            ordered[task] = {info.name: info for info in infos}
        return dict(ordered[task])

    def default_model(self) -> str:
        """The model that a page opens with."""
        names = list(self.models())
        if not names:
            raise Refused("There is no translation model here yet; `python -m engine train` makes one.")
        return next((name for name in names if name.endswith(FAVOURITE)), names[0])

    def default_classifier(self) -> str:
        """The model that the Documents page opens with."""
        names = list(self.models("classification"))
        if not names:
            raise Refused("There is no model here yet that classifies texts; `python -m engine train` makes one.")
        return next((name for name in names if name.endswith(FAVOURITE_CLASSIFIER)), names[0])

    def fingerprint(self, name: str) -> str:
        """Eight hexadecimal digits of the weights' hash; they stand in links and exports. Empty for no model."""
        info = self.all().get(name)
        return info.weights_sha256[:8] if info else ""

    def fingerprint_of_all(self, names: Iterable[str]) -> str:
        """One of as many digits for several models that are shown together."""
        return hashlib.sha256("".join(map(self.fingerprint, names)).encode()).hexdigest()[:8]

    def reverse(self, name: str) -> str | None:
        """A model of the other direction, with the same scoring function where there is one; None without any."""
        known = self.models()
        if name not in known:
            return None
        back = catalogue.reverse(known[name], known.values())
        return back.name if back else None

    def lab(self, source: str = "en", target: str = "fr") -> dict[str, str]:
        """For each scoring function the model that uses it between two languages, in the order of the engine.

        They differ in their scoring function alone: of the models that attend as papers do where they say nothing else
        it is the set, alike in placement and length of training, that has most functions.
        """
        alike: dict[tuple[str, int], dict[str, str]] = {}
        for name, info in self.models().items():
            if info.score and info.plain and (info.source_language, info.target_language) == (source, target):
                alike.setdefault((info.placement, info.updates), {}).setdefault(info.score, name)
        most = max(alike.values(), key=len, default={})
        return {score: most[score] for score in SCORES if score in most}


def _place(info: ModelInfo) -> tuple[object, ...]:
    """Where a translator stands in menus: by languages; with attention before none, the usual ways before the others,
    those trained longest before the others; then by scoring function. Runs of one's own come last."""
    score, window, selection = info.form
    tables = ((list(PLACEMENTS)[::-1], info.placement), (WINDOWS, window), (SELECTIONS, selection), (SCORES, score))
    placement, *parts, function = (list(table).index(name) if name in table else len(table) for table, name in tables)
    return (
        info.name.startswith("run:"),
        (info.source_language or "", info.target_language or ""),
        (info.heads, not info.attends, not info.plain, placement, *parts, info.null_key),
        (-info.updates, function),
    )
