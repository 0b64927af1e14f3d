"""What a page shows as one JSON object: the trace as the command line writes it, and the view to open it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import Refused
from engine.inference.translation import Translation
from engine.schemas import replays, steps, trace
from engine.schemas.trace import DIGITS, FORMAT
from engine.store import replying
from engine.store.catalogue import ModelInfo

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness
    from engine.inference.conversation import Answer
    from engine.inference.document_reading import Reading
    from engine.inference.imposed import Imposition
    from engine.inference.looked import Looked
    from engine.inference.replay.frames import Replay
    from engine.inference.step_by_step.quantities import Opened
    from engine.inference.translation_faithfulness import Erasure, Shuffled

LARGEST = 5_000_000  # bytes of a file that is opened


def written(
    translation: Translation,
    info: ModelInfo,
    view: Mapping[str, str],
    figures: Sequence[Mapping[str, Any]] = (),
    imposition: Imposition | None = None,
    judged: tuple[Erasure, Shuffled | None] | None = None,
) -> str:
    """`engine/schemas/trace.json`, with the effect where it was asked for, and beside it the figures as they are shown
    and the parameters of the view; and what became of it where its attention was changed, and
    whether the map means anything, where that was asked."""
    changed = {} if imposition is None else {"imposed": trace.imposition(imposition)}
    if judged is not None:
        changed["trust"] = trace.trust(*judged)
    return _json({**traced(translation, info), **changed, "figures": list(figures), "view": dict(view)})


def replied(answer: Answer, info: ModelInfo, view: Mapping[str, str], figures: Sequence[Mapping[str, Any]] = ()) -> str:
    """As `written`, of a reply, with all replies and the parts of their score."""
    record = traced(answer.translation, info) | trace.answer(answer, lambda text: replying.generic(info, text))
    return _json({**record, "figures": list(figures), "view": dict(view)})


def compared(
    translations: Sequence[tuple[Translation, ModelInfo]], view: Mapping[str, str], facts: Sequence[Mapping[str, Any]]
) -> str:
    """Several of these objects under `compared`, what was measured of each under `measured`, and the parameters of the
    view that showed them side by side."""
    objects = [traced(*pair) for pair in translations]
    return _json({"format": FORMAT, "compared": objects, "measured": list(facts), "view": dict(view)})


def traced(translation: Translation, info: ModelInfo) -> dict[str, Any]:
    """One translation as the schema says, its effect beside its trace (None where it was not asked for)."""
    return {
        "format": FORMAT,
        "model": info.name,
        "weights_sha256": info.weights_sha256,
        "text": translation.text,
        **trace.translation(translation),
        "effect": None if translation.effect is None else trace.rounded(translation.effect.drops),
    }


def document(
    reading: Reading,
    info: ModelInfo,
    view: Mapping[str, str],
    judged: Faithfulness | None = None,
    reweighed: tuple[Sequence[str], Reading] | None = None,
) -> str:
    """What a classifier made of a text, as `engine trace` writes it, whether its shades mean anything and what became
    of the answer under changed weights (ids, reading), where that was asked, and the parameters of the view."""
    more = {} if judged is None else {"faithfulness": trace.faithfulness(judged)}
    more |= {} if reweighed is None else {"reweighed": trace.reweighed(*reweighed)}
    return _json({**read(reading, info), **more, "view": dict(view)})


def read(reading: Reading, info: ModelInfo) -> dict[str, Any]:
    """One document: its classes with their probabilities, the traces of what was read, and what mattered."""
    effect = reading.effect
    return {
        "format": FORMAT,
        "model": info.name,
        "weights_sha256": info.weights_sha256,
        **trace.document(reading),
        "without": sorted(reading.without),
        "by": reading.by,
        "effect": None
        if effect is None
        else {
            "words": None if effect.words is None else _gaps(effect.words),
            "sentences": _gaps(effect.sentences),
        },
    }


def attention(looked: Looked, name: str, weights: str, view: Mapping[str, str]) -> str:
    """What a Transformer made of a text, the numbers of all heads beside it, and the parameters of the view."""
    heads = [
        {
            "kind": overview.kind,
            "queries": overview.queries.facts(),
            "keys": overview.keys.facts(),
            "entropy": trace.rounded(overview.entropy),
            "distance": trace.rounded(overview.distance),
            "toward": {place: trace.rounded(values) for place, values in overview.toward.items()},
        }
        for overview in looked.overviews
    ]
    return _json(
        {
            "format": FORMAT,
            "model": name,
            "weights_sha256": weights,
            "text": looked.request.text,
            "pair": looked.request.pair,
            "picture": _picture(looked),
            **trace.transformer(looked.output),
            **looked.cuts,
            "traces": [],  # of thousands of tokens they would be larger than any file that is opened
            "heads": heads,
            "view": dict(view),
        }
    )


def _picture(looked: Looked) -> dict[str, Any] | None:
    """What is said of a picture, which is not in the file itself: by its hash it is known again."""
    if looked.picture is None or looked.request.image is None:
        return None
    high, wide = looked.picture.shown.shape[:2]
    return {
        "sha256": hashlib.sha256(looked.request.image).hexdigest(),
        "size": list(looked.picture.size),
        "seen": [wide, high],
        "grid": list(looked.picture.grid),
    }


def replayed(records: Sequence[Replay], view: Mapping[str, str]) -> str:
    """Trainings as `engine replay --json` writes them, and the parameters of the view that played them."""
    return _json({"format": FORMAT, "replays": [replays.replay(record) for record in records], "view": dict(view)})


def taken_apart(opened: Opened, facts: Mapping[str, Any], view: Mapping[str, str]) -> str:
    """A computation as `engine step` writes it, and the parameters of the view."""
    return _json({**steps.taken_apart(opened, facts), "view": dict(view)})


def opened(content: bytes) -> dict[str, str]:
    """The parameters of the view in a file; of a bare trace its model and text. Refused for anything else."""
    try:
        record = json.loads(content.decode("utf-8-sig")) if len(content) <= LARGEST else None
    except (ValueError, RecursionError):
        record = None
    if isinstance(record, dict):
        # A bare trace is of a greedy search, as every page read at first.
        view = record.get("view", {"v": "1", "m": record.get("model"), "t": record.get("text")})
        if isinstance(view, dict) and view and all(isinstance(value, str) for value in view.values()):
            return {str(name): value for name, value in view.items()}
    raise Refused("This file was not created by Alignscope. Choose a JSON file downloaded here.")


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _gaps(values: np.ndarray) -> list[float | None]:
    """Rounded; null where there is no number, for what was switched off."""
    return [None if value != value else round(float(value), DIGITS) for value in values]
