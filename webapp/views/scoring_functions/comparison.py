"""What the Scoring functions page puts side by side: one sentence, read by one model for each scoring function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.attention import SCORES
from engine.errors import Refused
from engine.evaluation.alignment import entropy
from engine.inference.translation import Translation
from webapp.examples.sentences import examples
from webapp.figures.alignment import values
from webapp.gateway.current import gateway
from webapp.shell import names
from webapp.views.shared.pair_reading import without_end_row


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model of one scoring function made of the sentence."""

    score: str
    model: str
    translation: Translation

    @property
    def bits(self) -> float:
        """Mean entropy of the rows of attention, end of sentence included, the row that ends the output left out."""
        assert self.translation.trace is not None  # models without attention have no scoring function
        rows = values(without_end_row(self.translation.trace.by_words()))
        return float(entropy(rows).mean()) if len(rows) else 0.0


def ask(models: Mapping[str, str], chosen: list[str], text: str, *, target: str | None, effect: bool) -> list[Answer]:
    """One answer for each chosen function: each its own translation, unless all are to read `target`. May refuse."""
    return [
        Answer(score, models[score], gateway.sentences.translate(models[score], text, target=target, effect=effect))
        for score in chosen
    ]


def _figure(metrics: Mapping[str, Any] | None, *path: str) -> float | None:
    """The number at the end of a path of names; None where it was not measured."""
    figure: Any = metrics
    for name in path:
        figure = figure.get(name) if isinstance(figure, dict) else None
    return float(figure) if isinstance(figure, int | float) else None


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


def measured(models: Mapping[str, str]) -> pd.DataFrame:
    """One row for each scoring function: stored figures with their 95 % intervals, AER in %, training in minutes.

    `milliseconds` is what each needed just now for the first example, None where nobody could be served.
    """
    known, rows = gateway.listing.models(), []
    for score in SCORES:
        if score not in models:
            continue
        info = known[models[score]]
        row: dict[str, object] = {"score": score, "name": names.score(score)}
        for name, path in MEASURED.items():
            for end in ("value", "low", "high"):
                value = _figure(info.metrics, *path, end)
                column = name if end == "value" else f"{name}_{end}"
                row[column] = value * 100 if value is not None and name.startswith(("aer", "aligner")) else value
        row["parameters"] = _figure(info.training, "parameters")
        seconds = _figure(info.training, "seconds")
        row["minutes"] = None if seconds is None else seconds / 60
        row["milliseconds"] = _milliseconds(models[score])
        rows.append(row)
    return pd.DataFrame(rows)


def _milliseconds(model: str) -> float | None:
    try:
        return 1000 * gateway.sentences.translate(model, examples("en")[0]).seconds
    except Refused:
        return None
