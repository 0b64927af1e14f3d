"""All that is measured of a translation model, as the one object that its `metrics.json` holds.

It holds no time, date or machine, so that the same model and the same text give the same bytes again. What it looks
like is said in `engine/schemas/metrics.json`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from engine.data.pairs.gold import GoldPair
from engine.data.pairs.links import AlignerLinks
from engine.evaluation import consensus, heads
from engine.evaluation.alignment import (
    Links,
    Reference,
    aer_difference,
    counts,
    diagonal,
    entropy,
    error_rates,
    join,
    links,
)
from engine.evaluation.bleu import bleu, grouped, reported
from engine.evaluation.bootstrap import interval, resampled_sums
from engine.evaluation.by_length import by_length
from engine.evaluation.consensus import Together
from engine.evaluation.heads import HeadReading, ManyHeads
from engine.evaluation.metrics import figure
from engine.text.tokenizer import words
from engine.text.version import READING
from engine.traces import Read, Rows

FORMAT = 1
BEAM = 5
READS: tuple[Read, ...] = ("attention", "effect")
Words = tuple[tuple[str, ...], tuple[str, ...]]


@runtime_checkable
class Aligned(Protocol):
    """A row for each target word and a column for each source word; the last `ends` columns stand for no word, but for
    the end of the sentence and a null key. Of attention a row adds up to what `rows` says."""

    @property
    def matrix(self) -> Float[np.ndarray, "target source_end"]: ...

    @property
    def rows(self) -> Rows: ...

    @property
    def ends(self) -> int: ...


@runtime_checkable
class Scoring(Protocol):
    """What says how likely outputs are."""

    def logprobs_many(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        """For each source and target: ln p(target and its end | source), and how many pieces that are, end included."""


@runtime_checkable
class Measurable(Scoring, Protocol):
    """A translator as far as it is measured; each method takes many at once, in any order, and keeps that order."""

    @property
    def name(self) -> str: ...

    def translate_many(self, texts: Sequence[str], beam: int = 1) -> list[str]:
        """The best output for each text."""

    def reads(self, source: Sequence[str], target: Sequence[str]) -> bool:
        """Whether two lists of words are short enough to be aligned."""

    def align_many(self, pairs: Sequence[tuple[Any, Any]], *, tokenized: bool, read: Read) -> Sequence[Aligned]:
        """For each source and target, texts or (`tokenized`) lists of words."""


def evaluate(
    translator: Measurable,
    pairs: Sequence[tuple[str, str]],
    *,
    corpus: str | None = None,
    language: str | None = None,
    gold: Sequence[GoldPair] | None = None,
    aligner_links: AlignerLinks | None = None,
    reverse: Measurable | None = None,
    reads: Sequence[Read] = READS,
    together: Together | None = None,
    full: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> dict[str, Any]:
    """Measure `translator` on the test `pairs` and, where given, against `gold` links and a statistical aligner's.

    `language` is the target's code, `corpus` the name of where the pairs come from, `reverse` a model of the other
    direction to join with, `together` what asks several models at once, `reads` by what links are read (a model without
    attention has effect alone), and `progress` is told what is being done. `full` adds every sentence with its outputs.
    Shares lie between 0 and 1, BLEU between 0 and 100. Raises `Refused` where the translator does.
    """
    sources = grouped(pairs)
    references = list(sources.values())
    report: dict[str, Any] = {
        "format": FORMAT,
        "reading": READING["translation"],
        "model": translator.name,
        "test": {"corpus": corpus, "pairs": len(pairs), "sources": len(sources)},
    }
    progress("translating greedily")
    greedy = translator.translate_many(list(sources), 1)
    progress(f"translating with beam {BEAM}")
    searched = translator.translate_many(list(sources), BEAM)
    bleus = {"greedy": bleu(greedy, references, language), f"beam{BEAM}": bleu(searched, references, language)}
    report["bleu"] = reported(bleus)
    progress("reading probabilities")
    report["perplexity"] = perplexity(translator, pairs)
    progress("measuring by length")
    report["by_length"] = by_length(sources, greedy, translator.translate_many, translator.logprobs_many, language)

    alignment: dict[str, Any] = {}
    if gold:
        progress("aligning the gold sentences")
        alignment["gold"] = _against_people(translator, reverse, together, gold, reads)
    if aligner_links is not None:
        progress("aligning the test sentences")
        alignment["aligner"] = _against_aligner(translator, reverse, together, pairs, aligner_links, reads)
    report |= {"alignment": alignment} if alignment else {}
    return report | ({"sentences": _sentences(sources, greedy, searched)} if full else {})


def _sentences(
    sources: Mapping[str, Sequence[str]], greedy: Sequence[str], searched: Sequence[str]
) -> list[dict[str, Any]]:
    """Every source with its references and both outputs."""
    return [
        {"source": source, "references": list(own), "greedy": first, f"beam{BEAM}": second}
        for (source, own), first, second in zip(sources.items(), greedy, searched, strict=True)
    ]


def perplexity(translator: Scoring, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Per piece, which depends on how a model cuts its text, and bits per character, which does not."""
    read = translator.logprobs_many(pairs)
    columns = [(-logprob, pieces, len(target)) for (logprob, pieces), (_, target) in zip(read, pairs, strict=True)]
    statistics = np.array(columns, dtype=np.float64)
    nats, pieces, characters = statistics.sum(0)
    drawn = resampled_sums(statistics)
    return {
        "per_piece": figure(math.exp(nats / pieces), interval(np.exp(drawn[:, 0] / drawn[:, 1]))),
        "bits_per_character": figure(
            nats / math.log(2) / characters, interval(drawn[:, 0] / math.log(2) / drawn[:, 2])
        ),
        "pieces": int(pieces),
        "characters": int(characters),
    }


def _against_people(
    translator: Measurable,
    reverse: Measurable | None,
    together: Together | None,
    gold: Sequence[GoldPair],
    reads: Sequence[Read],
) -> dict[str, Any]:
    """Sentences too long for any of the models are left out and counted."""
    read = [
        pair
        for pair in gold
        if translator.reads(pair.source, pair.target)
        and (reverse is None or reverse.reads(pair.target, pair.source))
        and (together is None or together.reads(pair.source, pair.target))
    ]
    drawn: list[Words] = [(pair.source, pair.target) for pair in read]
    scores = _alignment(translator, reverse, drawn, drawn, read, reads, tokenized=True)
    scores |= consensus.report(together, drawn, read, tokenized=True)
    return scores | ({"left_out": len(gold) - len(read)} if len(read) < len(gold) else {})


def _against_aligner(
    translator: Measurable,
    reverse: Measurable | None,
    together: Together | None,
    pairs: Sequence[tuple[str, str]],
    aligner_links: AlignerLinks,
    reads: Sequence[Read],
) -> dict[str, Any]:
    """The aligner's links count as sure and possible alike, so AER is 1 - F1 against them."""
    known: list[tuple[str, str]] = []
    counted: list[Words] = []
    references: list[GoldPair] = []
    for source, target in dict.fromkeys(pairs):
        both = (tuple(words(source)), tuple(words(target)))
        links = aligner_links.of(*both)
        if links is not None:
            known.append((source, target))
            counted.append(both)
            references.append(GoldPair(len(references), *both, links, links))
    if not known:
        return {"pairs": 0}
    about = {name: aligner_links.about[name] for name in ("aligner", "symmetrised") if name in aligner_links.about}
    scores = _alignment(translator, reverse, known, counted, references, reads, tokenized=False)
    return about | scores | consensus.report(together, known, references, tokenized=False)


def _alignment(
    translator: Measurable,
    reverse: Measurable | None,
    asked: Sequence[tuple[Any, Any]],
    counted: Sequence[Words],
    references: Sequence[Reference],
    reads: Sequence[Read],
    *,
    tokenized: bool,
) -> dict[str, Any]:
    """Scores of each way to read links, `asked` as the model takes the pairs and `counted` as links number them."""
    sizes = [(len(source), len(target)) for source, target in counted]
    baseline = counts([diagonal(*size) for size in sizes], references)
    report: dict[str, Any] = {
        "pairs": len(sizes),
        "sure": sum(len(reference.sure) for reference in references),
        "possible": sum(len(reference.possible) for reference in references),
        "diagonal": error_rates(baseline),
    }
    statistics: dict[str, Float[np.ndarray, "sentence 4"]] = {}
    for read in reads:
        matrices = _matrices(translator, asked, sizes, tokenized, read)
        statistics[read] = counts([_links(aligned) for aligned in matrices], references)
        report[read] = error_rates(statistics[read])
        weighed: list[Set[tuple[int, int]]] = [_links(aligned, balanced=True) for aligned in matrices]
        report[f"{read}_balanced"] = error_rates(counts(weighed, references))
        if read == "attention":
            bits = np.concatenate([entropy(aligned.matrix) for aligned in matrices])
            report[read]["entropy_bits"] = figure(float(bits.mean()) if len(bits) else 0.0)
        if reverse is not None:
            turned = [(target, source) for source, target in asked]
            back = _matrices(reverse, turned, [(target, source) for source, target in sizes], tokenized, read)
            both = zip(matrices, back, strict=True)
            agreed: list[Set[tuple[int, int]]] = [join(a.matrix, b.matrix, a.rows, b.rows) for a, b in both]
            report[f"{read}_both"] = error_rates(counts(agreed, references))
    report |= _heads(translator, asked, references, tokenized) if "attention" in reads else {}
    if len(statistics) == len(READS):
        value, within = aer_difference(statistics["effect"], statistics["attention"])
        report["effect_less_attention"] = {"aer": figure(value, within)}
    if reverse is not None:
        report["joined_with"] = reverse.name
    return report


def _heads(
    translator: Measurable, asked: Sequence[tuple[Any, Any]], references: Sequence[Reference], tokenized: bool
) -> dict[str, Any]:
    """What each head alone comes to; of a model that has but one, at each step at which it can be read."""
    if not isinstance(translator, ManyHeads):
        return {}
    matrices = translator.heads_many(asked, tokenized=tokenized)
    if not matrices:
        return {}
    if matrices[0].shape[1:3] != (1, 1):
        return {"heads": heads.report(heads.measure(matrices, references))}
    by_step = (HeadReading(0, 0, shift, end=True) for shift in range(len(matrices[0])))
    return {
        f"attention_step_{reading.shift}": error_rates(counts([reading.links(m) for m in matrices], references))
        for reading in by_step
    }


def _matrices(
    translator: Measurable,
    asked: Sequence[tuple[Any, Any]],
    sizes: Sequence[tuple[int, int]],
    tokenized: bool,
    read: Read,
) -> Sequence[Aligned]:
    matrices = translator.align_many(asked, tokenized=tokenized, read=read)
    for aligned, (source, target), pair in zip(matrices, sizes, asked, strict=True):
        if aligned.matrix.shape != (target, source + aligned.ends):
            raise ValueError(
                f"{aligned.matrix.shape} is no matrix of {target} target by {source} source words and </s>: {pair}"
            )
    return matrices


def _links(aligned: Aligned, *, balanced: bool = False) -> Links:
    return links(aligned.matrix, ends=aligned.ends, balanced=balanced, rows=aligned.rows)
