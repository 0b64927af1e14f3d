"""BLEU as sacreBLEU counts it (Post 2018), with several references where a source has several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from sacrebleu.metrics.bleu import BLEU

from engine.evaluation.bootstrap import Interval, interval, resampled_sums
from engine.evaluation.metrics import figure

TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}
"""How a target language without spaces is cut into words; all others by mteval's 13a."""


@dataclass(frozen=True)
class Bleu:
    """`score` between 0 and 100 and its 95 % interval; `signature` says how it was counted."""

    score: float
    interval: Interval
    signature: str


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The different targets of each different source, both in the order in which they first come."""
    by_source: dict[str, list[str]] = {}
    for source, target in pairs:
        targets = by_source.setdefault(source, [])
        if target not in targets:
            targets.append(target)
    return by_source


def bleu(outputs: Sequence[str], references: Sequence[Sequence[str]], language: str | None = None) -> Bleu:
    """Cased corpus BLEU of `outputs`, each against all of its own `references` (at least one).

    `language` is the code of the target language and chooses how text is cut into words.
    """
    if len(outputs) != len(references):
        raise ValueError(f"{len(outputs)} outputs, but references for {len(references)}")
    if not outputs or not all(references):
        raise ValueError("BLEU needs at least one output, and one reference for each")
    name = TOKENIZERS.get(language or "", "13a")
    metric = BLEU(tokenize=name)
    most = max(map(len, references))
    streams: Sequence[Any] = [[own[k] if k < len(own) else None for own in references] for k in range(most)]
    total = metric.corpus_score(list(outputs), streams)
    drawn = resampled_sums(statistics(outputs, references, name))
    return Bleu(float(total.score), interval(scores_of(drawn)), str(metric.get_signature()))


def reported(scores: Mapping[str, Bleu]) -> dict[str, Any]:
    """As it stands in `metrics.json`: how it was counted, and each score with its interval by its name."""
    signature = next(iter(scores.values())).signature
    return {"signature": signature} | {name: figure(own.score, own.interval) for name, own in scores.items()}


def statistics(
    outputs: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str
) -> Float[np.ndarray, "sentence 10"]:
    """Per sentence: how many n-grams of length 1 to 4 are right and how many there are, and both lengths."""
    metric = BLEU(tokenize=tokenizer, effective_order=True)  # else it warns that the score of one sentence means little
    scores = (metric.sentence_score(output, list(own)) for output, own in zip(outputs, references, strict=True))
    return np.array(
        [[*score.counts, *score.totals, score.sys_len, score.ref_len] for score in scores], dtype=np.float64
    )


def scores_of(sums: Float[np.ndarray, "resample 10"]) -> Float[np.ndarray, " resample"]:
    """BLEU, between 0 and 100, of each sum of `statistics` over sentences."""
    rows = sums.astype(int).tolist()
    scores = [BLEU.compute_bleu(row[:4], row[4:8], row[8], row[9], smooth_method="exp").score for row in rows]
    return np.array(scores, dtype=np.float64)
