"""What the alignment finder found of a model that has several heads, as it stands in the model's figures."""

from __future__ import annotations

from typing import Any

from engine.evaluation.heads import HeadReading
from engine.store.catalogue import ModelInfo
from webapp.i18n import N_, joined, t

PLACE = (
    N_("Best-aligned head: layer {layer}, head {head}, read at the same step (AER {aer} %, lower is better)."),
    N_("Best-aligned head: layer {layer}, head {head}, read one step later (AER {aer} %, lower is better)."),
    N_("Best-aligned head: layer {layer}, head {head}, read two steps later (AER {aer} %, lower is better)."),
)
POOR = 0.5  # an alignment error above this leaves more links wrong than right


def best(info: ModelInfo) -> HeadReading | None:
    """The layer whose heads align best on average at the step that writes a word; None where nobody looked."""
    return next((reading for reading, _ in _table(info) if reading.head is None and not reading.shift), None)


def sentence(info: ModelInfo) -> str:
    """Which single head aligns best, and how well; empty where nobody looked."""
    single = next(((reading, aer) for reading, aer in _table(info) if reading.head is not None), None)
    if single is None:
        return ""
    reading, aer = single
    aer = _held_out(info, reading, aer)
    named = t(PLACE[reading.shift]).format(
        head=(reading.head or 0) + 1, layer=reading.layer + 1, aer=f"{100 * aer:.0f}"
    )
    return joined(named, t("Even it is a poor aligner.") if aer > POOR else "")


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
