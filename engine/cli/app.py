"""All commands, and how a refusal leaves the program."""

from __future__ import annotations

import contextlib
import io
import os
import sys

import typer

from engine import __version__
from engine.cli import (
    aligning,
    corpora,
    couplets,
    estimating,
    head_maps,
    making,
    mapping,
    measuring,
    packing,
    queueing,
    reading,
    replaying,
    replying,
    stepping,
    trusting,
)
from engine.cli.notes import note
from engine.errors import Refused
from engine.runs.faults import refusal_of

app = typer.Typer(
    name="engine",
    help="Attention models: translate, reply, write couplets, classify, align, see where they look, train and measure.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data = typer.Typer(help="Corpora.", no_args_is_help=True, rich_markup_mode=None)

for command in (
    reading.models,
    reading.translate,
    couplets.couplet,
    replying.reply,
    aligning.align,
    reading.classify,
    reading.trace,
    trusting.trust,
    stepping.step,
    making.train,
    estimating.estimate,
    replaying.replay,
    measuring.evaluate,
    measuring.card,
    packing.pack,
    packing.unpack,
):
    app.command()(command)
app.command("map")(mapping.sentence_map)
app.command("head")(head_maps.head_map)
data.command("list")(corpora.listed)
data.command()(corpora.own)
data.command()(corpora.cased)
data.command()(making.fetch)
data.command()(making.pairs)
app.add_typer(data, name="data")
app.add_typer(queueing.runs, name="runs")


def _version(asked: bool) -> bool:
    if asked:
        typer.echo(__version__)
        raise typer.Exit
    return asked


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Attention models: translate, reply, write couplets, classify, align, see where they look, train and measure."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave: 0 when all went well, 2 with one sentence for what the caller can mend."""
    try:
        if sys.stdout is None:
            raise Refused("There is no standard output to write to; leave it open, or send it to a file with > FILE.")
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as what is read, whatever the terminal's own
        code = app(arguments, standalone_mode=False, prog_name="python -m engine")
        sys.stdout.flush()
    except typer.TyperException as error:
        _leave(error.format_message() if hasattr(error, "format_message") else str(error))
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:  # whoever read has left, as `head` does
        _leave("", 1)
    except Exception as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        _leave(str(refusal))
    sys.exit(code or 0)


def _leave(sentence: str, code: int = 2) -> None:
    if sentence:
        note(" ".join(sentence.split()))
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        # Thrown away: the interpreter would try to write it once more as it ends, and print a traceback.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
