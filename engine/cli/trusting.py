"""The command that asks whether the picture of where a model looked can be trusted, as the pages ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import documents
from engine.cli.documents import Wanted
from engine.cli.lines import Skip, each
from engine.cli.mapping import check_search, from_zero
from engine.cli.reading import Device, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas import trace as writer
from engine.schemas.trace import FORMAT
from engine.store import catalogue
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.translator import Translator

Describe = Callable[[str], dict[str, Any]]
JUDGED = ("combined", "relative")
"""Shades of words that are made of attention, beside the ways to read the weights of pieces."""


def trust(
    model: Model,
    target: Annotated[str | None, typer.Option(help="Make a translator say this.")] = None,
    beam: Annotated[int, typer.Option(help="How many outputs a translator follows at once; 1 is greedy.")] = 1,
    candidate: Annotated[int, typer.Option(min=1, help="Which output of the beam, the best being 1.")] = 1,
    layer: Annotated[
        int | None, typer.Option(min=1, help="Of a translator's several layers; by default the second to last.")
    ] = None,
    head: Annotated[int | None, typer.Option(min=1, help="Of several heads; by default their mean.")] = None,
    shade: Annotated[
        str | None,
        typer.Option(
            help="Of a classifier judge these shades: combined or relative, of one that reads pieces rollout, "
            "gradient or last."
        ),
    ] = None,
    without: documents.Without = None,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Ask of each line of standard input whether the picture of where the model looked can be trusted.

    Words go in the order of attention, and in orders by chance; and the weights are shuffled. One JSON object a line:
    what `trace` prints, and under `trust` (of a classifier `faithfulness`) each figure beside those by chance, and what
    follows.
    """
    info = catalogue.find(model, folders=True)
    about = {"format": FORMAT, "model": model, "weights_sha256": info.weights_sha256}
    of_sentence = {"--target": target, "--layer": layer, "--head": head}
    of_sentence |= {"--beam": beam if beam != 1 else None, "--candidate": candidate if candidate != 1 else None}
    if info.task == "classification":
        if named := next((option for option, value in of_sentence.items() if value is not None), None):
            raise Refused("{option} is for models that translate; {name} classifies.", option=named, name=shown(model))
        describe = _of_document(model, device, documents.asked(shade, without, None))
    else:
        documents.refuse(documents.asked(shade, without, None))
        check_search(target, beam, candidate)
        search = {"target": target, "beam": beam, "nbest": candidate, "choose": candidate - 1}
        place = {"layer": from_zero(layer), "head": from_zero(head)}
        describe = _of_sentence(load.translator(model, device, folders=True), search, place)
    each(
        lambda texts: [dump({**about, "text": text, **describe(text)}) for text in texts],
        skip=skip_refused,
        as_json=True,
    )


def _of_sentence(translator: Translator, search: dict[str, Any], place: dict[str, Any]) -> Describe:
    from engine.inference.translation_faithfulness import erasure, shuffled

    def describe(text: str) -> dict[str, Any]:
        translation = translator.translate(text, **search)
        erased = erasure(translator, translation, **place)
        other = shuffled(translator, translation) if translator.info.imposable else None
        return {**writer.translation(translation), "trust": writer.trust(erased, other)}

    return describe


def _of_document(model: str, device: str, wanted: Wanted) -> Describe:
    from engine.evaluation.faithfulness import faithfulness

    classifier = load.classifier(model, device, folders=True)
    known = (*JUDGED, *classifier.readings)
    if wanted.shade is not None and wanted.shade not in known:
        raise Refused(
            "Of the shades of {name} these can be judged: {known}; not {shade}.",
            name=shown(model),
            known=", ".join(known),
            shade=shown(wanted.shade),
        )
    shade, how = documents.how_read(classifier, wanted)

    def describe(text: str) -> dict[str, Any]:
        reading = classifier.read(documents.known(classifier, text, wanted), **how | {"effect": True})
        weights = reading.relative if shade == "relative" else None
        judged = faithfulness(classifier, reading, weights=weights)
        return {**documents.answered(reading), "faithfulness": writer.faithfulness(judged)}

    return describe
