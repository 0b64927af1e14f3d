"""What the alignment finder found of a model that has several heads, as it stands in the model's figures."""

from __future__ import annotations

from typing import Any

from engine.evaluation.heads import HeadReading
from engine.store.catalogue import ModelInfo
from webapp.i18n import t


def best(info: ModelInfo) -> HeadReading | None:
    """The layer whose heads align best on average at the step that writes a word; None where nobody looked."""
    return next((one for one, _ in _table(info) if one.head is None and not one.shift), None)


def said(info: ModelInfo) -> str:
    """Which single head aligns best, in a sentence; empty where nobody looked."""
    found = next(((one, aer) for one, aer in _table(info) if one.head is not None), None)
    if found is None:
        return ""
    one, aer = found
    sentence = (
        t("The alignment finder's best is head {head} of layer {layer}, one step later (AER {aer} %).")
        if one.shift
        else t("The alignment finder's best is head {head} of layer {layer}, not one step later (AER {aer} %).")
    )
    return sentence.format(head=(one.head or 0) + 1, layer=one.layer + 1, aer=f"{100 * aer:.0f}")


def _table(info: ModelInfo) -> list[tuple[HeadReading, float]]:
    """Readings with their AER, the best first; by links that people drew, else by a statistical aligner's."""
    alignment: Any = (info.metrics or {}).get("alignment", {})
    for where in ("gold", "aligner"):
        rows = alignment.get(where, {}).get("heads", {}).get("table")
        if rows:
            return [
                (HeadReading(row["layer"], row["head"], row["shift"], row["end"]), row["aer"]["value"]) for row in rows
            ]
    return []
