"""The command that prints one head, or one reading of all heads, as the page Self-attention draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from engine.cli.heads import picture, refuse_for_pictures
from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas.trace import FORMAT, rounded

if TYPE_CHECKING:
    from engine.capture.edits import Edits
    from engine.capture.request import Request
    from engine.inference.looked import Looked
    from engine.inference.transformer import Transformer
    from engine.traces import Trace

PARTS = ("special", "first", "diagonal")


class Asked(NamedTuple):
    """Which head or reading, from 1, and in which form; `query` for the row of one position alone."""

    kind: Literal["encoder", "decoder", "cross"] | None
    layer: int | None
    head: int | None
    reading: str | None
    of: int | None
    words: bool
    left_out: tuple[str, ...]
    query: int | None


def head_map(
    model: Model,
    kind: Annotated[
        Literal["encoder", "decoder", "cross"] | None, typer.Option(help="Which attention; by default the first kind.")
    ] = None,
    layer: Annotated[int | None, typer.Option(min=1, help="By default the last.")] = None,
    number: Annotated[
        int | None, typer.Option("--head", min=1, help="By default the first; of a reading the mean of all.")
    ] = None,
    reading: Annotated[
        str | None, typer.Option(help="In place of one head a reading of all: rollout, flow, norms or gradient.")
    ] = None,
    of: Annotated[
        int | None, typer.Option(min=1, help="Take the gradient of this class or token of the answer.")
    ] = None,
    words: Annotated[bool, typer.Option("--words", help="Pieces joined to words.")] = False,
    leave_out: Annotated[
        str | None,
        typer.Option(help="Leave out, rows rescaled: special, first, diagonal, or several, such as special,first."),
    ] = None,
    query: Annotated[int | None, typer.Option(min=1, help="The row of this position alone.")] = None,
    edit: Annotated[
        list[str] | None,
        typer.Option(help="Change attention first, such as mute-encoder-3-5 (0: all); may be given several times."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The second text, or what a translator is to say.")] = None,
    source_language: Annotated[str | None, typer.Option(help="Of a multilingual translator.")] = None,
    target_language: Annotated[str | None, typer.Option(help="Of a multilingual translator.")] = None,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Print one attention head of a Transformer for each line of standard input, as the page Self-attention draws it;
    one JSON object a line. A model that sees takes the path of a picture in each line."""
    asked = Asked(kind, layer, number, reading, of, words, _parts(leave_out), query)
    _check(asked)
    changes = _edits(edit or ())
    transformer = load.transformer(model, device, folders=True)
    about = {"format": FORMAT, "model": model, "weights_sha256": transformer.weights_sha256}
    read = _reader(transformer, changes, target, (source_language, target_language))

    def written(texts: Sequence[str]) -> list[str]:
        return [
            dump({**about, "text": text, **_drawn(transformer, transformer.look(read(text)), asked)}) for text in texts
        ]

    each(written, skip=skip_refused, as_json=True)


def _parts(named: str | None) -> tuple[str, ...]:
    """Raises Refused for a part that there is not."""
    parts = tuple(named.split(",")) if named is not None else ()
    if not set(parts) <= set(PARTS):
        raise Refused("--leave-out wants {known} and got {text}.", known=", ".join(PARTS), text=(named or "")[:40])
    return parts


def _check(asked: Asked) -> None:
    """Raises Refused for options that say nothing together."""
    parts = [part for part in asked.left_out if part != "special"]
    if asked.query is not None and (asked.words or parts):
        raise Refused(
            "--query gives the row of one position in pieces, and leaves out special tokens alone: take {option} back.",
            option="--words" if asked.words else f"--leave-out={','.join(parts)}",
        )
    if asked.of is not None and asked.reading != "gradient":
        raise Refused("--of names what a gradient is taken of: add --reading=gradient, or leave --of out.")


def _edits(codes: Sequence[str]) -> Edits:
    """Raises Refused for what is no change."""
    from engine.capture.edit_codes import edits

    try:
        return edits(codes)
    except ValueError as error:
        raise Refused(
            "--edit wants changes such as mute-encoder-3-5, and got {codes}.", codes=", ".join(codes)[:80]
        ) from error


def _reader(
    transformer: Transformer, edits: Edits, pair: str | None, languages: tuple[str | None, str | None]
) -> Callable[[str], Request]:
    from engine.capture.request import Request

    if transformer.sees:
        refuse_for_pictures(pair, languages)
        return lambda path: Request("", edits=edits, image=picture(path))
    return lambda text: Request(text, pair, edits, None, *languages)


def _drawn(transformer: Transformer, looked: Looked, asked: Asked) -> dict[str, Any]:
    """The numbers, and whose they are. Raises Refused for a head or kind of attention that the model does not have."""
    from engine.capture.part import part, row

    kinds = [overview.kind for overview in looked.overviews]
    kind = kinds[0] if asked.kind is None else asked.kind
    if kind not in kinds:
        raise Refused("This model has no {kind} attention; it has {known}.", kind=kind, known=", ".join(kinds))
    whose, trace = _trace(transformer, looked, kind, asked)
    keep = {name: name not in asked.left_out for name in PARTS}
    about = {"kind": kind, **whose}
    if asked.query is not None:
        keys, shares = row(trace, asked.query - 1, special=keep["special"])
        label = trace.queries.labels[asked.query - 1]
        return {**about, "rows": [label], "columns": list(keys.labels), "matrix": [rounded(shares)]}
    left = part(trace, words=asked.words, **keep)
    sides = {"rows": list(left.queries.labels), "columns": list(left.keys.labels)}
    return {**about, **sides, "matrix": rounded(left.numbers)}


def _trace(transformer: Transformer, looked: Looked, kind: Any, asked: Asked) -> tuple[dict[str, Any], Trace]:
    """One head, or one layer of a reading, and which that is, from 1."""
    if asked.reading is None:
        layers = looked.overview(kind).layers
        layer, number = asked.layer or layers, asked.head or 1
        return {"layer": layer, "head": number}, transformer.head(looked, kind, layer - 1, number - 1)
    whole = transformer.reading(looked, asked.reading, kind, None if asked.of is None else asked.of - 1)
    layers, heads = whole.weights.shape[:2]
    layer = asked.layer or layers
    if layer > layers or (asked.head or 0) > heads:
        raise Refused("This reading has {layers} layers of {heads} heads.", layers=layers, heads=heads)
    head = None if asked.head is None else asked.head - 1
    return {"reading": asked.reading, "layer": layer, "head": asked.head}, whole.only(layer - 1, head)
