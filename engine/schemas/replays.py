"""A replay as values of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.inference.replay.frames import STEPS, snapped
from engine.schemas.trace import FORMAT, rounded

if TYPE_CHECKING:
    from engine.inference.replay.frames import Frame, Replay, View

DIGITS = 4
"""After the point: weights are kept in steps of 1/255."""


def replay(record: Replay) -> dict[str, Any]:
    """All of it, by `engine/schemas/replay.json`."""
    about, moment = record.about, snapped(record)
    return {
        "format": FORMAT,
        "name": about.name,
        "task": about.task,
        "source_language": about.source_language,
        "target_language": about.target_language,
        "measure": about.measure,
        "scored": about.scored,
        "aligned": about.aligned,
        "stride": about.stride,
        "snapped": None if moment is None else {"update": record.frames[moment[0]].update, "by": moment[1]},
        "probes": [
            {"text": probe.text, "target": probe.target, "columns": list(probe.columns)}
            | ({"sentences": list(probe.sentences)} if probe.sentences else {})
            for probe in about.probes
        ],
        "frames": [_frame(frame) for frame in record.frames],
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {"update": frame.update, **frame.scores._asdict(), "views": [_view(view) for view in frame.views]}


def _view(view: View) -> dict[str, Any]:
    weights = None if view.cells is None else rounded(view.weights(), DIGITS)
    described = {"output": view.text, "rows": list(view.rows), "weights": weights}
    return described | ({} if view.over is None else {"sentences": rounded(view.over / STEPS, DIGITS)})
