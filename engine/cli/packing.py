"""Commands that pass a model on as one file, and take one in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.notes import note
from engine.cli.reading import Model
from engine.data.files import atomic_write
from engine.errors import Refused
from engine.store import catalogue
from engine.store import pack as packing


def pack(model: Model, file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write a model with its card, figures and recipe into one zip file; prints its name."""
    info = catalogue.find(model, folders=True)

    def show(done: int, total: int) -> None:
        note(f"\r{done / 1e6:.1f} of {total / 1e6:.1f} MB", end="")

    atomic_write(file, lambda out: packing.pack(info.folder.resolve(), out, show))
    note("")
    typer.echo(file)


def unpack(
    file: Annotated[Path, typer.Argument(help="A zip file of a model of ours, such as `pack` writes.")],
    name: Annotated[str | None, typer.Option(help="What to call it; else as its folder in the file is called.")] = None,
) -> None:
    """Take in a model, once it was looked at and tried; prints the name by which it is used."""
    from engine.inference.bring import bring

    if not file.is_file():
        raise Refused("{file} is no file; name a zip file of a model.", file=file)
    with file.open("rb") as archive:
        typer.echo(bring(archive, name or file.stem, named=name is not None))
