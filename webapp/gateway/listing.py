"""Which models there are, for the menus of pages, and what a page opens with."""

from __future__ import annotations

import time

from engine.attention import SCORES
from engine.errors import Refused
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

    def all(self) -> dict[str, ModelInfo]:
        now = time.monotonic()
        if not self._models or now - self._looked > LISTED_FOR:
            self._looked, self._models = now, {info.name: info for info in catalogue.models()}
        return self._models

    def model(self, name: str) -> ModelInfo:
        """Raises Refused for a name that is none."""
        info = self.all().get(name)
        if info is None:
            raise Refused("There is no model {name}.", name=name)
        return info

    def models(self, task: str = "translation") -> dict[str, ModelInfo]:
        """Models of one task by name, in the order in which the store gives them."""
        return {name: info for name, info in self.all().items() if info.task == task}

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

    def reverse(self, name: str) -> str | None:
        """A model of the other direction, with the same scoring function where there is one; None without any."""
        known = self.models()
        if name not in known:
            return None
        back = catalogue.reverse(known[name], known.values())
        return back.name if back else None

    def lab(self, source: str = "en", target: str = "fr") -> dict[str, str]:
        """For each scoring function the model that uses it between two languages, in the order of the engine.

        They differ in their scoring function alone, so that none has a window, another selection, or an encoder that
        reads ahead alone; of several models it is the one that bears the function's name.
        """
        by_score: dict[str, str] = {}
        models = self.models().items()
        for name, info in sorted(models, key=lambda pair: not pair[0].endswith(pair[1].score.replace("_", "-"))):
            if (info.source_language, info.target_language) == (source, target) and info.plain:
                by_score.setdefault(info.score, name)
        return {score: by_score[score] for score in SCORES if score in by_score}
