"""What was measured of a model, and what else was measured on the same texts: rows out of its metrics.json.

metrics.json may be anybody's: whatever in it is no figure is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.i18n import N_, t
from webapp.views.shared.stored_figures import stored

Path = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A figure that models of a task have: where it stands below the root of metrics.json, and how it is written.

    `name` says what it is and `of` which reading or search it is of; `beside` is where the figure of a rival stands,
    and `rival` who that is.
    """

    path: Path
    name: str
    of: str = ""
    scale: int = 1
    digits: int = 1
    beside: Path = ()
    rival: str = ""


@dataclass(frozen=True)
class Figure:
    """One row: the value and its 95 % interval, and the same of a rival; numbers as they are shown."""

    path: Path
    name: str
    value: str
    within: str
    beside: str


DIAGONAL, CHANCE, PEOPLE = N_("the diagonal"), N_("chance"), N_("people")
BLEU = N_("BLEU")
PERPLEXITY, BITS = N_("Perplexity per piece"), N_("Bits per character")
GREEDY, BEAM = N_("greedy"), N_("beam 5")
AER = {"gold": N_("AER %, links drawn by people"), "aligner": N_("AER %, links of a statistical aligner")}
READ = {
    "attention": N_("by attention"),
    "attention_balanced": N_("by attention, balanced"),
    "attention_both": N_("by attention, both directions"),
    "effect": N_("by effect"),
    "effect_balanced": N_("by effect, balanced"),
    "effect_both": N_("by effect, both directions"),
    "consensus": N_("by the consensus of several models"),
}
MARKED = {
    "50words": N_("Words that people mark in short texts, area"),
    "100words": N_("Words that people mark in longer texts, area"),
    "mixed": N_("Words that people mark in texts of all lengths, area"),
}
REPLIES = {"likeliest": N_("the likeliest reply"), "length": N_("weighed by length alone"), "mmi": N_("weighed by MMI")}


def _translation() -> Iterator[Kind]:
    yield Kind(("bleu", "beam5"), BLEU, BEAM)
    yield Kind(("bleu", "greedy"), BLEU, GREEDY)
    yield Kind(("perplexity", "per_piece"), PERPLEXITY, digits=2)
    yield Kind(("perplexity", "bits_per_character"), BITS, digits=3)
    for links, name in AER.items():
        for reading, of in READ.items():
            place = ("alignment", links)
            yield Kind((*place, reading, "aer"), name, of, 100, 1, (*place, "diagonal", "aer"), DIAGONAL)


def _classification() -> Iterator[Kind]:
    tfidf = N_("TF-IDF with logistic regression")
    for figure, name in (("accuracy", N_("Accuracy, %")), ("macro_f1", N_("Macro F1, %"))):
        yield Kind((figure,), name, scale=100, digits=2, beside=("baseline", "tfidf", figure), rival=tfidf)
    lost = N_("Probability lost without the most attended words")
    alone = N_("Probability lost with the most attended words alone")
    for figure, name in (("comprehensiveness", lost), ("sufficiency", alone)):
        at = "faithfulness"
        yield Kind((at, figure), name, digits=3, beside=(at, f"random_{figure}"), rival=CHANCE)
    for texts, name in MARKED.items():
        place = ("people", "yelp_hat", texts)
        yield Kind((*place, "combined", "auprc"), name, "", 1, 3, (*place, "random", "auprc"), CHANCE)


def _language() -> Iterator[Kind]:
    rival = N_("a 5-gram model")
    names = {"per_piece": PERPLEXITY, "per_word": N_("Perplexity per word"), "bits_per_character": BITS}
    for (figure, name), digits in zip(names.items(), (2, 1, 3), strict=True):
        beside = ("baseline", "five_gram", figure)
        yield Kind(("perplexity", figure), name, digits=digits, beside=beside, rival=rival)


def _couplet() -> Iterator[Kind]:
    yield Kind(("bleu", "beam5"), BLEU, BEAM)
    yield Kind(("bleu", "greedy"), BLEU, GREEDY)
    yield Kind(("perplexity", "per_piece"), N_("Perplexity per character"))
    rules = {
        ("equal_length",): N_("As long as the first line, %"),
        ("tones", "opposed_at_even_places"): N_("Tones opposed at even places, %"),
        ("tones", "second_ends_level"): N_("Second line ends in a level tone, %"),
        ("repeats_mirrored",): N_("Repeats of the first line mirrored, %"),
    }
    for place, name in rules.items():
        yield Kind((*place, "beam5"), name, BEAM, 100, 1, (*place, "people"), PEOPLE)


def _conversation() -> Iterator[Kind]:
    for reply, of in REPLIES.items():
        yield Kind(("bleu", reply), BLEU, of, digits=2)
    yield Kind(("perplexity", "per_piece"), PERPLEXITY)
    yield Kind(("perplexity", "bits_per_character"), BITS, digits=3)
    measured = {
        "distinct_1": (N_("Different words by all words (distinct-1)"), 1, 4),
        "distinct_2": (N_("Different pairs of words by all words (distinct-2)"), 1, 4),
        "ten_commonest": (N_("Share of the ten commonest replies, %"), 100, 1),
        "words": (N_("Words in a reply"), 1, 1),
    }
    for figure, (name, scale, digits) in measured.items():
        for reply, of in REPLIES.items():
            yield Kind((figure, reply), name, of, scale, digits, (figure, "people"), PEOPLE)


KINDS: Mapping[str, tuple[Kind, ...]] = {
    "translation": tuple(_translation()),
    "classification": tuple(_classification()),
    "language": tuple(_language()),
    "couplet": tuple(_couplet()),
    "conversation": tuple(_conversation()),
}
"""The figures of each task, the first one the one that stands for all."""
BEST = {"conversation": ("bleu", "mmi")}
"""Where another figure than the first stands for all."""


def figures(task: str, metrics: Mapping[str, Any] | None) -> list[Figure]:
    """All figures of a model that are known here, in their order."""
    rows = []
    for kind in KINDS.get(task, ()):
        value = _written(kind, metrics, kind.path)
        if value:
            beside = _written(kind, metrics, kind.beside) if kind.beside else ""
            rival = t("{value} ({rival})").format(value=beside, rival=t(kind.rival)) if beside else ""
            rows.append(Figure(kind.path, name(kind), value, _within(kind, metrics), rival))
    return rows


def name(kind: Kind) -> str:
    """What a figure is, in the visitor's language."""
    return t("{figure}: {of}").format(figure=t(kind.name), of=t(kind.of)) if kind.of else t(kind.name)


def best(task: str, metrics: Mapping[str, Any] | None) -> Figure | None:
    """The figure that stands for all of a model; None where it was not measured."""
    wanted = BEST.get(task)
    known = figures(task, metrics)
    return next((figure for figure in known if wanted is None or figure.path == wanted), None)


def _written(kind: Kind, metrics: Mapping[str, Any] | None, path: Path) -> str:
    value = stored(metrics, *path, "value")
    return "" if value is None else f"{kind.scale * value:,.{kind.digits}f}"


def _within(kind: Kind, metrics: Mapping[str, Any] | None) -> str:
    low, high = (stored(metrics, *kind.path, end) for end in ("low", "high"))
    if low is None or high is None:
        return ""
    ends = f"{kind.scale * low:,.{kind.digits}f} – {kind.scale * high:,.{kind.digits}f}"
    return ends.replace(" ", "\N{NO-BREAK SPACE}")
