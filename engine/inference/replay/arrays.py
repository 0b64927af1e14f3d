"""The arrays of a replay as records, each number checked before anything is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.inference.replay.frames import About, Frame, Probe, Replay, Scores, View

KINDS = {
    "about": "u1",
    "updates": "<i8",
    "rows": "<u2",
    "words": "<u4",
    "texts": "<u4",
    "peaks": "<f4",
    "attends": "u1",
    "cells": "u1",
    "over": "u1",
} | dict.fromkeys(Scores._fields, "<f8")
"""The arrays of the file, each flat and of this type."""
MAX_PROBES, MAX_WORDS, MAX_TEXT = 64, 2_000, 20_000
MAX_VIEWS = 400_000
MEASURES = ("bleu", "accuracy")
RANGES = {"loss": np.inf, "score": 100, "entropy": 64, "aer": 1, "moved": 1}
"""The most that each score may be; none is below 0."""

Arrays = Mapping[str, np.ndarray]


def replay_of(arrays: Arrays, version: int) -> Replay:
    """ValueError, TypeError or KeyError for arrays that do not fit each other."""
    described = json.loads(arrays["about"].tobytes().decode("utf-8"))
    if described["format"] != version:
        raise ValueError("another format")
    about = _about(described)
    probes = about.probes
    count = len(arrays["updates"])
    _check(count > 0 and len(probes) > 0 and count * len(probes) <= MAX_VIEWS, "no frames, or too many")
    _check((np.diff(arrays["updates"]) > 0).all() and arrays["updates"][0] >= 0, "updates that do not rise")
    views = _views(arrays, probes, _texts(described["words"]), _texts(described["texts"]))
    scores = _scores(arrays, count)
    per = len(probes)
    return Replay(
        about,
        tuple(
            Frame(int(update), scores[i], tuple(views[i * per : (i + 1) * per]))
            for i, update in enumerate(arrays["updates"])
        ),
    )


def _about(described: Mapping[str, Any]) -> About:
    numbers = [described[name] for name in ("scored", "aligned", "stride")]
    _check(all(type(number) is int and 0 <= number < 2**40 for number in numbers), "counts that are none")
    _check(described["measure"] in MEASURES, "an unknown measure")
    languages = [described[name] for name in ("source_language", "target_language")]
    _check(all(language is None or _short(language) for language in languages), "languages that are none")
    _check(_short(described["name"]) and _short(described["task"]), "names that are none")
    probes = described["probes"]
    _check(isinstance(probes, list) and len(probes) <= MAX_PROBES, "too many probes")
    return About(
        described["name"],
        described["task"],
        languages[0],
        languages[1],
        described["measure"],
        numbers[0],
        numbers[1],
        tuple(map(_probe, probes)),
        max(1, numbers[2]),
    )


def _probe(described: Mapping[str, Any]) -> Probe:
    columns, target = _texts(described["columns"]), described["target"]
    _check(1 <= len(columns) <= MAX_WORDS, "a probe without words, or of too many")
    _check(all(isinstance(text, str) and len(text) <= MAX_TEXT for text in (described["text"], target or "")), "a text")
    sentences = described["sentences"]
    _check(isinstance(sentences, list) and all(type(size) is int and size > 0 for size in sentences), "sentences")
    _check(not sentences or sum(sentences) == len(columns), "sentences of other words")
    return Probe(described["text"], columns, target, tuple(sentences))


def _texts(labels: Any) -> tuple[str, ...]:
    _check(isinstance(labels, list) and all(isinstance(each, str) for each in labels), "texts that are none")
    _check(all(len(label) <= MAX_TEXT for label in labels), "a text that is too long")
    return tuple(labels)


def _short(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= 200


def _scores(arrays: Arrays, count: int) -> list[Scores]:
    columns = []
    for name in Scores._fields:
        values = arrays[name]
        _check(len(values) == count, "scores of other frames")
        known = values[~np.isnan(values)]
        _check((known >= 0).all() and (known <= RANGES[name]).all(), "scores out of range")
        columns.append([None if not np.isfinite(value) else float(value) for value in values])
    return [Scores(*row) for row in zip(*columns, strict=True)]


def _views(arrays: Arrays, probes: tuple[Probe, ...], words: tuple[str, ...], texts: tuple[str, ...]) -> list[View]:
    rows, attends = arrays["rows"].astype(np.int64), arrays["attends"].astype(bool)
    count = len(arrays["updates"]) * len(probes)
    _check(len(rows) == len(attends) == len(arrays["texts"]) == count, "views of other frames")
    _check(int(rows.sum()) == len(arrays["words"]), "rows of other words")
    _check((arrays["words"] < len(words)).all() and (arrays["texts"] < len(texts)).all(), "words that are none")
    _check(attends.all() or not attends.any(), "weights in a part of the frames")
    columns = np.tile([len(probe.columns) for probe in probes], len(arrays["updates"]))
    sizes = rows * columns * attends
    _check(int(sizes.sum()) == len(arrays["cells"]) and len(arrays["peaks"]) == attends.sum(), "other weights")
    peaks = arrays["peaks"]
    _check((np.isfinite(peaks) & (peaks >= 0) & (peaks <= 1)).all(), "weights that are no shares")
    over = _over(arrays["over"], probes, len(arrays["updates"]))
    cells = np.split(arrays["cells"], np.cumsum(sizes)[:-1])
    labels = np.split(arrays["words"], np.cumsum(rows)[:-1])
    return [
        View(
            texts[arrays["texts"][i]],
            tuple(words[number] for number in labels[i]),
            cells[i].reshape(rows[i], columns[i]) if attends[i] else None,
            float(peaks[i]) if attends[i] else 1.0,
            over[i],
        )
        for i in range(count)
    ]


def _over(flat: np.ndarray, probes: tuple[Probe, ...], frames: int) -> list[Any]:
    """The weights of sentences, of each view; None where none are."""
    if not len(flat):
        return [None] * (frames * len(probes))
    sizes = np.tile([len(probe.sentences) for probe in probes], frames)
    _check(int(sizes.sum()) == len(flat), "sentences of other weights")
    return list(np.split(flat, np.cumsum(sizes)[:-1]))


def _check(fits: Any, fault: str) -> None:
    if not fits:  # of numpy, too
        raise ValueError(fault)
