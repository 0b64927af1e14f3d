"""Commands about runs: which there are, one more, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.runs import queue, worker
from engine.runs.queue import Run

runs = typer.Typer(help="Trainings: which there are, and their queue.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The run, as `runs list` names it.")]
QueueDevice = Annotated[str, typer.Option(help="Whose queue: cpu, cuda or cuda:1.")]


@runs.command("list")
def listed(as_json: Annotated[bool, typer.Option("--json", help="All of it, a run a line.")] = False) -> None:
    """Print all runs, the newest first: name, state, update and title, with a tab between."""
    for run in queue.runs():
        typer.echo(json.dumps(_record(run), ensure_ascii=False) if as_json else "\t".join(_line(run)))


@runs.command("add")
def add(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    title: Annotated[str, typer.Option(help="What it is called; else as the file.")] = "",
    device: QueueDevice = "cpu",
    minutes: Annotated[
        float, typer.Option(min=0, help="How long it may take; as many updates as fit are timed before the first one.")
    ] = 0.0,
) -> None:
    """Put a training in the queue and see to it that it is worked off; prints the name of the run."""
    from engine.training.config import read

    read(config)  # refuses what is no config
    run = queue.add(config.read_bytes(), title or config.stem, "", device, minutes=minutes)
    worker.start(device)
    typer.echo(run.name)


@runs.command("stop")
def stop(name: Name) -> None:
    """Have a run stopped: the best model until then is stored."""
    queue.stop(name)


@runs.command("resume")
def resume(name: Name) -> None:
    """Put a run in the queue again that was stopped or interrupted, or failed; it goes on where it was."""
    queue.resume(name)
    worker.start(queue.find(name).request.device)


@runs.command("delete")
def delete(name: Name) -> None:
    """Put a run away; `runs restore` brings it back."""
    queue.delete(name)


@runs.command("restore")
def restore(name: Name) -> None:
    """Bring back a run that was put away."""
    queue.restore(name)


@runs.command("work")
def work(device: QueueDevice = "cpu") -> None:
    """Train what waits, one run after another, until nothing waits."""
    worker.work(device)


def _line(run: Run) -> list[str]:
    point = run.point
    reached = "" if point is None else f"{point.step}/{point.updates}"
    return [run.name, run.state, reached, run.request.title]


def _record(run: Run) -> dict[str, object]:
    """A run as JSON has it."""
    point, end = run.point, run.outcome
    record: dict[str, object] = {"name": run.name, "title": run.request.title, "state": run.state, "place": run.place}
    record |= {"model": run.model if run.stored else None, "device": run.request.device, "note": run.request.note}
    record |= {"update": point.step if point else None, "updates": point.updates if point else None}
    record |= {"best_update": end.best_update if end else None}
    return record | {"reason": str(end.refusal) if end is not None and end.refusal is not None else None}
