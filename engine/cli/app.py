"""All commands, and how a refusal leaves the program."""

from __future__ import annotations

import sys

import typer

from engine import __version__
from engine.cli import making, measuring, reading
from engine.errors import Refused

app = typer.Typer(
    name="engine",
    help="Attention models: translate, classify, align, see where they look, train and measure.",
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
    reading.align,
    reading.classify,
    reading.trace,
    making.train,
    measuring.evaluate,
    measuring.card,
):
    app.command()(command)
data.command()(making.fetch)
app.add_typer(data, name="data")


def _version(asked: bool) -> bool:
    if asked:
        typer.echo(__version__)
        raise typer.Exit
    return asked


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Attention models: translate, classify, align, see where they look, train and measure."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave: 0 when all went well, 2 with one sentence for what the caller can mend."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="python -m engine")
    except Refused as refused:
        _leave(str(refused))
    except typer.TyperException as error:
        _leave(error.format_message() if hasattr(error, "format_message") else str(error))
    except typer.Abort:
        sys.exit(130)
    sys.exit(code or 0)


def _leave(sentence: str) -> None:
    print(" ".join(sentence.split()), file=sys.stderr)
    sys.exit(2)
