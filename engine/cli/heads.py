"""Every head of every layer of a Transformer, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.cli.head_parts import Part
from engine.errors import Refused
from engine.schemas import trace as writer

if TYPE_CHECKING:
    from engine.cli.head_files import HeadsFile
    from engine.inference.looked import Looked
    from engine.inference.transformer import Transformer
    from engine.traces import Trace

MAX_NUMBERS = 5_000_000
"""How many weights and scores one line of JSON may hold: some fifty megabytes of text."""


def described(
    model: Transformer,
    pair: str | None,
    languages: tuple[str | None, str | None] = (None, None),
    part: Part | None = None,
    file: HeadsFile | None = None,
) -> Callable[[str], dict[str, Any]]:
    """For a text its output and a trace of each kind of attention, layers and heads as the model has them. For a model
    that sees, the text is the path of a picture. `languages` are the codes of the source's and the target's.

    With `file` the weights are written there, and the line names the arrays in it.
    """
    from engine.capture.request import Request

    wanted = part or Part()
    if model.sees:
        refuse_for_pictures(pair, languages)

    def describe(text: str) -> dict[str, Any]:
        asked = Request(text, pair, source_language=languages[0], target_language=languages[1])
        looked = model.look(Request("", image=picture(text)) if model.sees else asked)
        about = writer.transformer(looked.output)
        if file is None:
            check_size(looked, wanted)
            about["traces"] = [writer.trace(trace, wanted.digits) for trace in traces(model, looked, wanted)]
        else:
            about |= {"traces": [], "npz": file.add(model, looked, wanted)}
        if looked.picture is not None:
            about["grid"] = list(looked.picture.grid)
        return about | looked.cuts

    return describe


def check_size(looked: Looked, part: Part) -> None:
    """Raises `Refused` for a text of which one line of JSON would hold more than `MAX_NUMBERS`, scores counted too."""
    sizes = [
        (len(part.layers_of(each)), len(part.heads_of(each)), len(each.queries), len(each.keys))
        for each in looked.overviews
    ]
    count = 2 * sum(layers * heads * queries * keys for layers, heads, queries, keys in sizes)
    if count > MAX_NUMBERS:
        raise Refused(
            "This text has {count:,} weights and scores ({sizes} in layers × heads × rows × columns, twice), and one "
            "line of JSON holds {limit:,} at most: choose some of --heads with --layers and --only-heads, or write all "
            "of them into a file with --npz.",
            count=count,
            sizes=" + ".join(" × ".join(f"{size:,}" for size in each) for each in sizes),
            limit=MAX_NUMBERS,
        )


def refuse_for_pictures(pair: str | None, languages: tuple[str | None, str | None]) -> None:
    """Raises `Refused` where a second text or languages are named beside a picture."""
    if pair is not None or any(languages):
        raise Refused("A model that reads pictures takes no text beside them: leave --target and the languages out.")


def picture(path: str) -> bytes:
    """The file of a picture. Raises `Refused` where it cannot be read."""
    from engine.capture.pictures import MAX_BYTES

    try:
        with Path(path.strip()).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refused("{path} is no file that can be read; give the path of a picture a line.", path=path) from error


def traces(model: Transformer, looked: Looked, part: Part) -> Iterator[Trace]:
    """The layers and heads that are wanted of a text, one trace for each kind of attention."""
    from engine.traces import Trace

    for overview in looked.overviews:
        heads = part.heads_of(overview)
        layers = model.layers(looked, overview.kind)
        chosen = [layers[number] for number in part.layers_of(overview)]
        weights = np.stack([layer.weights().cpu().numpy()[heads] for layer in chosen])
        scores = [layer.scores() for layer in chosen]
        raw = (
            None
            if any(table is None for table in scores)
            else np.stack([table.float().cpu().numpy()[heads] for table in scores if table is not None])
        )
        yield Trace(overview.kind, overview.queries, overview.keys, weights, raw)
