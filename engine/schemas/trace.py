"""The one writer of `trace.json`: what a model made of a text and where it looked, as values of JSON.

The command line prints these, and every page's file holds them beside the view.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from engine.capture.output import Output
    from engine.evaluation.faithfulness import Faithfulness
    from engine.inference.conversation import Answer
    from engine.inference.document_reading import Reading
    from engine.inference.imposed import Imposition
    from engine.inference.translation import Translation
    from engine.inference.translation_faithfulness import Erasure, Shuffled
    from engine.store.replying import Generic
    from engine.traces import Trace

FORMAT = 1
DIGITS = 6
JUDGED = ("comprehensiveness", "sufficiency", "area", "gradients", "effect", "permuted")
"""Of a document, what is said of its shades."""


@runtime_checkable
class Token(Protocol):
    """What a model said or might have said, with the natural logarithm of its probability."""

    @property
    def text(self) -> str: ...
    @property
    def logprob(self) -> float: ...


@runtime_checkable
class SaidToken(Token, Protocol):
    """A token of an output, and what was likeliest in its place, best first."""

    @property
    def candidates(self) -> Sequence[Token]: ...


def rounded(values: Any, digits: int = DIGITS) -> Any:
    """Nested lists of numbers of so many digits after the point."""
    return np.round(np.asarray(values, dtype=np.float64), digits).tolist()


def trace(record: Trace, digits: int = DIGITS) -> dict[str, Any]:
    """One kind of attention: both its sides, weights[layer][head][query][key], and scores where there are any.

    Of a window its centre and width[layer][head][query]; `rows` where they do not sum to 1.
    """
    window = {"centre": record.centre, "width": record.width}
    return {
        "kind": record.kind,
        "queries": record.queries.facts(),
        "keys": record.keys.facts(),
        "weights": rounded(record.weights, digits),
        "scores": None if record.scores is None else rounded(record.scores, digits),
        **({} if record.rows == "sum_to_one" else {"rows": record.rows}),
        **{name: rounded(places, digits) for name, places in window.items() if places is not None},
    }


def translation(record: Translation) -> dict[str, Any]:
    """What a translator with one attention, or with none, says of a text, and where it looked."""
    return {
        "output": {"text": record.output.text, "tokens": _tokens(record.output.tokens)},
        **({"attention": "none"} if record.trace is None else {}),
        "traces": [] if record.trace is None else [trace(record.trace)],
    }


def answer(record: Answer, generic: Callable[[str], Generic | None]) -> dict[str, Any]:
    """A reply and where the model looked, beside all replies with the parts of their score, best first; `generic` says
    how often a reply was offered when the model was measured."""
    replies = []
    for reply in record.replies:
        often = generic(reply.text)
        replies.append(
            {
                "text": reply.text,
                "logprob": round(reply.logprob, DIGITS),
                "back": round(reply.back, DIGITS),
                "pieces": reply.pieces,
                "score": round(reply.score(record.mmi), DIGITS),
                "offered": None if often is None else often._asdict(),
            }
        )
    weights = {"lambda": record.mmi.weight, "gamma": record.mmi.length}
    return {**translation(record.translation), "mmi": weights, "replies": replies}


def imposition(record: Imposition) -> dict[str, Any]:
    """What became of a translation under changed attention: the changes as ids, by how much the log-probability of each
    of its pieces rose, the same pieces with where they looked then, and the translation that was written instead."""
    return {
        "changes": list(record.codes),
        "rise": rounded(record.rise),
        "same": translation(record.same),
        "new": translation(record.new),
    }


def trust(erased: Erasure, shuffled: Shuffled | None) -> dict[str, Any]:
    """Whether the map of a translation means anything: the curves of its ln p as words go, what they come to beside
    chance, and what shuffled weights make of it, where weights can be shuffled."""
    other = {} if shuffled is None else {"shuffled": _shuffled(shuffled)}
    return {
        "erasure": {
            "words": erased.words,
            "logprob": round(erased.logprob, DIGITS),
            "gone": list(erased.gone),
            "curves": {name: rounded(curve) for name, curve in erased.curves.items()},
            "random": rounded(erased.random),
            "falls": {name: round(fall, DIGITS) for name, fall in erased.falls.items()},
            "by_chance": rounded(erased.chance),
            "verdicts": dict(erased.verdicts),
        },
        **other,
    }


def _shuffled(record: Shuffled) -> dict[str, Any]:
    return {
        "logprob": round(record.logprob, DIGITS),
        "logprobs": rounded(record.logprobs),
        "verdict": record.verdict,
        "text": record.text,
        "texts": list(record.texts),
    }


def document(record: Reading) -> dict[str, Any]:
    """What a classifier made of a text, whose sentences and words stand in `text` where they are said to.

    The answer stands as an output of one token, whose candidates are all labels.
    """
    pairs = list(zip(record.labels, map(float, record.probabilities), strict=True))
    return {
        "text": record.document.text,
        "output": _answer(pairs),
        "probabilities": {label: round(share, DIGITS) for label, share in pairs},
        "sentences": [
            {"start": sentence.start, "end": sentence.end, "words": [list(word) for word in sentence.words]}
            for sentence in record.document.sentences
        ],
        **({} if record.cut is None else {"cut": list(record.cut)}),
        "traces": [trace(each) for each in (*([record.sentences] if record.sentences else []), *record.words)],
    }


def reweighed(changes: Sequence[str], record: Reading) -> dict[str, Any]:
    """What a classifier makes of its text under changed weights, and these weights."""
    written = document(record)
    return {"changes": list(changes), **{name: written[name] for name in ("output", "probabilities", "traces")}}


def faithfulness(record: Faithfulness) -> dict[str, Any]:
    """Whether the shades of a document mean anything: each figure, its range by chance, and what follows."""
    return {
        "words": record.words,
        "probability": round(record.probability, DIGITS),
        **{name: None if (value := getattr(record, name)) is None else round(value, DIGITS) for name in JUDGED},
        "orders": record.effort.shuffles,
        "by_chance": {name: rounded(ends) for name, ends in record.by_chance.items()},
        "verdicts": dict(record.verdicts),
        "shares": list(record.shares),
        "curves": {name: rounded(getattr(record, name)) for name in ("most", "least", "random")},
    }


def figure(
    name: str,
    title: str,
    labels: tuple[Sequence[str], Sequence[str]],
    values: Any,
    links: Iterable[tuple[int, int]],
    facts: Mapping[str, str],
) -> dict[str, Any]:
    """A matrix as a page shows it: `labels` of its rows and columns, values[row][column], and the links it comes to, as
    (source word, target word) from 0. `facts` say how its numbers came about."""
    rows, columns = labels
    return {
        "name": name,
        "title": title,
        "rows": list(rows),
        "columns": list(columns),
        "values": rounded(values),
        "links": [list(link) for link in sorted(links)],
        "facts": dict(facts),
    }


def transformer(output: Output) -> dict[str, Any]:
    """What a Transformer makes of a text: tokens, or labels, or the numbers of a regression as text alone."""
    answer: dict[str, Any]
    if output.problem == "regression":
        answer = {"text": ", ".join(f"{value:.{DIGITS}g}" for _, value in output.labels), "tokens": []}
    elif output.labels:
        answer = _answer(output.labels)
    else:
        answer = {"text": output.text or "", "tokens": _tokens(output.tokens)}
    return {"output": answer, **(output.measured(DIGITS) if output.labels else {})}


def _answer(pairs: Iterable[tuple[str, float]]) -> dict[str, Any]:
    ranked = sorted(pairs, key=lambda pair: -pair[1])
    candidates = [_candidate(label, math.log(max(share, 1e-300))) for label, share in ranked]
    return {"text": ranked[0][0], "tokens": [{**candidates[0], "candidates": candidates}]}


def _tokens(tokens: Iterable[SaidToken]) -> list[dict[str, Any]]:
    return [
        {
            **_candidate(token.text, token.logprob),
            "candidates": [_candidate(each.text, each.logprob) for each in token.candidates],
        }
        for token in tokens
    ]


def _candidate(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": round(min(logprob, 0.0), DIGITS)}
