"""What a stranger's model may say of itself: its files written anew, with what is known here and nothing else.

Menus and pages read config.json and training.json of every model, so a value of another kind than theirs would be
everybody's fault and not only that of whoever opens it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.store.files import CONFIG, METRICS, TRAINING, as_json, read_json
from engine.store.kinds import IN_LIBRARY_FORMAT, OURS
from engine.store.named_readings import named_readings
from engine.store.names import shown
from engine.store.pack import CLAIMED
from engine.traces import LATEST

TASKS = ("translation", "classification", "language", "couplet", "conversation")
MOST_CORPORA, MOST_LABELS, LONGEST, MOST_FIELDS = 20, 1_000, 100, 200
"""Names of corpora, labels, characters of one text, and fields of a configuration."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?", re.ASCII)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _texts(most: int) -> Fits:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(_text, value))


def _number(value: Any) -> bool:
    whole_or_real = isinstance(value, int | float) and not isinstance(value, bool)
    return whole_or_real and abs(value) <= 1e15 and math.isfinite(value)


def _language(value: Any) -> bool:
    return value is None or (isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None)


OWN: Mapping[str, Fits] = {
    "task": TASKS.__contains__,
    "source_language": _language,
    "target_language": _language,
    "corpora": _texts(MOST_CORPORA),
    "labels": _texts(MOST_LABELS),
    "consensus": lambda value: bool(named_readings(value)),
    "reverse": _text,
    "backwards": lambda value: isinstance(value, bool),
    "read_later": lambda value: type(value) is int and 0 <= value <= LATEST,
    "format": lambda value: type(value) is int,
    "model_type": lambda value: isinstance(value, str),
    "weights_sha256": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None,
}
"""Fields that our models have, and what each may be; those that do not fit are refused."""
TRAINED: Mapping[str, Fits] = {
    **dict.fromkeys(
        ("updates", "best_update", "seconds", "parameters", "seed", "threads", "pairs", "documents", "cores"), _number
    ),
    **dict.fromkeys(("finished", "device", "precision", "processor"), _text),
    "validation_nats_per_piece": _number,
}
"""Fields of training.json that are kept where they fit."""


def made_plain(folder: Path) -> None:
    """Write config.json and training.json of a model anew. Raises `Refused` for what is no configuration of ours."""
    described = read_json(folder / CONFIG)
    atomic_write(folder / CONFIG, as_json(_configuration(folder.name, described)))
    if (folder / TRAINING).is_file():
        atomic_write(folder / TRAINING, as_json(_training(read_json(folder / TRAINING))))
    claimed = folder / CLAIMED[METRICS]
    if claimed.is_file():
        read_json(claimed)


def _configuration(name: str, described: Mapping[str, Any]) -> dict[str, Any]:
    kind = described.get("model_type")
    ours = isinstance(kind, str) and kind.startswith(OURS)
    if described.get("task") not in TASKS or not (ours or kind in IN_LIBRARY_FORMAT):
        raise Refused(
            "{name} is no model of Alignscope: its config.json has the task {task} and the model_type {kind}. Models "
            "of others open on the page Self-attention.",
            name=shown(name),
            task=shown(str(described.get("task"))),
            kind=shown(str(kind)),
        )
    for field, fits in OWN.items():
        if field in described and not fits(described[field]):
            raise _odd(name, field, described[field])
    known = {field: described[field] for field in OWN if field in described}
    return known | (_model(name, described.get("model")) if ours else _library(described))


def _model(name: str, fields: object) -> dict[str, Any]:
    """The section of a configuration of ours; that each field fits is seen where the network is built."""
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        raise _odd(name, "model", fields)
    for field, value in fields.items():
        if not _FIELD.fullmatch(field) or not (_text(value) or isinstance(value, bool) or _number(value)):
            raise _odd(name, field, value)
    return {"model": fields}


def _library(described: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the transformers library: names and plain values, without those that lead anywhere."""
    fields = {field: value for field, value in described.items() if field not in OWN and _FIELD.fullmatch(field)}
    plain = {field: value for field, value in fields.items() if _plain(value) and field not in ("auto_map", "model")}
    return dict(list(plain.items())[:MOST_FIELDS])


def _plain(value: Any) -> bool:
    """Whether it is a text, a number, nothing, or a short list or table of such."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return len(inner) <= MOST_LABELS and all(
        each is None or isinstance(each, bool) or each == "" or _text(each) or _number(each) for each in inner
    )


def _training(stored: Mapping[str, Any]) -> dict[str, Any]:
    known = {field: stored[field] for field, fits in TRAINED.items() if field in stored and fits(stored[field])}
    # Whether its attention was pulled towards links; to which ones is not of this machine.
    return known | ({"supervised": {}} if isinstance(stored.get("supervised"), dict) else {})


def _odd(name: str, field: str, value: object) -> Refused:
    return Refused(
        "The configuration of {name} has {value} for {field}, which no model of ours can have.",
        name=shown(name),
        field=shown(field[:40]),
        value=shown(repr(value)[:40]),
    )
