"""Commands that train and fetch."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.notes import note
from engine.cli.reading import Device
from engine.errors import Refused
from engine.store import names

if TYPE_CHECKING:
    from engine.training.loop import Progress


class Split(StrEnum):
    """Which pairs of a config."""

    train = "train"
    dev = "dev"


def train(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    run: Annotated[Path | None, typer.Option(help="Folder of the run; else one in `runs`, named as the file.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    no_replay: Annotated[
        bool,
        typer.Option(
            "--no-replay",
            help="Do not record what `replay` plays; else the texts in the run's probes.txt are looked at after each "
            "validation, or ten of the development data.",
        ),
    ] = False,
    device: Device = "auto",
) -> None:
    """Train a model; prints the folder of the finished run."""
    from engine.inference.replay.recorder import ReplayRecorder
    from engine.training import runs

    folder = run if run is not None else names.runs_folder() / config.stem
    record = None if no_replay else ReplayRecorder(note)
    done = runs.train(config, folder, resume=resume, device=device, watch=_told, note=note, record=record)
    if done is not None:
        typer.echo(done)


def fetch(name: Annotated[str, typer.Argument(help="A corpus, such as tatoeba/en-fr or imdb.")]) -> None:
    """Fetch a corpus from its publisher; prints where it lies."""
    from engine.data import download
    from engine.data.documents import reviews

    def downloaded(done: int, total: int | None) -> None:
        whole = f" of {total / 1e6:.1f}" if total else ""
        note(f"\r{done / 1e6:.1f}{whole} MB", end="")

    archive = (reviews.fetch if name in reviews.REVIEWS else download.fetch)(name, downloaded)
    note("")
    typer.echo(archive.path)


def pairs(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    split: Annotated[Split, typer.Option(help="Those to learn from, or those that training is measured by.")] = (
        Split.train
    ),
) -> None:
    """Print the sentence pairs of a config, "source TAB target" a line: `align` reads them, and the links that it
    prints for them are those that the section `supervised` names."""
    from engine.training.config import read
    from engine.training.data_sections import PairsConfig
    from engine.training.prepare.translation import read_pairs

    data = read(config).data
    if not isinstance(data, PairsConfig):
        raise Refused("{path} learns from no sentence pairs.", path=config)
    for pair in read_pairs(data)[split.value]:
        typer.echo(f"{pair.source}\t{pair.target}")


def _told(progress: Progress) -> None:
    if progress.step % 25 and progress.validation is None:
        return
    checked = "" if progress.validation is None else f", validation {progress.validation:.3f}"
    note(
        f"update {progress.step} of {progress.updates}: loss {progress.loss:.3f}{checked} nats, "
        f"{progress.speed:.0f} words or pieces/s"
    )
