"""The command that prints how a training went."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.reading import Json, dump
from engine.inference.replay import listing
from engine.inference.replay.frames import Frame, Replay
from engine.schemas import replays


def replay(
    run: Annotated[str, typer.Argument(help="replays/NAME of those that come along, run:NAME, or a folder (/…, ./…).")],
    as_json: Json = False,
) -> None:
    """Print what a training was like at each validation; with --json also where it looked.

    Loss in nats, BLEU or accuracy on a sample of the development data, entropy in bits, AER against people's links, and
    the mean change of a weight since the line before.
    """
    record = listing.open_replay(run, folders=True)
    if as_json:
        typer.echo(dump(replays.replay(record)))
        return
    measure = "BLEU" if record.about.measure == "bleu" else record.about.measure
    typer.echo("\t".join(("update", "loss", measure, "entropy", "AER", "moved")))
    for frame in record.frames:
        typer.echo(_line(record, frame))


def _line(record: Replay, frame: Frame) -> str:
    values = frame.scores
    digits = (3, 1 if record.about.measure == "bleu" else 3, 3, 3, 4)
    rest = ("" if value is None else f"{value:.{count}f}" for value, count in zip(values, digits, strict=True))
    return "\t".join([str(frame.update), *rest])
