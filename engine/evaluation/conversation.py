"""All that is measured of a model that replies, as the one object that its `metrics.json` holds.

It holds no time, date or machine, so that the same model and the same text give the same bytes again. What it looks
like is said in `engine/schemas/metrics-conversation.json`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from engine.decoding.mmi import LIKELIEST, Mmi, Reply, ranked
from engine.errors import Refused
from engine.evaluation.bleu import TOKENIZERS, bleu, grouped, reported
from engine.evaluation.diversity import commonest, distinct
from engine.evaluation.metrics import Figure, ratio
from engine.evaluation.reranking import chosen
from engine.evaluation.translation import Scoring, perplexity
from engine.text.tokenizer import words
from engine.text.version import READING

FORMAT = 1
MESSAGES, DEVELOPMENT = 1000, 500
"""How many pairs of test and of development are replied to at most, spread evenly over all."""
BEAM = 10
KEPT = 300
"""How many of the replies that were offered most often are kept; once alone is not often."""
CHOSEN_BY = (
    "of all weights with lambda > 0 whose BLEU on development pairs is within one standard error of the highest such, "
    "the smallest gamma; gamma_alone by the same rule with lambda 0"
)
PEOPLE, LIKELY, LONG, WEIGHED = "people", "likeliest", "length", "mmi"
"""Whose replies are measured: people's, the likeliest, the best by γ alone, and the best by λ and γ."""

Pairs = Sequence[tuple[str, str]]


@runtime_checkable
class Measurable(Scoring, Protocol):
    """A model that replies as far as it is measured."""

    @property
    def name(self) -> str: ...

    @property
    def reverse(self) -> Any:
        """The model by which its replies are weighed; None without one."""

    def fits(self, text: str) -> bool:
        """Whether a text is short enough to be read."""

    def replies_many(self, messages: Sequence[str], beam: int = BEAM) -> list[list[Reply]]:
        """All replies to each message, the likeliest first."""


def evaluate(
    model: Measurable,
    pairs: Pairs,
    development: Pairs,
    *,
    corpus: str | None = None,
    language: str | None = None,
    full: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> dict[str, Any]:
    """Measure `model` on test `pairs` of a message and the reply that somebody gave. Where a model of the way back
    weighs its replies, the weights are those that do best on the pairs for `development`.

    Pairs with a side that is too long are left out. Shares lie between 0 and 1, BLEU between 0 and 100. `full` adds
    every message with its replies. Raises `Refused` where the model does, and where no pair is left.
    """
    given_pairs = len(pairs)
    pairs, development = (_readable(model, each) for each in (pairs, development))
    messages = grouped(spread(pairs, MESSAGES))
    report: dict[str, Any] = {
        "format": FORMAT,
        "reading": READING["conversation"],
        "task": "conversation",
        "model": model.name,
        "test": {"corpus": corpus, "pairs": len(pairs), "messages": len(messages)},
    }
    if left_out := given_pairs - len(pairs):
        report["test"]["left_out"] = left_out
    weights = {LIKELY: LIKELIEST}
    if model.reverse is not None:
        progress("weighing replies on development data")
        report["mmi"] = _weights(model, development, language)
        weights[LONG] = Mmi(0.0, report["mmi"]["gamma_alone"])
        weights[WEIGHED] = Mmi(report["mmi"]["lambda"], report["mmi"]["gamma"])
    progress(f"replying with beam {BEAM}")
    replies = model.replies_many(list(messages), BEAM)
    best = {name: [_best(own, mmi) for own in replies] for name, mmi in weights.items()}
    progress("comparing with people")
    report |= _judged(best, list(messages.values()), language)
    report["offered"] = offered(replies)
    progress("reading probabilities")
    report["perplexity"] = perplexity(model, pairs)
    return report | ({"replies": _replies(messages, best)} if full else {})


def _readable(model: Measurable, pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if all(map(model.fits, pair))]


def spread(pairs: Pairs, most: int) -> Pairs:
    """Every second, third … pair, so that there are `most` at most, from the first on. Raises `Refused` without any."""
    if not pairs:
        raise Refused("There is no pair to measure on: none was given, or each has a side too long for the model.")
    return pairs[:: -(-len(pairs) // most)]


def _weights(model: Measurable, development: Pairs, language: str | None) -> dict[str, Any]:
    """λ and γ, and how they were chosen."""
    messages = grouped(spread(development, DEVELOPMENT))
    replies = model.replies_many(list(messages), BEAM)
    choice = chosen(replies, list(messages.values()), TOKENIZERS.get(language or "", "13a"))
    return {
        "reverse": model.reverse.name,
        "lambda": choice.mmi.weight,
        "gamma": choice.mmi.length,
        "gamma_alone": choice.alone.length,
        "chosen_by": CHOSEN_BY,
        "development": dict(choice.measured),
    }


def _best(replies: Sequence[Reply], mmi: Mmi) -> str:
    """Blank where there is no reply."""
    return replies[ranked(replies, mmi)[0]].text if replies else ""


def _judged(best: dict[str, list[str]], references: Sequence[Sequence[str]], language: str | None) -> dict[str, Any]:
    """How near the best replies are to people's, and how much they differ from each other."""
    scores = {name: bleu(own, references, language) for name, own in best.items()}
    spoken = {PEOPLE: [own[0] for own in references], **best}
    cut = {name: [words(reply) for reply in own] for name, own in spoken.items()}
    return {
        "bleu": reported(scores),
        **{f"distinct_{n}": {name: distinct(own, n) for name, own in cut.items()} for n in (1, 2)},
        "ten_commonest": {name: commonest(own) for name, own in spoken.items()},
        "words": {name: _length(own) for name, own in cut.items()},
    }


def _length(replies: Sequence[Sequence[str]]) -> Figure:
    """The mean number of words."""
    return ratio(np.array([float(len(own)) for own in replies]), np.ones(len(replies)))


def offered(replies: Sequence[Sequence[Reply]]) -> dict[str, Any]:
    """Which replies were among those to the most messages, whichever of them was the best."""
    counts = Counter(reply.text for own in replies for reply in own)
    often = sorted(((text, count) for text, count in counts.items() if count > 1), key=lambda row: (-row[1], row[0]))
    kept = [{"text": text, "count": count} for text, count in often[:KEPT]]
    return {"messages": len(replies), "beam": BEAM, "different": len(counts), "commonest": kept}


def _replies(messages: dict[str, list[str]], best: dict[str, list[str]]) -> list[dict[str, Any]]:
    columns = zip(messages.items(), *best.values(), strict=True)
    return [
        {"message": message, "references": own, **dict(zip(best, answers, strict=True))}
        for (message, own), *answers in columns
    ]
