"""Commands about corpora: which can be learnt from, and one more from a table of one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.notes import note
from engine.errors import Refused


class Kind(StrEnum):
    """What the rows of a table are."""

    pairs = "pairs"
    texts = "texts"


def listed() -> None:
    """Print the corpora that a config can name: name, languages, whether it is at hand, and of own ones rows and title,
    with a tab between."""
    from engine.data.at_hand import KNOWN, at_hand, can_be_fetched
    from engine.data.own import stored
    from engine.data.registry import ReviewCorpus

    for name, corpus in KNOWN.items():
        there = "at hand" if at_hand(name) else "can be fetched" if can_be_fetched(name) else "to be put there by hand"
        spoken = (corpus.language,) * 2 if isinstance(corpus, ReviewCorpus) else corpus.languages
        typer.echo("\t".join((name, _languages(*spoken), there)))
    for own in stored.listed():
        typer.echo("\t".join((own.called, _languages(*own.languages), "at hand", str(own.rows), own.title)))


def _languages(source: str, target: str) -> str:
    return source if source == target else f"{source}-{target}"


def cased(
    corpus: Annotated[str, typer.Argument(help="A corpus of pairs that `data list` names, such as tatoeba/en-fr.")],
) -> None:
    """Print the words that the source side of a training text writes with capitals where no sentence begins."""
    from engine.data.pairs import corpora
    from engine.text.casing import usual

    typer.echo("\n".join(usual(pair.source for pair in corpora.load(corpus, "train"))))


def own(
    file: Annotated[Path, typer.Argument(help="A table: TSV, CSV, JSON lines or a workbook (XLSX, XLS, ODS).")],
    kind: Annotated[Kind, typer.Option(help="Whether its rows are pairs, or texts that may have labels.")],
    columns: Annotated[
        str, typer.Option(help="Source and target, or text and label, from 1, such as 1,2; else found.")
    ] = "",
    source: Annotated[str, typer.Option(help="Language of the source or the texts, such as en; else found.")] = "",
    target: Annotated[str, typer.Option(help="Language of the target, such as fr; else found.")] = "",
    title: Annotated[str, typer.Option(help="What it is called; else as the file.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the file, such as gb18030; else found.")] = "",
) -> None:
    """Store a corpus of one's own, once; prints the name by which a config learns from it. What is left out, and why,
    goes to standard error."""
    from engine.data.own import columns as tables
    from engine.data.own import keeping, rows
    from engine.data.tables import decode

    try:
        with file.open("rb") as opened:
            content = opened.read(decode.MAX_BYTES + 1)
    except OSError as error:
        raise Refused("{path} cannot be read; check the name and its permissions", path=file) from error
    table = tables.read(content, kind.value, encoding=encoding or None)
    places = _places(columns, table.width, kind) if columns else tables.guess(table, kind.value)
    usable = rows.usable(table, kind.value, *places)
    for skipped in usable.notes:
        note(str(skipped))
    first, second = source or usable.languages[0], target or usable.languages[1]
    if first is None or second is None:
        raise Refused("In which language this is cannot be told: name it by --source, and of pairs by --target.")
    corpus = keeping.add(usable, title or file.stem, (first, first if kind is Kind.texts else second), "")
    left_out = ", ".join(f"{rows.REASONS[reason]}: {count}" for reason, count in usable.left_out.items())
    note(f"{usable.rows_in} rows, {len(usable.rows)} used" + (f", left out: {left_out}" if left_out else ""))
    note(f"{corpus.train} for training, {corpus.dev} for development, {corpus.test} for test")
    typer.echo(corpus.called)


def _places(columns: str, width: int, kind: Kind) -> tuple[int, int | None]:
    """The places of columns that were named from 1; of texts the labels may be left out."""
    try:
        numbers = [int(column) for column in columns.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in ((1, 2) if kind is Kind.texts else (2,)):
        raise Refused("--columns takes two numbers with a comma between, such as 1,2; got {value}", value=columns)
    for number in numbers:
        if not 1 <= number <= width:
            raise Refused("There is no column {column}; this table has {count}.", column=number, count=width)
    return numbers[0] - 1, numbers[1] - 1 if len(numbers) == 2 else None
