"""The command that says what a training will take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.reading import Device, Json, dump
from engine.errors import Refused


def estimate(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    minutes: Annotated[float, typer.Option(min=0, help="Say also how many updates fit so many minutes.")] = 0.0,
    folder: Annotated[
        Path | None, typer.Option(help="Work in this folder: activity.json there says meanwhile what is done.")
    ] = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Say what a training will take: parameters, memory and time, from a few real steps on this machine.

    Prints a name and a value a line, with a tab between. Nothing is left behind, except in --folder.
    """
    from engine.devices import choose
    from engine.schemas import estimates
    from engine.training import estimate as estimating
    from engine.training.config import read

    wanted = read(config)
    if folder is not None and not folder.is_dir():
        raise Refused("There is no folder {folder} to work in: make it first.", folder=folder)
    record = estimates.record(wanted, estimating.estimate(wanted, choose(device), folder=folder), minutes)
    if as_json:
        typer.echo(dump(record))
        return
    for name, value in estimates.lines(record):
        typer.echo(f"{name}\t{value}")
