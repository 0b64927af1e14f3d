"""All that is measured of a model that continues text, as the one object that its `metrics.json` holds.

It holds no time, date or machine, so that the same model and the same texts give the same bytes again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from engine.evaluation.bootstrap import interval, resampled_sums
from engine.evaluation.classification import sample
from engine.evaluation.metrics import figure
from engine.evaluation.ngram import KneserNey
from engine.text.bytepieces import END_ID, plain
from engine.text.version import READING

FORMAT = 1
SAMPLE = 2_500
"""How many test texts are read, unless all are."""
ORDER = 5
AT_ONCE = 100

Texts = Sequence[Int[np.ndarray, " _"]]
Logs = list[Float[np.ndarray, " _"]]


@runtime_checkable
class Measurable(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def words(self) -> Any:
        """Its pieces; `len` is how many there are."""

    def ids(self, texts: Sequence[str]) -> list[Int[np.ndarray, " _"]]: ...

    def logprobs(self, texts: Texts) -> Logs:
        """ln p of each piece of each text and of its end."""


def evaluate(
    model: Measurable,
    test: Sequence[str],
    train: Sequence[str],
    *,
    corpus: str | None = None,
    full: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> dict[str, Any]:
    """Measure `model` on `SAMPLE` of the `test` texts, those of lowest SHA-256, or with `full` on all of them.

    Beside it stands a five-gram model with interpolated modified Kneser-Ney smoothing that counted the same pieces in
    the texts `train`. The end of a text counts as a piece; a word is what stands between spaces.
    """
    chosen = [test[i] for i in sample(test, len(test) if full else SAMPLE)]
    ids = model.ids(chosen)
    read: Logs = []
    for start in range(0, len(ids), AT_ONCE):
        read += model.logprobs(ids[start : start + AT_ONCE])
        progress(f"read {len(read)} of {len(ids)} texts")
    progress("counting sequences of pieces")
    counted = KneserNey(model.ids(train), ORDER, len(model.words), END_ID).logprobs(ids)
    sizes = np.array(
        [
            [len(pieces) + 1, len(plain(text).split()), len(plain(text))]
            for text, pieces in zip(chosen, ids, strict=True)
        ]
    )
    return {
        "format": FORMAT,
        "reading": READING["language"],
        "task": "language",
        "model": model.name,
        "test": {
            "corpus": corpus,
            "documents": len(chosen),
            **dict(zip(("pieces", "words", "characters"), map(int, sizes.sum(0)), strict=True)),
        },
        "perplexity": _perplexity(read, sizes),
        "baseline": {"five_gram": {"method": f"{ORDER}-gram, modified Kneser-Ney", **_perplexity(counted, sizes)}},
        "nats_gained_per_piece": _gain(read, counted, sizes),
    }


def _perplexity(logs: Logs, sizes: Int[np.ndarray, "text size"]) -> dict[str, Any]:
    """Per piece and per word, and bits per character, each with its 95 % bootstrap interval over texts."""
    statistics = np.column_stack([[-pieces.sum() for pieces in logs], sizes]).astype(np.float64)
    total, drawn = statistics.sum(0), resampled_sums(statistics)
    nats = {
        name: (total[0] / total[k], drawn[:, 0] / drawn[:, k])
        for k, name in enumerate(("piece", "word", "character"), 1)
    }
    figures = {
        f"per_{name}": figure(math.exp(nats[name][0]), interval(np.exp(nats[name][1]))) for name in ("piece", "word")
    }
    bits, draws = nats["character"]
    return {**figures, "bits_per_character": figure(bits / math.log(2), interval(draws / math.log(2)))}


def _gain(read: Logs, counted: Logs, sizes: Int[np.ndarray, "text size"]) -> dict[str, float]:
    """By how many nats a piece the model is better than the baseline, with the interval of the difference."""
    falls = [ours.sum() - theirs.sum() for ours, theirs in zip(read, counted, strict=True)]
    statistics = np.column_stack([falls, sizes[:, 0]]).astype(np.float64)
    total, drawn = statistics.sum(0), resampled_sums(statistics)
    return figure(total[0] / total[1], interval(drawn[:, 0] / drawn[:, 1]))
