"""What a page shows as one JSON object: the trace as the command line writes it, and the view to open it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.errors import Refused
from engine.store import ModelInfo
from engine.traces import Axis
from engine.translator import Translation

FORMAT = 1
LARGEST = 5_000_000  # bytes of a file that is opened
DIGITS = 6


def written(found: Translation, info: ModelInfo, view: Mapping[str, str]) -> str:
    """`engine/schemas/trace.json`, with the effect where it was asked for and the parameters of the view beside it."""
    return _json({**traced(found, info), "view": dict(view)})


def compared(found: Sequence[tuple[Translation, ModelInfo]], view: Mapping[str, str]) -> str:
    """Several of these objects under `compared`, and the parameters of the view that showed them side by side."""
    return _json({"format": FORMAT, "compared": [traced(*one) for one in found], "view": dict(view)})


def traced(found: Translation, info: ModelInfo) -> dict[str, Any]:
    """One translation as the schema says, its effect beside its trace (None where it was not asked for)."""
    trace = found.trace
    tokens = [
        {
            "token": token.text,
            "logprob": token.logprob,
            "candidates": [{"token": c.text, "logprob": c.logprob} for c in token.candidates],
        }
        for token in found.output.tokens
    ]
    return {
        "format": FORMAT,
        "model": info.name,
        "weights_sha256": info.weights_sha256,
        "text": found.text,
        "output": {"text": found.output.text, "tokens": tokens},
        "traces": [
            {
                "kind": trace.kind,
                "queries": _axis(trace.queries),
                "keys": _axis(trace.keys),
                "weights": _numbers(trace.weights),
                "scores": None if trace.scores is None else _numbers(trace.scores),
            }
        ],
        "effect": None if found.effect is None else _numbers(found.effect.drops),
    }


def opened(content: bytes) -> dict[str, str]:
    """The parameters of the view in a file; of a bare trace its model and text. Refused for anything else."""
    try:
        found = json.loads(content.decode("utf-8-sig")) if len(content) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        view = found.get("view", {"m": found.get("model"), "t": found.get("text")})
        if isinstance(view, dict) and view and all(isinstance(value, str) for value in view.values()):
            return {str(name): value for name, value in view.items()}
    raise Refused("This is no JSON file that Alignscope wrote; choose one that was downloaded here.")


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _axis(axis: Axis) -> dict[str, Any]:
    return {"labels": axis.labels, "groups": axis.groups, "special": axis.special}


def _numbers(values: np.ndarray) -> Any:
    return np.round(values.astype(np.float64), DIGITS).tolist()
