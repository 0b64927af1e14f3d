"""What the Mechanisms page puts side by side: one sentence, read by models that differ in one part of attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.attention import SELECTIONS
from engine.errors import Refused
from engine.evaluation.alignment import entropy, movement
from engine.inference.drawn import Drawn
from engine.inference.sentence_maps import values, without_end_row
from engine.inference.translation import Translation
from engine.store.catalogue import ModelInfo
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.views.mechanisms.forms import Shown
from webapp.views.shared.stored_figures import stored


@dataclass(frozen=True, eq=False)
class Answer:
    """What one model made of the sentence; `drawn` where its attention chooses one place."""

    shown: Shown
    translation: Translation
    drawn: Drawn | None

    @cached_property
    def _rows(self) -> np.ndarray:
        """The rows of attention, end of sentence included, the row that ends the output left out."""
        assert self.translation.trace is not None  # models without attention are not compared here
        return values(without_end_row(self.translation.trace.by_words()))

    @property
    def bits(self) -> float:
        """Mean entropy of the rows."""
        return float(entropy(self._rows).mean()) if len(self._rows) else 0.0

    @property
    def moves(self) -> float:
        """How far the map moves from row to row, 0 to 1."""
        return movement(self._rows)

    @property
    def facts(self) -> dict[str, Any]:
        """What is measured of the map, for files."""
        drawn = self.drawn
        draws = None if drawn is None else {"places": drawn.places.tolist(), "differ": round(drawn.differ(), 4)}
        return {
            "model": self.shown.info.name,
            "entropy_bits": round(self.bits, 4),
            "movement": round(self.moves, 4),
            "draws": draws,
        }


def ask(chosen: Sequence[Shown], text: str, *, target: str | None, effect: bool) -> list[Answer]:
    """One answer of each model: each its own translation, unless all are to read `target`. May refuse."""
    answers = []
    for shown in chosen:
        name = shown.info.name
        translation = gateway.sentences.translate(name, text, target=target, effect=effect)
        chooses = SELECTIONS[shown.info.form[2]].chooses
        answers.append(Answer(shown, translation, gateway.sentences.drawn(name, translation) if chooses else None))
    return answers


MEASURED = {
    "bleu_greedy": ("bleu", "greedy"),
    "bleu": ("bleu", "beam5"),
    "perplexity": ("perplexity", "per_piece"),
    "aer_attention": ("alignment", "gold", "attention", "aer"),
    "aer_effect": ("alignment", "gold", "effect", "aer"),
    "aligner_attention": ("alignment", "aligner", "attention", "aer"),
    "aligner_effect": ("alignment", "aligner", "effect", "aer"),
}
"""Where each figure stands in `metrics.json`; below it lie value, low and high."""


def measured(chosen: Sequence[Shown]) -> pd.DataFrame:
    """One row for each model: stored figures with their 95 % intervals, AER in %, training in minutes.

    `milliseconds` is what each needed just now for the first example, None where nobody could be served.
    """
    rows = [
        {"name": shown.title, **_figures(shown.info), "milliseconds": _milliseconds(shown.info.name)}
        for shown in chosen
    ]
    return pd.DataFrame(rows)


def of_all(models: Mapping[str, ModelInfo], labels: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """The same for models of any kind, with their `labels` along each axis."""
    return pd.DataFrame([{"name": name, **labels[name], **_figures(info)} for name, info in models.items()])


def _figures(info: ModelInfo) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, path in MEASURED.items():
        for end in ("value", "low", "high"):
            value = stored(info.metrics, *path, end)
            column = name if end == "value" else f"{name}_{end}"
            row[column] = value * 100 if value is not None and name.startswith(("aer", "aligner")) else value
    seconds = stored(info.training, "seconds")
    row["updates"] = info.updates or None
    row["parameters"] = stored(info.training, "parameters")
    row["minutes"] = None if seconds is None else seconds / 60
    return row


def _milliseconds(model: str) -> float | None:
    try:
        return 1000 * gateway.sentences.translate(model, examples("en")[0]).seconds
    except Refused:
        return None
