"""The model card: what a model learnt from, under which terms, how to make it again, and how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.attention import SCORES
from engine.errors import Refused
from engine.evaluation.cards import classifier, transformer
from engine.evaluation.cards import language as cards_language
from engine.evaluation.cards.parts import data, language, making, row, size
from engine.store.catalogue import ModelInfo

READINGS = {
    "attention": "attention",
    "effect": "effect",
    "attention_balanced": "attention, each value as a share of its row and of its column",
    "effect_balanced": "effect, each value as a share of its row and of its column",
    "attention_both": "attention, both directions joined",
    "effect_both": "effect, both directions joined",
    "diagonal": "the diagonal, for comparison",
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
    if info.task == "classification":
        return classifier.card(info, info.training, info.metrics)
    if info.task == "language":
        return cards_language.card(info, info.training, info.metrics)
    parts = [
        _head(info, info.training),
        data(info, info.training, _counted(info.training)),
        making(info, info.training),
        _figures(info, info.metrics),
        _limits(info),
    ]
    return "\n\n".join(parts) + "\n"


def _head(info: ModelInfo, training: Mapping[str, Any]) -> str:
    if info.cross_heads != (1, 1):
        return transformer.head(info, training)
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
        f"- Scoring function: ${score.formula}$ ({score.source})\n{size(info, training)}"
    )


def _counted(training: Mapping[str, Any]) -> str:
    return (
        f"{training['pairs']:,} training pairs. Pairs that share a sentence with a development or test pair, case and "
        "punctuation ignored, are left out of training, whatever edition of the corpus comes in."
    )


def _figures(info: ModelInfo, metrics: Mapping[str, Any]) -> str:
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
    for where, said in (("gold", "links drawn by people"), ("aligner", "links of a statistical aligner")):
        found = metrics.get("alignment", {}).get(where)
        if found and found.get("pairs"):
            rows += [row(f"AER % by {said}: {READINGS[k]}", found[k]["aer"], 100, 1) for k in READINGS if k in found]
    rows += ["", f"sacreBLEU: `{bleu['signature']}`. All figures stand in `metrics.json`."]
    alignment = metrics.get("alignment", {})
    return "\n".join(rows) + _alignment_notes(alignment, info) + transformer.heads(alignment, info)


def _alignment_notes(alignment: Mapping[str, Any], info: ModelInfo) -> str:
    notes = ""
    if "gold" in alignment:
        gold = alignment["gold"]
        languages = sorted((info.source_language or "", info.target_language or ""))
        known = GOLD.get((languages[0], languages[1]), "not of the training text.")
        notes += f"\n\nThe {gold['pairs']} gold sentences are {known}"
        if left_out := gold.get("left_out"):
            notes += f" Left out, because they are too long for the model: {left_out}."
    if "aligner" in alignment and alignment["aligner"].get("pairs"):
        notes += (
            f"\n\nThe links on the test sentences are those of {alignment['aligner'].get('aligner', 'an aligner')}, "
            "run on training and test text together. They are no truth, but a fixed point to measure from."
        )
    return notes


def _limits(info: ModelInfo) -> str:
    return (
        "## What to keep in mind\n\n"
        "It knows everyday sentences of some three to fifteen words; longer or technical text comes out badly. "
        "Attention shows where the model looked, not why it said what it said, and it is no word alignment: the row "
        '"effect", which measures what taking a word away does, is nearer to one.'
    )
