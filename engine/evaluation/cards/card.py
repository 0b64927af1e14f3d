"""The model card: what a model learnt from, under which terms, how to make it again, and how well it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from engine.attention import SCORES
from engine.data.registry import CORPORA
from engine.errors import Refused
from engine.evaluation.cards import classifier, conversation, couplet, language_model, recurrent, transformer
from engine.evaluation.cards.parts import REFERENCES, data, language, making, row, size
from engine.evaluation.verdict import of_interval
from engine.store.catalogue import ModelInfo
from engine.store.names import shown

Facts = Mapping[str, Any]

READINGS = {
    "attention": "attention",
    "attention_step_0": "attention, read at the step that writes a word",
    "attention_step_1": "attention, read one step later",
    "attention_step_2": "attention, read two steps later",
    "effect": "effect",
    "attention_balanced": "attention, each value as a share of its row and of its column",
    "effect_balanced": "effect, each value as a share of its row and of its column",
    "attention_both": "attention, both directions joined",
    "effect_both": "effect, both directions joined",
    "consensus": "the consensus of several models",
    "diagonal": "the diagonal, for comparison",
}


class Aligner(NamedTuple):
    """AER in per cent of another program's links by the same half of the gold sentences."""

    name: str
    aer: float


# Links of fast_align and MGIZA: lilt/alignment-scripts 4da9bbfa, `results/`; of awesome-align: its repository
# 5f150d45, `examples/`. Each published figure, on the whole set, comes out of the same links to the last digit.
PUBLISHED = {
    ("en", "fr"): (
        Aligner("fast_align, both directions (grow-diagonal)", 9.5),
        Aligner("MGIZA, both directions (grow-diagonal)", 5.8),
        Aligner("awesome-align, fine-tuned", 3.8),
    ),
    ("zh", "en"): (Aligner("awesome-align, fine-tuned", 13.1),),
}
# Of `python -m tests.benchmarks.eflomal_links CORPUS --check GOLD`, both directions (intersection).
EFLOMAL = {
    (
        "en",
        "fr",
    ): "has an AER of 9.2 % in one run and of 10.0 % in another, for it draws by chance, aligning them together "
    "with the training text",
    ("zh", "en"): "has an AER of 24.8 %, aligning them together with the training "
    "text of both corpora, Chinese cut into characters. A figure of 30.5 % for the same program was measured elsewhere "
    "and has not been repeated here: the two are not the ends of one range",
}
GOLD = {
    (
        "en",
        "fr",
    ): "Canadian parliament (Och & Ney 2003), far from the training text. Their tokens are taken as they are: "
    'French elisions stand undone there ("le Orateur", "se adresse") and are not written back.',
    ("en", "zh"): "news (the test set of TsinghuaAligner), far from the training text. Their tokens are taken as they "
    "are, Chinese ones without a space between them, and pieces are cut at them.",
}
"""What the gold sentences of two languages are, whichever of the two a model reads."""


def card(info: ModelInfo) -> str:
    """The text of CARD.md in Markdown. Raises Refused for a model that was not measured or whose making is unknown."""
    if info.metrics is None or info.training is None:
        raise Refused("{name} has no metrics.json or no training.json; evaluate it first.", name=info.name)
    if info.task not in CARDS:
        raise Refused("{name} is of the task {task}, which is none of ours.", name=info.name, task=shown(info.task))
    return CARDS[info.task](info, info.training, info.metrics)


def _translator(info: ModelInfo, training: Facts, metrics: Facts) -> str:
    parts = [
        _head(info, training),
        data(info, training, _counted(training)),
        making(info, training),
        _figures(info, metrics),
        _limits(metrics.get("alignment", {}), info),
    ]
    return "\n\n".join(parts) + "\n"


CARDS: Mapping[str, Callable[[ModelInfo, Facts, Facts], str]] = {
    "translation": _translator,
    "classification": classifier.card,
    "language": language_model.card,
    "couplet": couplet.card,
    "conversation": conversation.card,
}
"""The card of a model of each task, from what is known of it, its training and its metrics."""


def _head(info: ModelInfo, training: Facts) -> str:
    if info.cross_heads != (1, 1):
        return transformer.head(info, training)
    if not info.attends or info.direction != "both":
        return recurrent.head(info, training)
    model = info.config["model"]
    score = SCORES[model["score"]]
    place = (
        "before the decoder's cell (Bahdanau 2015)" if model["placement"] == "before" else "after the decoder's cell"
    )
    return (
        f"# {info.name}\n\n"
        f"Translates {language(info.source_language)} to {language(info.target_language)}: a bidirectional "
        f"{model['cell'].upper()} encoder and a {model['cell'].upper()} decoder with "
        f"**{score.name.replace('_', ' ')}** attention placed {place}.\n\n"
        + "\n".join(
            [
                f"- Scoring function: ${score.formula}$ ({score.source})",
                *recurrent.mechanism(info),
                size(info, training),
            ]
        )
    )


def _counted(training: Facts) -> str:
    return (
        f"{training['pairs']:,} training pairs. Pairs that share a sentence with a development or test pair, case and "
        "punctuation ignored, are left out of training, whatever edition of the corpus comes in."
    )


def _figures(info: ModelInfo, metrics: Facts) -> str:
    test, bleu, perplexity = metrics["test"], metrics["bleu"], metrics["perplexity"]
    rows = [
        "## How well it does",
        "",
        f"On {test['sources']:,} sentences of {test['corpus']}.test with {test['pairs']:,} references.",
        "",
        "| what | value | 95 % interval |",
        "|---|---|---|",
        row("BLEU, greedy", bleu["greedy"], 1, 1),
        row("BLEU, beam 5", bleu["beam5"], 1, 1),
        row("perplexity per piece", perplexity["per_piece"], 1, 2),
        row("bits per character", perplexity["bits_per_character"], 1, 3),
    ]
    for where, links in REFERENCES.items():
        scores = metrics.get("alignment", {}).get(where)
        if scores and scores.get("pairs"):
            own = f"attention_step_{info.later}"  # what `attention` says already
            shown = [name for name in READINGS if name in scores and name != own]
            rows += [row(f"AER % by {links}: {READINGS[name]}", scores[name]["aer"], 100, 1) for name in shown]
    rows += ["", f"sacreBLEU: `{bleu['signature']}`. All figures stand in `metrics.json`."]
    rows += recurrent.by_length(metrics)
    alignment = metrics.get("alignment", {})
    return "\n".join(rows) + _alignment_notes(alignment, info) + transformer.heads(alignment)


def _alignment_notes(alignment: Facts, info: ModelInfo) -> str:
    notes = ""
    if "gold" in alignment:
        gold = alignment["gold"]
        languages = sorted((info.source_language or "", info.target_language or ""))
        known = GOLD.get((languages[0], languages[1]), "not of the training text.")
        notes += f"\n\nThe {gold['pairs']} gold sentences are {known}"
        if left_out := gold.get("left_out"):
            notes += f" Left out, because they are too long for the model: {left_out}."
        notes += others(info)
    if "aligner" in alignment and alignment["aligner"].get("pairs"):
        notes += (
            f"\n\nThe links on the test sentences are those of {alignment['aligner'].get('aligner', 'an aligner')}, "
            "run on training and test text together. They are no truth, but a fixed point to measure from."
        )
    if names := next((scores["consensus_of"] for scores in alignment.values() if "consensus_of" in scores), None):
        read = " and by ".join(sorted({named.read for named in info.consensus}, reverse=True))
        notes += (
            f"\n\nThe consensus is that of {', '.join(names)}, by {read} in both directions (`align --read consensus`)."
        )
    return notes


def others(info: ModelInfo) -> str:
    """What other programs come to by the same gold sentences, in whichever direction they are read."""
    there = (info.source_language or "", info.target_language or "")
    pair = there if there in EFLOMAL else there[::-1]
    if pair not in EFLOMAL:
        return ""
    published = "; ".join(f"{aligner.name} {aligner.aer:.1f} %" for aligner in PUBLISHED[pair])
    return (
        f"\n\nOn the same gold sentences the statistical aligner eflomal 2.0.0 {EFLOMAL[pair]}. "
        "Fixed points that it gives are no better than that. Other programs, from the links that their authors "
        f"publish: {published}. They learnt from the text that the gold sentences come from, eflomal and this model "
        "did not."
    )


def _limits(alignment: Facts, info: ModelInfo) -> str:
    everyday = all(name in CORPORA for name in info.config.get("corpora", ()))
    knows = (
        "It knows everyday sentences of some three to fifteen words; longer or technical text comes out badly. "
        if everyday
        else "It knows texts like those that it learnt from, in length and in words; others come out badly. "
    )
    looked = (
        f"{knows}Attention shows where the model looked, not why it said what it said, and it is no word alignment. "
        if info.attends
        else "All that it knows of a sentence is one vector: at best the gist of a short everyday sentence comes out, "
        "and many of its words are others. There is no attention to draw: the decoder never sees a source word by "
        "itself. "
    )
    return f'## What to keep in mind\n\n{looked}"Effect" measures what taking a word away does{_nearer(alignment)}.'


def _nearer(alignment: Facts) -> str:
    """Whether effect or attention is nearer to each set of links, as far as the intervals tell."""
    clauses = []
    for where, links in REFERENCES.items():
        difference = alignment.get(where, {}).get("effect_less_attention", {}).get("aer")
        if difference is not None:
            low, high = sorted(abs(100 * difference[end]) for end in ("low", "high"))
            points = f"{abs(100 * difference['value']):.1f} points of AER, 95 % interval {low:.1f} to {high:.1f}"
            whole = " to ".join(f"{100 * difference[end]:+.1f}" for end in ("low", "high")).replace("-", "−")
            clauses.append(
                {
                    "better": f"nearer than attention to {links} ({points})",
                    "worse": f"further than attention from {links} ({points})",
                    "undecided": f"neither nearer to {links} than attention nor further, as far as can be told (the "
                    f"95 % interval of the difference in AER is {whole} points)",
                }[of_interval(difference, lower_is_better=True)]
            )
    return f": it is {', and '.join(clauses)}" if clauses else ""
