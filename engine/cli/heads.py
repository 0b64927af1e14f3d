"""Every head of every layer of a Transformer, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import Refused

if TYPE_CHECKING:
    from engine.capture.output import Output
    from engine.inference.looked import Looked
    from engine.inference.transformer import Transformer
    from engine.traces import Trace

DIGITS = 6


def described(
    model: Transformer,
    pair: str | None,
    dumped: Callable[[Trace], dict[str, Any]],
    languages: tuple[str | None, str | None] = (None, None),
) -> Callable[[str], dict[str, Any]]:
    """For a text its output and a trace of each kind of attention, layers and heads as the model has them. For a model
    that sees, the text is the path of a picture. `languages` are the codes of the source's and the target's."""
    from engine.capture.request import Request

    def one(text: str) -> dict[str, Any]:
        asked = Request(text, pair, source_language=languages[0], target_language=languages[1])
        looked = model.look(Request("", image=_content(text)) if model.sees else asked)
        about: dict[str, Any] = {"output": _output(looked.output), "traces": [dumped(t) for t in traces(model, looked)]}
        if looked.output.labels:
            about |= looked.output.measured(DIGITS)
        if looked.picture is not None:
            about["grid"] = list(looked.picture.grid)
        return about | looked.cuts

    return one


def _content(path: str) -> bytes:
    from engine.capture.pictures import MAX_BYTES

    try:
        with Path(path.strip()).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refused("{path} is no file that can be read; give the path of a picture a line.", path=path) from error


def traces(model: Transformer, looked: Looked) -> Iterator[Trace]:
    """All heads of a text, one trace for each kind of attention."""
    from engine.traces import Trace

    for one in looked.overviews:
        layers = model.layers(looked, one.kind)
        weights = np.stack([layer.weights().cpu().numpy() for layer in layers])
        scores = [layer.scores() for layer in layers]
        raw = (
            None
            if any(s is None for s in scores)
            else np.stack([s.float().cpu().numpy() for s in scores if s is not None])
        )
        yield Trace(one.kind, one.queries, one.keys, weights, raw)


def _output(output: Output) -> dict[str, Any]:
    """A classifier's answer stands as one token, whose candidates are all labels; that of a regression as a number."""
    if output.problem == "regression":
        return {"text": ", ".join(f"{value:.{DIGITS}g}" for _, value in output.labels), "tokens": []}
    if output.labels:
        ranked = sorted(output.labels, key=lambda pair: -pair[1])
        candidates = [_candidate(label, float(np.log(max(share, 1e-300)))) for label, share in ranked]
        return {"text": ranked[0][0], "tokens": [{**candidates[0], "candidates": candidates}]}
    tokens = [
        {**_candidate(token.text, token.logprob), "candidates": _candidates(token.candidates)}
        for token in output.tokens
    ]
    return {"text": output.text or "", "tokens": tokens}


def _candidates(given: Sequence[Any]) -> list[dict[str, Any]]:
    return [_candidate(one.text, one.logprob) for one in given]


def _candidate(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": round(min(logprob, 0.0), DIGITS)}
