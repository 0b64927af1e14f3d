"""How well a translator does by the length of the source, as Bahdanau, Cho & Bengio 2015 (arXiv:1409.0473) draw it in
figure 2; beyond the lengths that a corpus has, by sentences of it joined into one source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.evaluation.bleu import bleu
from engine.evaluation.metrics import Figure, figure, ratio
from engine.text.tokenizer import words

RANGES: tuple[tuple[int, int | None], ...] = ((1, 4), (5, 7), (8, 10), (11, None))
"""The fewest and the most words of the source."""
JOINED = (2, 3, 4)
LONGEST = 100
"""Words of a joined source or reference; what has more, no translator might read."""

Translate = Callable[[Sequence[str]], Sequence[str]]
LogProbs = Callable[[Sequence[tuple[str, str]]], list[tuple[float, int]]]
"""ln p of the target, its end included, and how many pieces that are, for each source and target."""


class Sources(NamedTuple):
    """Sources of alike length with their references and what was made of them."""

    references: dict[str, list[str]]
    outputs: list[str]


def counted(text: str) -> int:
    """How many words a text has, marks of punctuation not among them."""
    return sum(any(map(str.isalnum, word)) for word in words(text))


def by_length(
    sources: Mapping[str, Sequence[str]],
    outputs: Sequence[str],
    translate: Translate,
    logprobs: LogProbs,
    language: str | None = None,
) -> list[dict[str, Any]]:
    """BLEU and mean ln p of a reference's piece for each of `RANGES`, and of so many sources joined as `JOINED` has.

    `sources` hold the references of each, `outputs` what was made of them, in the same order, and `translate` makes
    the same of joined ones. Ranges without a source are left out.
    """
    known = dict(zip(sources, outputs, strict=True))
    rows = []
    for low, high in RANGES:
        within = [text for text in sources if low <= counted(text) <= (counted(text) if high is None else high)]
        if within:
            own = Sources({text: list(sources[text]) for text in within}, [known[text] for text in within])
            limits = {"from": low} | ({} if high is None else {"to": high})
            rows.append({"joined": 1, "words": limits, **_measured(own, logprobs, language)})
    for count in JOINED:
        references = joined(sources, count)
        if references:
            own = Sources(references, list(translate(list(references))))
            rows.append({"joined": count, **_measured(own, logprobs, language)})
    return rows


def joined(sources: Mapping[str, Sequence[str]], count: int) -> dict[str, list[str]]:
    """Each `count` sources that follow one another as one, and their references so; no source stands in two of them.

    There are as many references as the source with most of them has; others take turns with theirs.
    """
    texts = list(sources)
    groups = [texts[i : i + count] for i in range(0, len(texts) - count + 1, count)]
    together = {}
    for group in groups:
        most = max(len(sources[text]) for text in group)
        references = [" ".join(sources[text][k % len(sources[text])] for text in group) for k in range(most)]
        if max(map(counted, [" ".join(group), *references])) <= LONGEST:
            together[" ".join(group)] = references
    return together


def _measured(own: Sources, logprobs: LogProbs, language: str | None) -> dict[str, Any]:
    pairs = [(source, target) for source, targets in own.references.items() for target in targets]
    read = np.array(logprobs(pairs), dtype=np.float64)
    score = bleu(own.outputs, list(own.references.values()), language)
    per_piece: Figure = ratio(read[:, 0], read[:, 1])
    return {
        "sources": len(own.references),
        "pairs": len(pairs),
        "mean_words": figure(float(np.mean([counted(source) for source in own.references])))["value"],
        "bleu": figure(score.score, score.interval),
        "logprob_per_piece": per_piece,
    }
