"""The command that takes a computation apart: a decoding step, a self-attention layer, both levels of a classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas import steps
from engine.store import catalogue

if TYPE_CHECKING:
    from engine.inference.step_by_step.quantities import Changes, Opened, Place
    from engine.inference.step_by_step.recurrent.small_case import Form
    from engine.inference.step_by_step.self_attention.layer import Layer

SMALL = {"small": "step", "small-layer": "layer", "small-levels": "levels"}
"""The small cases, and what each of them is."""
OPTIONS = {
    "step": ("step", "score", "window", "selection", "placement"),
    "layer": ("layer", "head", "causal"),
    "levels": ("sentence", "bare"),
}
"""Which options each kind of computation has."""


class Asked(NamedTuple):
    """What was set: numbers from 1, None or false where nothing was said."""

    step: int | None
    layer: int | None
    head: int | None
    causal: bool
    sentence: int | None
    bare: bool
    score: str | None
    window: str | None
    selection: str | None
    placement: str | None


Apart = tuple["Opened", Mapping[str, Any]]
"""A computation taken apart, and what stands beside its numbers."""


def step(
    model: Model,
    number: Annotated[int | None, typer.Option("--step", min=1, help="Which word of a translation; else 1.")] = None,
    layer: Annotated[int | None, typer.Option(min=1, help="Of a Transformer: which layer; else 1.")] = None,
    head: Annotated[int | None, typer.Option(min=1, help="Of a Transformer: which head; else 1.")] = None,
    causal: Annotated[bool, typer.Option("--causal", help="Of small-layer: no word sees a later one.")] = False,
    sentence: Annotated[int | None, typer.Option(min=1, help="Of a hierarchical classifier: which; else 1.")] = None,
    bare: Annotated[bool, typer.Option("--bare", help="Of a hierarchical classifier: no hidden layers.")] = False,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help="Put a number in the place of another, such as scores:2:-1.5, or keys:2:3:0.25 by row and column; "
            "may be given several times."
        ),
    ] = None,
    mistake: Annotated[str | None, typer.Option(help="Make a usual mistake, such as padding.")] = None,
    score: Annotated[str | None, typer.Option(help="Of small: its scoring function.")] = None,
    window: Annotated[str | None, typer.Option(help="Of small: its window.")] = None,
    selection: Annotated[str | None, typer.Option(help="Of small: its selection.")] = None,
    placement: Annotated[str | None, typer.Option(help="Of small: where it attends.")] = None,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Take what a model does with each line of standard input apart, number by number; one JSON object a line.

    Of a recurrent translator it is one decoding step, of a Transformer a self-attention layer, of a hierarchical
    classifier both its levels. The models small, small-layer and small-levels are cases for the pocket calculator:
    they have a text of their own and read none.
    """
    asked = Asked(number, layer, head, causal, sentence, bare, score, window, selection, placement)
    kind = SMALL.get(model) or _kind(model)
    _check(kind, model in SMALL, asked)
    changes, done = _changes(change or ()), mistake or ""
    if model in SMALL:
        apart, text = _small(kind, asked, changes, done)
        print(dump(_object(apart, {"model": model, "text": text}, done)))
        return
    open_ = OPEN[kind](model, device, asked, changes, done)

    def written(texts: Sequence[str]) -> list[str]:
        return [dump(_object(open_(text), {"model": model, "text": text}, done)) for text in texts]

    each(written, skip=skip_refused, as_json=True)


def _kind(model: str) -> str:
    if catalogue.foreign_name(model, folders=True):
        return "layer"
    info = catalogue.find(model, folders=True)
    if info.task == "classification" and not info.heads:
        return "levels"
    return "layer" if info.heads else "step"


def _check(kind: str, small: bool, asked: Asked) -> None:
    """Raises Refused for an option that is for another kind of computation."""
    others = [name for names in OPTIONS.values() for name in names if name not in OPTIONS[kind]]
    of_small = () if small else ("score", "window", "selection", "placement", "causal")
    wrong = next((name for name in (*others, *of_small) if getattr(asked, name)), None)
    if wrong is not None:
        raise Refused("--{option} says nothing of this model: leave it out.", option=wrong)


def _changes(codes: Sequence[str]) -> Changes:
    """Raises Refused for what is no change."""
    from engine.inference.step_by_step.change_codes import change

    changes: dict[Place, float] = {}
    for code in codes:
        try:
            place, number = change(code)
        except ValueError:
            raise Refused(
                "--change wants a quantity, a place from 1 and a number, such as scores:2:-1.5 or, where there are "
                "rows, keys:2:3:0.25, and got {code}.",
                code=code[:40],
            ) from None
        changes[place] = number
    return changes


def _object(apart: Apart, about: Mapping[str, Any], mistake: str) -> dict[str, Any]:
    """Raises Refused for a mistake that cannot be made in this computation."""
    opened, facts = apart
    if mistake and mistake not in opened.possible:
        raise Refused(
            "The mistake {name} cannot be made here; try one of {known}.",
            name=mistake[:40],
            known=", ".join(opened.possible),
        )
    return steps.taken_apart(opened, {**about, **facts})


def _of_step(model: str, device: str, asked: Asked, changes: Changes, mistake: str) -> Callable[[str], Apart]:
    from engine.inference.step_by_step.mistakes import PADDING
    from engine.inference.step_by_step.recurrent import opened, walk

    translator, number = load.translator(model, device, folders=True), asked.step or 1

    def open_(text: str) -> Apart:
        way = walk.walk(translator, text, PADDING if mistake == "padding" else 0)
        _check_step(number, len(way.ids))
        apart = opened.opened(translator, way, number - 1, changes, mistake)
        return apart, steps.of_step(apart)

    return open_


def _check_step(number: int, count: int) -> None:
    if number > count:
        raise Refused("There is no step {step}; this translation has {count}.", step=number, count=count)


def _check_layer(asked: Asked, layer: Layer) -> None:
    if (asked.layer or 1) > layer.layers:
        raise Refused("There is no layer {layer}; this model has {layers}.", layer=asked.layer, layers=layer.layers)
    if (asked.head or 1) > layer.heads:
        raise Refused("There is no head {head}; this layer has {heads}.", head=asked.head, heads=layer.heads)


def _check_sentence(number: int, count: int) -> None:
    if number > count:
        raise Refused("There is no sentence {number}; this text has {count}.", number=number, count=count)


def _of_layer(model: str, device: str, asked: Asked, changes: Changes, mistake: str) -> Callable[[str], Apart]:
    transformer = load.transformer(model, device, folders=True)
    from engine.inference.step_by_step.self_attention.opened import opened, padded
    from engine.inference.step_by_step.self_attention.reading import layer_of

    def open_(text: str) -> Apart:
        layer = layer_of(transformer, text, (asked.layer or 1) - 1, padded(mistake))
        _check_layer(asked, layer)
        apart = opened(layer, (asked.head or 1) - 1, changes, mistake)
        return apart, steps.of_layer(apart)

    return open_


def _of_levels(model: str, device: str, asked: Asked, changes: Changes, mistake: str) -> Callable[[str], Apart]:
    classifier, number = load.classifier(model, device, folders=True), asked.sentence or 1
    from engine.inference.step_by_step.hierarchy.opened import opened
    from engine.inference.step_by_step.hierarchy.text import text_of

    def open_(text: str) -> Apart:
        read = text_of(classifier, text)
        _check_sentence(number, len(read.words))
        apart = opened(read, number - 1, changes, mistake, bare=asked.bare)
        return apart, steps.of_levels(apart)

    return open_


OPEN = {"step": _of_step, "layer": _of_layer, "levels": _of_levels}
"""What takes a text apart, from a model's name, the device, what was set, changes and a mistake."""


def _small(kind: str, asked: Asked, changes: Changes, mistake: str) -> tuple[Apart, str]:
    """A small case, and the text that it reads."""
    from engine.inference.step_by_step.hierarchy import opened as levels
    from engine.inference.step_by_step.hierarchy.small_case import SENTENCES
    from engine.inference.step_by_step.recurrent import opened as recurrent
    from engine.inference.step_by_step.recurrent.small_case import SOURCE, TARGET
    from engine.inference.step_by_step.self_attention import opened as layer
    from engine.inference.step_by_step.self_attention.small_case import WORDS, small_layer

    if kind == "layer":
        _check_layer(asked, small_layer())
        head = layer.opened_small((asked.head or 1) - 1, asked.causal, changes, mistake)
        return (head, steps.of_layer(head)), " ".join(WORDS)
    if kind == "levels":
        _check_sentence(asked.sentence or 1, len(SENTENCES))
        text = levels.opened_small((asked.sentence or 1) - 1, changes, mistake, bare=asked.bare)
        return (text, steps.of_levels(text)), ". ".join(" ".join(words) for words in SENTENCES)
    _check_step(asked.step or 1, len(TARGET))
    apart = recurrent.opened_small(_form(asked), (asked.step or 1) - 1, changes, mistake)
    return (apart, steps.of_step(apart)), " ".join(SOURCE[:-1])


def _form(asked: Asked) -> Form:
    """The mechanism of the small translator. Raises Refused for a part that there is not."""
    from engine.attention import SCORES, SELECTIONS, WINDOWS
    from engine.inference.step_by_step.recurrent.small_case import Form
    from engine.models.recurrent.placements import PLACEMENTS

    tables: list[tuple[str | None, str, list[str]]] = [
        (asked.score, "additive", list(SCORES)),
        (asked.window, "global", list(WINDOWS)),
        (asked.selection, "soft", list(SELECTIONS)),
        (asked.placement, "before", list(PLACEMENTS)),
    ]
    for part, usual, known in tables:
        if (part or usual) not in known:
            raise Refused(
                "The small case has no {name}; there are {known}.", name=(part or "")[:40], known=", ".join(known)
            )
    score, window, selection, placement = (part or usual for part, usual, _ in tables)
    return Form(score, window, selection, "before" if placement == "before" else "after", placement == "fed")
