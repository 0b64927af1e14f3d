"""The command that prints the map of a sentence as the page Translate draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.aligning import opposite
from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas.trace import DIGITS, FORMAT, rounded
from engine.traces import LATEST, Read

if TYPE_CHECKING:
    from engine.inference.sentence_maps import SentenceMap
    from engine.inference.translation import Translation
    from engine.inference.translator import Translator

Draw = Callable[["Translation"], "SentenceMap"]
Reading = Annotated[
    Literal["attention", "effect", "consensus"],
    typer.Option(
        help="Where the model looked, what each source word does to the translation, or what all models say together "
        "that it names for its two languages."
    ),
]
Later = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=LATEST,
        help="Read attention so many steps after the one that wrote a word; by default 0, or what the model was "
        "trained for.",
    ),
]


def sentence_map(
    model: Model,
    read: Reading = "attention",
    target: Annotated[str | None, typer.Option(help="Make the model say this.")] = None,
    beam: Annotated[int, typer.Option(help="How many outputs are followed at once; 1 is greedy.")] = 1,
    candidate: Annotated[int, typer.Option(min=1, help="Which output of the beam, the best being 1.")] = 1,
    pieces: Annotated[bool, typer.Option("--pieces", help="By pieces; else they are joined to words.")] = False,
    end: Annotated[
        bool, typer.Option("--end", help="Keep the end of the sentence; else rows sum to 1 without.")
    ] = False,
    layer: Annotated[int | None, typer.Option(min=1, help="Of several layers; by default the second to last.")] = None,
    head: Annotated[int | None, typer.Option(min=1, help="Of several heads; by default their mean.")] = None,
    later: Later = None,
    both: Annotated[str | None, typer.Option(help="A model of the other direction to join with.")] = None,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Translate each line of standard input and print its map, as the page Translate draws it; one JSON object a line.

    A row stands for each word of the translation, a column for each of the source.
    """
    of_attention = {"--layer": layer, "--head": head, "--later": later}
    _check(read, [name for name, value in of_attention.items() if value is not None], both, pieces or end)
    check_search(target, beam, candidate)
    translator = load.translator(model, device, folders=True)
    how: dict[str, Any] = {"layer": from_zero(layer), "head": from_zero(head)}
    how["later"] = translator.info.later if later is None else later
    about = {"format": FORMAT, "model": model, "weights_sha256": translator.info.weights_sha256, "read": read}
    about |= {} if both is None else {"both": both}
    draw = _drawer(translator, read, both, device, how | {"by_words": not pieces, "end": end})

    def written(texts: Sequence[str]) -> list[str]:
        return [_object(about, translated(text), draw) for text in texts]

    def translated(text: str) -> Translation:
        effect = read == "effect"
        return translator.translate(
            text, beam=beam, nbest=candidate, choose=candidate - 1, target=target, effect=effect
        )

    each(written, skip=skip_refused, as_json=True)


def _check(read: str, of_attention: list[str], both: str | None, kept: bool) -> None:
    """Raises Refused for options that do not go together; `kept` where pieces or ends are asked for."""
    if read != "attention" and of_attention:
        raise Refused("{option} is for attention: leave it out.", option=of_attention[0])
    if read == "consensus" and both is not None:
        raise Refused("--both is for one reading, and a consensus is made of several: leave it out.")
    if kept and (both is not None or read == "consensus"):
        raise Refused("--pieces and --end are for one model: several can be joined over words alone.")


def check_search(target: str | None, beam: int, candidate: int) -> None:
    """Raises Refused where a search is asked for of a model that is told what to say."""
    named = [name for name, number in (("--beam", beam), ("--candidate", candidate)) if number != 1]
    if target is not None and named:
        raise Refused("{option} is for a search; with --target there is none: leave it out.", option=named[0])


def from_zero(number: int | None) -> int | None:
    return None if number is None else number - 1


def _drawer(translator: Translator, read: str, both: str | None, device: str, how: dict[str, Any]) -> Draw:
    """What makes a map of a translation. Raises Refused for a model of the wrong direction."""
    from engine.inference import sentence_maps

    if read == "consensus":
        opened = partial(load.translator, device=device)
        return lambda made: sentence_maps.together(made, translator.info, opened)
    kind: Read = "effect" if read == "effect" else "attention"
    if both is None:
        return lambda made: sentence_maps.one_way(made, kind, **how)
    reverse = load.translator(opposite(translator.info, both).name, device, folders=True)
    heads = {name: how[name] for name in ("layer", "head", "later")}
    return lambda made: sentence_maps.both_ways(made, reverse, kind, **heads)


def _object(about: dict[str, Any], translation: Translation, draw: Draw) -> str:
    shown = draw(translation)
    output = {"text": translation.output.text, "logprob": round(translation.output.logprob, DIGITS)}
    sides = {"rows": list(shown.rows), "columns": list(shown.columns)}
    links = [list(link) for link in sorted(shown.links)]
    return dump(
        {**about, "text": translation.text, "output": output, **sides, "matrix": rounded(shown.matrix), "links": links}
    )
