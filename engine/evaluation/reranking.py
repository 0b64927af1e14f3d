"""The weights of MMI, chosen on development data by the BLEU of the best replies.

BLEU asks for length above all, and a large γ gives the longest reply, whatever it says. So of all weights with λ > 0
whose BLEU is within one standard error of the highest such (the rule of Breiman and others 1984, section 3.4.3) those
of the smallest γ are taken. By the same rule γ is chosen where λ is 0: what length alone does is not MMI's doing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from engine.decoding.mmi import LIKELIEST, Mmi, Reply
from engine.errors import Refused
from engine.evaluation.bleu import scores_of, statistics
from engine.evaluation.bootstrap import resampled_sums
from engine.evaluation.metrics import figure

WEIGHTS = tuple(round(0.2 * k, 1) for k in range(21))
"""Of λ."""
LENGTHS = tuple(round(0.25 * k, 2) for k in range(25))
"""Of γ, in nats a piece."""


class _Beams(NamedTuple):
    """All replies to all messages; a message with fewer replies than another has -inf in place of the others, and one
    without any is answered with a blank."""

    logprob: Float[np.ndarray, "message reply"]
    back: Float[np.ndarray, "message reply"]
    pieces: Float[np.ndarray, "message reply"]
    statistics: Float[np.ndarray, "message reply 10"]

    @classmethod
    def of(cls, replies: Sequence[Sequence[Reply]], references: Sequence[Sequence[str]], tokenizer: str) -> _Beams:
        shape = (len(replies), max(1, *map(len, replies)))
        beams = cls(np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape), np.zeros((*shape, 10)))
        for row, (own, expected) in enumerate(zip(replies, references, strict=True)):
            texts = [reply.text for reply in own] or [""]
            beams.statistics[row, : len(texts)] = statistics(texts, [expected] * len(texts), tokenizer)
            for column, reply in enumerate(own):
                beams.logprob[row, column], beams.back[row, column] = reply.logprob, reply.back
                beams.pieces[row, column] = reply.pieces
        return beams

    def best(self, mmi: Mmi) -> Float[np.ndarray, "message 10"]:
        """The statistics of the best reply to each message."""
        place = (self.logprob + mmi.weight * self.back + mmi.length * self.pieces).argmax(1)
        return np.asarray(self.statistics[np.arange(len(place)), place])

    def bleu(self, mmi: Mmi) -> float:
        return float(scores_of(self.best(mmi).sum(0)[None])[0])

    def error(self, mmi: Mmi) -> float:
        """The standard error of that BLEU, messages drawn again."""
        return float(scores_of(resampled_sums(self.best(mmi))).std())


class Choice(NamedTuple):
    """The weights with λ above 0 and those with λ = 0 that were chosen, and what was `measured` on the way, as
    `metrics.json` has it."""

    mmi: Mmi
    alone: Mmi
    measured: Mapping[str, Any]


def chosen(replies: Sequence[Sequence[Reply]], references: Sequence[Sequence[str]], tokenizer: str) -> Choice:
    """λ and γ as said above (of the same γ, λ with the highest BLEU), and what BLEU is then, at its highest, for the
    likeliest replies, and with γ alone. `tokenizer` is sacreBLEU's. Raises `Refused` without a message."""
    if not replies:
        raise Refused("λ and γ are chosen on development data, and there is no message in it.")
    beams = _Beams.of(replies, references, tokenizer)
    scores = {Mmi(weight, length): beams.bleu(Mmi(weight, length)) for weight in WEIGHTS for length in LENGTHS}
    weighed, alone = ({mmi: score for mmi, score in scores.items() if (mmi.weight > 0) == own} for own in (True, False))
    best, by_length = (_by_rule(beams, own) for own in (weighed, alone))
    highest = max(weighed, key=weighed.__getitem__)
    measured = {"bleu": weighed[best], "highest": weighed[highest], "likeliest": scores[LIKELIEST]}
    measured |= {"length_alone": max(alone.values()), "length": alone[by_length]}
    return Choice(
        best,
        by_length,
        {
            "messages": len(replies),
            **{name: figure(score)["value"] for name, score in measured.items()},
            "highest_at": {"lambda": highest.weight, "gamma": highest.length},
            "most_tried": {"lambda": WEIGHTS[-1], "gamma": LENGTHS[-1]},
        },
    )


def _by_rule(beams: _Beams, scores: Mapping[Mmi, float]) -> Mmi:
    """Of those within one standard error of the highest the one of the smallest γ, then of the highest BLEU."""
    highest = max(scores, key=scores.__getitem__)
    least = scores[highest] - beams.error(highest)
    return min((mmi for mmi, score in scores.items() if score >= least), key=lambda mmi: (mmi.length, -scores[mmi]))
