"""What is measured of a model of each task, on which texts and beside which baseline.

The model is handed over, ready to be asked; what is slow says how far it is to `progress`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import Refused
from engine.store import replying
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.data.documents.rationales import Rationale
    from engine.data.documents.reviews import Reviews
    from engine.data.pairs.gold import GoldPair
    from engine.data.tsv import Pair
    from engine.store.catalogue import ModelInfo

SHORT = ("yelp_hat/50words", "yelp_hat/100words", "yelp_hat/mixed")
"""Short enough to read the effect of each word."""
MARKED = (*SHORT, "eraser_movies")

Progress = Callable[[str], None]


def measure(
    model: Any,
    corpus: str | None,
    progress: Progress,
    *,
    gold: Path | None = None,
    reverse: Any = None,
    together: Any = None,
    full: bool = False,
) -> dict[str, Any]:
    """The metrics of a model on the test split of a corpus, its own where none is named.

    `gold` (links that people drew), `reverse` (a translator of the other direction) and `together` (the consensus of
    several) are for models that translate.
    Raises `Refused` for a corpus that cannot be had or does not fit the model.
    """
    corpus = corpus if corpus is not None else _own_corpus(model.info)
    if model.info.task == "translation":
        return _translation(model, corpus, progress, gold, reverse, together, full)
    return MEASURE[model.info.task](model, corpus, progress, full)


def _translation(
    translator: Any, corpus: str, progress: Progress, gold: Path | None, reverse: Any, together: Any, full: bool
) -> dict[str, Any]:
    from engine.data.pairs import corpora, links
    from engine.data.pairs import gold as gold_files
    from engine.evaluation import translation

    pairs: list[Pair] = corpora.load(corpus, "test")
    return translation.evaluate(
        translator,
        [(pair.source, pair.target) for pair in pairs],
        corpus=corpus,
        language=translator.info.target_language,
        gold=gold_files.load(gold) if gold is not None else known_gold(translator.info),
        aligner_links=links.for_corpus(corpus),
        reverse=reverse,
        reads=translation.READS if translator.info.attends else ("effect",),
        together=together,
        full=full,
        progress=progress,
    )


def _classification(classifier: Any, corpus: str, progress: Progress, full: bool) -> dict[str, Any]:
    from engine.data.documents import reviews
    from engine.evaluation import classification, tfidf

    texts = reviews.read(corpus)
    if texts.labels != classifier.labels:
        raise Refused(
            "{corpus} has the labels {theirs}, but {name} answers {ours}; choose another corpus with --on.",
            corpus=corpus,
            theirs=", ".join(texts.labels),
            name=shown(classifier.info.name),
            ours=", ".join(classifier.labels),
        )
    marked = _marked(classifier.language, progress)
    progress("fitting the baseline")
    return classification.evaluate(
        classifier,
        texts.test,
        corpus=corpus,
        marked=marked,
        with_effect=SHORT[:1] if classifier.readings else SHORT,
        baseline={"tfidf": tfidf.baseline(_as_learnt(classifier.info, corpus, texts))},
        full=full,
        progress=progress,
    )


def _language(model: Any, corpus: str, progress: Progress, full: bool) -> dict[str, Any]:
    from engine.data.documents import reviews
    from engine.evaluation import language

    texts = reviews.read(corpus)
    return language.evaluate(
        model,
        [labelled.text for labelled in texts.test],
        [labelled.text for labelled in _as_learnt(model.info, corpus, texts).train],
        corpus=corpus,
        full=full,
        progress=progress,
    )


def _couplet(writer: Any, corpus: str, progress: Progress, full: bool) -> dict[str, Any]:
    from engine.data.pairs import corpora
    from engine.evaluation import couplets

    pairs = [(pair.source, pair.target) for pair in corpora.load(corpus, "test")]
    return couplets.evaluate(writer, pairs, corpus=corpus, full=full, progress=progress)


def _conversation(model: Any, corpus: str, progress: Progress, full: bool) -> dict[str, Any]:
    from engine.data.pairs import corpora
    from engine.evaluation import conversation

    split = corpora.read(corpus).split
    if not split.dev or not split.test:
        raise Refused("{name} leaves nothing to measure on: give more of it.", name=corpus)
    test, dev = (
        [
            (pair.source, pair.target)
            for pair in (each.turned() if replying.backwards(model.info) else each for each in pairs)
        ]
        for pairs in (split.test, split.dev)
    )
    language = model.info.target_language
    return conversation.evaluate(model, test, dev, corpus=corpus, language=language, full=full, progress=progress)


MEASURE: Mapping[str, Callable[[Any, str, Progress, bool], dict[str, Any]]] = {
    "classification": _classification,
    "language": _language,
    "couplet": _couplet,
    "conversation": _conversation,
}
"""How a model of each task is measured that does not translate: model, corpus, progress, and whether in full."""


def _as_learnt(info: ModelInfo, corpus: str, texts: Reviews) -> Reviews:
    """The corpus with all that the model learnt from for training, so that a baseline learns from the same texts."""
    from engine.data.documents import reviews

    names = info.config.get("corpora", [])
    if corpus not in names:
        return texts
    return replace(texts, train=[labelled for name in names for labelled in reviews.read(name).train])


def _marked(language: str, progress: Progress) -> dict[str, list[Rationale]]:
    """English texts in which people marked the words that told them the answer.

    A collection that cannot be had is told and left out.
    """
    from engine.data.documents import rationales

    marked: dict[str, list[Rationale]] = {}
    for name in MARKED if language == "en" else ():
        try:
            marked[name] = rationales.read(name)
        except Refused as refused:
            progress(f"not compared with people on {name}: {refused}")
    return marked


def _own_corpus(info: ModelInfo) -> str:
    names = info.config.get("corpora")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        raise Refused("{name} does not say what it learnt from; name a corpus with --on.", name=shown(info.name))
    return names[0]


def known_gold(info: ModelInfo) -> list[GoldPair] | None:
    """The gold links of the model's two languages in the folder that ALIGNSCOPE_DATA names; None without any."""
    from engine.data.pairs import gold

    folder = os.environ.get("ALIGNSCOPE_DATA")
    if not folder or info.source_language is None or info.target_language is None:
        return None
    return gold.for_languages(Path(folder) / "word_alignment", info.source_language, info.target_language)
