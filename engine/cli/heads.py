"""Every head of every layer of a Transformer, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import Refused
from engine.schemas import trace as writer

if TYPE_CHECKING:
    from engine.inference.looked import Looked
    from engine.inference.transformer import Transformer
    from engine.traces import Trace


def described(
    model: Transformer,
    pair: str | None,
    languages: tuple[str | None, str | None] = (None, None),
) -> Callable[[str], dict[str, Any]]:
    """For a text its output and a trace of each kind of attention, layers and heads as the model has them. For a model
    that sees, the text is the path of a picture. `languages` are the codes of the source's and the target's."""
    from engine.capture.request import Request

    def one(text: str) -> dict[str, Any]:
        asked = Request(text, pair, source_language=languages[0], target_language=languages[1])
        looked = model.look(Request("", image=_content(text)) if model.sees else asked)
        about = writer.transformer(looked.output)
        about["traces"] = [writer.trace(each) for each in traces(model, looked)]
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
