"""Commands that measure a model and write its card."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.aligning import opposite
from engine.cli.notes import note
from engine.cli.reading import Device, Model
from engine.errors import Refused
from engine.inference import load
from engine.store import catalogue
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.data.documents.rationales import Rationale
    from engine.data.documents.reviews import Reviews
    from engine.data.pairs.gold import GoldPair
    from engine.data.tsv import Pair

SHORT = ("yelp_hat/50words", "yelp_hat/100words", "yelp_hat/mixed")
"""Short enough to read the effect of each word."""
MARKED = (*SHORT, "eraser_movies")


def evaluate(
    model: Model,
    on: Annotated[str | None, typer.Option(help="Corpus whose test split is used; else the model's own.")] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Word links that people drew, as JSON lines; else those in ALIGNSCOPE_DATA.")
    ] = None,
    both: Annotated[
        str | None, typer.Option(help="A model of the other direction to join alignments with; else one of ours.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="With every sentence and its outputs; of a classifier, faithfulness on all tests."),
    ] = False,
    device: Device = "auto",
) -> None:
    """Measure a model and print its metrics.json."""
    from engine.evaluation.metrics import to_json

    info = catalogue.find(model, folders=True)
    corpus = on if on is not None else _own_corpus(info)
    if info.task == "classification":
        if gold is not None or both is not None:
            raise Refused("--gold and --both are for models that translate; {name} classifies.", name=shown(model))
        found = _classifier(model, corpus, full, device)
    elif info.task == "language":
        if gold is not None or both is not None:
            raise Refused("--gold and --both are for models that translate; {name} continues text.", name=shown(model))
        found = _language(model, corpus, full, device)
    else:
        found = _translator(model, corpus, gold, both, full, device)
    typer.echo(to_json(found), nl=False)


def card(model: Model) -> None:
    """Print the card of a model from its config, its training and its metrics."""
    from engine.evaluation.cards.card import card as written

    typer.echo(written(catalogue.find(model, folders=True)), nl=False)


def _translator(
    model: str, corpus: str, gold: Path | None, both: str | None, full: bool, device: str
) -> dict[str, Any]:
    from engine.data.pairs import corpora, links
    from engine.data.pairs import gold as gold_files
    from engine.evaluation import translation

    translator = load.translator(model, device, folders=True)
    pairs: list[Pair] = corpora.load(corpus, "test")
    back = catalogue.reverse(translator.info, catalogue.models()) if both is None else opposite(translator.info, both)
    return translation.evaluate(
        translator,
        [(pair.source, pair.target) for pair in pairs],
        corpus=corpus,
        language=translator.info.target_language,
        gold=gold_files.load(gold) if gold is not None else _known_gold(translator.info),
        aligner_links=links.for_corpus(corpus),
        reverse=load.translator(back.name, device, folders=True) if back is not None else None,
        full=full,
        progress=note,
    )


def _classifier(model: str, corpus: str, full: bool, device: str) -> dict[str, Any]:
    from engine.data.documents import reviews
    from engine.evaluation import classification, tfidf

    classifier = load.classifier(model, device, folders=True)
    found = reviews.read(corpus)
    if found.labels != classifier.labels:
        raise Refused(
            "{corpus} has the labels {theirs}, but {name} answers {ours}; choose another corpus with --on.",
            corpus=corpus,
            theirs=", ".join(found.labels),
            name=shown(model),
            ours=", ".join(classifier.labels),
        )
    marked = _marked(classifier.language)
    note("fitting the baseline")
    return classification.evaluate(
        classifier,
        found.test,
        corpus=corpus,
        marked=marked,
        with_effect=SHORT[:1] if classifier.readings else SHORT,
        baseline={"tfidf": tfidf.baseline(_as_learnt(classifier.info, corpus, found))},
        full=full,
        progress=note,
    )


def _language(model: str, corpus: str, full: bool, device: str) -> dict[str, Any]:
    from engine.data.documents import reviews
    from engine.evaluation import language

    loaded = load.language_model(model, device, folders=True)
    found = reviews.read(corpus)
    return language.evaluate(
        loaded,
        [one.text for one in found.test],
        [one.text for one in _as_learnt(loaded.info, corpus, found).train],
        corpus=corpus,
        full=full,
        progress=note,
    )


def _as_learnt(info: catalogue.ModelInfo, corpus: str, found: Reviews) -> Reviews:
    """The corpus with all that the model learnt from for training, so that a baseline learns from the same texts."""
    from engine.data.documents import reviews

    names = info.config.get("corpora", [])
    if corpus not in names:
        return found
    return replace(found, train=[one for name in names for one in reviews.read(name).train])


def _marked(language: str) -> dict[str, list[Rationale]]:
    """English texts in which people marked the words that told them the answer.

    A collection that cannot be had is told and left out.
    """
    from engine.data.documents import rationales

    found: dict[str, list[Rationale]] = {}
    for name in MARKED if language == "en" else ():
        try:
            found[name] = rationales.read(name)
        except Refused as refused:
            note(f"not compared with people on {name}: {refused}")
    return found


def _own_corpus(info: catalogue.ModelInfo) -> str:
    names = info.config.get("corpora")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise Refused("{name} does not say what it learnt from; name a corpus with --on.", name=shown(info.name))
    return names[0]


def _known_gold(info: catalogue.ModelInfo) -> list[GoldPair] | None:
    """The gold links of the model's two languages in the folder that ALIGNSCOPE_DATA names; None without any."""
    from engine.data.pairs import gold

    folder = os.environ.get("ALIGNSCOPE_DATA")
    if not folder or info.source_language is None or info.target_language is None:
        return None
    return gold.for_languages(Path(folder) / "word_alignment", info.source_language, info.target_language)
