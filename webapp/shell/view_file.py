"""What a page shows as one JSON object: the trace as the command line writes it, and the view to open it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import Refused
from engine.inference.translation import Translation
from engine.schemas import trace
from engine.schemas.trace import DIGITS, FORMAT
from engine.store.catalogue import ModelInfo

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading
    from engine.inference.looked import Looked

LARGEST = 5_000_000  # bytes of a file that is opened


def written(found: Translation, info: ModelInfo, view: Mapping[str, str]) -> str:
    """`engine/schemas/trace.json`, with the effect where it was asked for and the parameters of the view beside it."""
    return _json({**traced(found, info), "view": dict(view)})


def compared(found: Sequence[tuple[Translation, ModelInfo]], view: Mapping[str, str]) -> str:
    """Several of these objects under `compared`, and the parameters of the view that showed them side by side."""
    return _json({"format": FORMAT, "compared": [traced(*one) for one in found], "view": dict(view)})


def traced(found: Translation, info: ModelInfo) -> dict[str, Any]:
    """One translation as the schema says, its effect beside its trace (None where it was not asked for)."""
    return {
        "format": FORMAT,
        "model": info.name,
        "weights_sha256": info.weights_sha256,
        "text": found.text,
        **trace.translation(found),
        "effect": None if found.effect is None else trace.rounded(found.effect.drops),
    }


def document(found: Reading, info: ModelInfo, view: Mapping[str, str]) -> str:
    """What a classifier made of a text, as `engine trace` writes it, and the parameters of the view."""
    return _json({**read(found, info), "view": dict(view)})


def read(found: Reading, info: ModelInfo) -> dict[str, Any]:
    """One document: its classes with their probabilities, the traces of what was read, and what mattered."""
    effect = found.effect
    return {
        "format": FORMAT,
        "model": info.name,
        "weights_sha256": info.weights_sha256,
        **trace.document(found),
        "without": sorted(found.without),
        "by": found.by,
        "effect": None
        if effect is None
        else {
            "words": None if effect.words is None else _gaps(effect.words),
            "sentences": _gaps(effect.sentences),
        },
    }


def attention(found: Looked, name: str, weights: str, view: Mapping[str, str]) -> str:
    """What a Transformer made of a text, the numbers of all heads beside it, and the parameters of the view."""
    heads = [
        {
            "kind": one.kind,
            "queries": one.queries.facts(),
            "keys": one.keys.facts(),
            "entropy": trace.rounded(one.entropy),
            "distance": trace.rounded(one.distance),
            "toward": {place: trace.rounded(values) for place, values in one.toward.items()},
        }
        for one in found.overviews
    ]
    return _json(
        {
            "format": FORMAT,
            "model": name,
            "weights_sha256": weights,
            "text": found.request.text,
            "pair": found.request.pair,
            "picture": _picture(found),
            **trace.transformer(found.output),
            **found.cuts,
            "traces": [],  # of thousands of tokens they would be larger than any file that is opened
            "heads": heads,
            "view": dict(view),
        }
    )


def _picture(found: Looked) -> dict[str, Any] | None:
    """What is said of a picture, which is not in the file itself: by its hash it is known again."""
    if found.picture is None or found.request.image is None:
        return None
    high, wide = found.picture.shown.shape[:2]
    return {
        "sha256": hashlib.sha256(found.request.image).hexdigest(),
        "size": list(found.picture.size),
        "seen": [wide, high],
        "grid": list(found.picture.grid),
    }


def opened(content: bytes) -> dict[str, str]:
    """The parameters of the view in a file; of a bare trace its model and text. Refused for anything else."""
    try:
        found = json.loads(content.decode("utf-8-sig")) if len(content) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        # A bare trace is of a greedy search, as every page read at first.
        view = found.get("view", {"v": "1", "m": found.get("model"), "t": found.get("text")})
        if isinstance(view, dict) and view and all(isinstance(value, str) for value in view.values()):
            return {str(name): value for name, value in view.items()}
    raise Refused("This file was not created by Alignscope. Choose a JSON file downloaded here.")


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _gaps(values: np.ndarray) -> list[float | None]:
    """Rounded; null where there is no number, for what was switched off."""
    return [None if value != value else round(float(value), DIGITS) for value in values]
