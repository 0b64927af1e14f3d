"""Commands that measure a model and write its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.aligning import opposite
from engine.cli.notes import note
from engine.cli.reading import Device, Model
from engine.errors import Refused
from engine.inference import load
from engine.store import catalogue
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.consensus import Consensus
    from engine.inference.translator import Translator


def evaluate(
    model: Model,
    on: Annotated[str | None, typer.Option(help="Corpus whose test split is used; else the model's own.")] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Word links that people drew, as JSON lines; else those in ALIGNSCOPE_DATA.")
    ] = None,
    both: Annotated[
        str | None, typer.Option(help="A model of the other direction to join alignments with; else one of ours.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="With every sentence and its outputs; of a classifier, faithfulness on all tests."),
    ] = False,
    device: Device = "auto",
) -> None:
    """Measure a model and print its metrics.json."""
    from engine.evaluation.measure import measure
    from engine.evaluation.metrics import to_json

    info = catalogue.find(model, folders=True)
    if info.task != "translation" and (gold is not None or both is not None):
        raise Refused(
            "--gold and --both are for models that translate; the task of {name} is {task}.",
            name=shown(model),
            task=shown(info.task),
        )
    metrics = measure(
        load.model(model, device, folders=True),
        on,
        note,
        gold=gold,
        reverse=_reverse(info, both, device) if info.task == "translation" else None,
        together=_together(info, device),
        full=full,
    )
    typer.echo(to_json(metrics), nl=False)


def card(model: Model) -> None:
    """Print the card of a model from its config, its training and its metrics."""
    from engine.evaluation.cards.card import card as written

    typer.echo(written(catalogue.find(model, folders=True)), nl=False)


def _together(info: catalogue.ModelInfo, device: str) -> Consensus | None:
    """All models that this one names to be asked together; None where it names none."""
    if not info.consensus:
        return None
    from engine.inference.consensus import consensus

    return consensus(info, lambda name: load.translator(name, device))


def _reverse(info: catalogue.ModelInfo, both: str | None, device: str) -> Translator | None:
    """The model of the other direction that was named, else one of ours; None without any."""
    back = catalogue.reverse(info, catalogue.models()) if both is None else opposite(info, both)
    return load.translator(back.name, device, folders=True) if back is not None else None
