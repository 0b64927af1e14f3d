"""The Transformer side of the door to the engine: what pages ask of attention, each question answered once and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.models.transformer.edits import Edits
from engine.store import ModelInfo
from engine.traces import Trace
from webapp import cached

if TYPE_CHECKING:
    from engine.transformer import Arithmetic, Looked, Transformer

Info = ModelInfo
# DEV
from pathlib import Path
from engine import transformer as T

_M = {}
for n, task, kinds in (
    ("classification/imdb-transformer", "classification", ("encoder",)),
    ("language/reviews-gpt", "language", ("decoder",)),
    ("translation/en-fr-transformer", "translation", ("encoder", "decoder", "cross")),
):
    i = ModelInfo(
        n, task, "en", "fr" if task == "translation" else None, Path("."), {"weights_sha256": "ab" * 32}, None, None
    )
    _M[n] = T.Transformer(i, kinds)


def models() -> dict[str, Info]:
    return {n: m.info for n, m in _M.items()}


def default(known):
    return next(iter(known))


def fingerprint(name):
    return "0" * 8


def ready(name):
    return name in _M


def load(name, p): ...
def task(name):
    return _M[name].info.task


def readings(name):
    return ("rollout", "flow", "norms", "gradient")


def look(name, text, pair=None, edits=Edits()):
    return cached._results.get((name, text, pair, edits)) or _k(
        (name, text, pair, edits), _M[name].look(T.Request(text, pair, edits))
    )


def _k(k, v):
    cached._results.put(k, v)
    return v


def head(name, looked, kind, pair):
    return _M[name].head(looked, kind, *pair)


def arithmetic(name, looked, kind, pair, at):
    return _M[name].arithmetic(looked, kind, *pair, *at)


def reading(name, looked, asked, kind):
    return _M[name].reading(looked, asked, kind)


def compare(name, a, b):
    return _M[name].compare(a, b)
