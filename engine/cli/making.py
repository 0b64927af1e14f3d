"""Commands that train, measure and fetch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine import store
from engine.cli.reading import Device, Model
from engine.errors import Refused

if TYPE_CHECKING:
    from engine.data.gold import GoldPair
    from engine.data.tsv import Pair
    from engine.training.loop import Progress


def train(
    config: Annotated[Path, typer.Argument(help="A TOML file that says what to train.")],
    run: Annotated[Path | None, typer.Option(help="Folder of the run; else one in `runs`, named as the file.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")] = False,
    device: Device = "auto",
) -> None:
    """Train a model; prints the folder of the finished run."""
    from engine.training import runs

    folder = run if run is not None else store.runs_folder() / config.stem
    typer.echo(runs.train(config, folder, resume=resume, device=device, watch=_told))


def evaluate(
    model: Model,
    on: Annotated[str | None, typer.Option(help="Corpus whose test split is used; else the model's own.")] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Word links that people drew, as JSON lines; else those in ALIGNSCOPE_DATA.")
    ] = None,
    both: Annotated[
        str | None, typer.Option(help="A model of the other direction to join alignments with; else one of ours.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="With every sentence and its outputs.")] = False,
    device: Device = "auto",
) -> None:
    """Measure a model and print its metrics.json."""
    from engine.data import corpora, links
    from engine.data import gold as gold_files
    from engine.evaluation import metrics, report

    translator = store.load(model, device, folders=True)
    corpus = on if on is not None else _own_corpus(translator.info)
    pairs: list[Pair] = corpora.load(corpus, "test")
    back = store.reverse(translator.info, store.models()) if both is None else store.find(both, folders=True)
    found = report.evaluate(
        translator,
        [(pair.source, pair.target) for pair in pairs],
        corpus=corpus,
        language=translator.info.target_language,
        gold=gold_files.load(gold) if gold is not None else _known_gold(translator.info),
        aligner_links=links.for_corpus(corpus),
        reverse=store.load(back.name, device, folders=True) if back is not None else None,
        full=full,
        progress=lambda step: print(step, file=sys.stderr, flush=True),
    )
    typer.echo(metrics.to_json(found), nl=False)


def card(model: Model) -> None:
    """Print the card of a model from its config, its training and its metrics."""
    from engine.evaluation.card import card as written

    typer.echo(written(store.find(model, folders=True)), nl=False)


def fetch(name: Annotated[str, typer.Argument(help="A corpus, such as tatoeba/en-fr.")]) -> None:
    """Fetch a corpus from its publisher; prints where it lies."""
    from engine.data.download import fetch as download

    def told(done: int, total: int | None) -> None:
        whole = f" of {total / 1e6:.1f}" if total else ""
        print(f"\r{done / 1e6:.1f}{whole} MB", end="", file=sys.stderr, flush=True)

    archive = download(name, told)
    print(file=sys.stderr)
    typer.echo(archive.path)


def _own_corpus(info: store.ModelInfo) -> str:
    names = info.config.get("corpora")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise Refused("{name} does not say what it learnt from; name a corpus with --on.", name=store.shown(info.name))
    return names[0]


def _known_gold(info: store.ModelInfo) -> list[GoldPair] | None:
    """The gold links of the model's two languages in the folder that ALIGNSCOPE_DATA names; None without any."""
    from engine.data import gold

    folder = os.environ.get("ALIGNSCOPE_DATA")
    if not folder or info.source_language is None or info.target_language is None:
        return None
    return gold.for_languages(Path(folder) / "word_alignment", info.source_language, info.target_language)


def _told(progress: Progress) -> None:
    if progress.step % 25 and progress.validation is None:
        return
    checked = "" if progress.validation is None else f", validation {progress.validation:.3f}"
    print(
        f"update {progress.step} of {progress.updates}: loss {progress.loss:.3f}{checked} nats per piece, "
        f"{progress.speed:.0f} pieces/s",
        file=sys.stderr,
        flush=True,
    )
