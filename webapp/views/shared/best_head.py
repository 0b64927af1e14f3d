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
    best = next(((reading, aer) for reading, aer in _table(info) if reading.head is not None), None)
    if best is None:
        return ""
    reading, aer = best
    sentence = (
        t("The alignment finder's best is head {head} of layer {layer}, one step later (AER {aer} %).")
        if reading.shift
        else t("The alignment finder's best is head {head} of layer {layer}, not one step later (AER {aer} %).")
    )
    aer = _held_out(info, reading, aer)
    return sentence.format(head=(reading.head or 0) + 1, layer=reading.layer + 1, aer=f"{100 * aer:.0f}")


def _held_out(info: ModelInfo, best: HeadReading, aer: float) -> float:
    """The AER of this head on sentences that did not choose it; the one given where both halves chose others."""
    held_out: Any = _heads(info).get("held_out")
    if not held_out or any(
        (choice["layer"], choice["head"]) != (best.layer, best.head) for choice in held_out["choices"]
    ):
        return aer
    return float(held_out["aer"]["value"])


def _table(info: ModelInfo) -> list[tuple[HeadReading, float]]:
    """Readings with their AER, the best first."""
    return [
        (HeadReading(row["layer"], row["head"], row["shift"], row["end"]), row["aer"]["value"])
        for row in _heads(info).get("table", [])
    ]


def _heads(info: ModelInfo) -> Any:
    """What was measured of the heads by links that people drew, else by a statistical aligner's."""
    alignment: Any = (info.metrics or {}).get("alignment", {})
    for where in ("gold", "aligner"):
        if heads := alignment.get(where, {}).get("heads"):
            return heads
    return {}
