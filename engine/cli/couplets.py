"""The command that writes second lines of couplets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from engine.cli.lines import Skip, each
from engine.cli.notes import note
from engine.cli.reading import Device, Json, Model, dump
from engine.inference import load
from engine.schemas import trace as writer
from engine.schemas.trace import FORMAT
from engine.store.names import shown


def couplet(
    model: Model,
    fixed: Annotated[
        str, typer.Option(help="Characters that stand at their places in every second line, such as _风__; _ is free.")
    ] = "",
    free_length: Annotated[
        bool, typer.Option("--free-length", help="Let the model choose the length; else that of the first line.")
    ] = False,
    beam: Annotated[int, typer.Option(help="How many lines are followed at once; 1 takes the likeliest.")] = 5,
    candidate: Annotated[int, typer.Option(min=1, help="Which of them is given, the best being 1.")] = 1,
    as_json: Json = False,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Answer each line of standard input with the second line of a couplet; with --json also where the model looked."""
    couplets = load.couplet_writer(model, device, folders=True)
    if as_json and not couplets.info.attends:
        note(f"{shown(model)} has no attention: its objects say so and hold no traces")

    def work(firsts: Sequence[str]) -> Sequence[str]:
        search: dict[str, Any] = {"beam": beam, "nbest": beam if as_json else candidate, "choose": candidate - 1}
        written = [couplets.write(first, fixed=fixed, equal=not free_length, **search) for first in firsts]
        if not as_json:
            return [line.output.text for line in written]
        about = {"format": FORMAT, "model": model, "weights_sha256": couplets.info.weights_sha256}
        return [dump({**about, "text": line.text, **writer.translation(line)}) for line in written]

    each(work, skip=skip_refused, as_json=as_json)
