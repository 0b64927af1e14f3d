"""The card of a model that continues text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.cards.parts import data, language, making, row, size
from engine.store.catalogue import ModelInfo

Facts = Mapping[str, Any]
LIBRARY = "float16, in the layout that transformers loads (`AutoModelForCausalLM`, `AutoTokenizer`)"
FIGURES = (
    ("per_piece", "perplexity per piece", 2),
    ("per_word", "perplexity per word", 1),
    ("bits_per_character", "bits per character", 3),
)


def card(info: ModelInfo, training: Facts, metrics: Facts) -> str:
    """The text of CARD.md in Markdown."""
    parts = [_head(info, training), data(info, training, _counted(training)), making(info, training)]
    return "\n\n".join([*parts, _figures(metrics), _limits(info)]) + "\n"


def _head(info: ModelInfo, training: Facts) -> str:
    config = info.config
    return (
        f"# {info.name}\n\n"
        f"Says of a text in {language(info.source_language)} what comes next, piece by piece: a GPT-2 (Radford et al. "
        f"2019) of {config['n_layer']} layers with {config['n_head']} heads each, of size {config['n_embd']}, that "
        f"looks back over {config['n_positions']} pieces at most. It is here so that masked self-attention has a real "
        f"example.\n\n- {config['vocab_size']:,} byte-level pieces\n{size(info, training, LIBRARY)}"
    )


def _counted(training: Facts) -> str:
    return (
        f"{training['documents']:,} training texts, {training['pieces']:,} pieces, without their labels. Texts that "
        "are also in the development or the test set of their corpus, case and punctuation ignored, are left out."
    )


def _figures(metrics: Facts) -> str:
    test, gained = metrics["test"], metrics["nats_gained_per_piece"]
    rows = [
        "## How well it does",
        "",
        f"On {test['documents']:,} texts of {test['corpus']}.test: {test['pieces']:,} pieces, {test['words']:,} words, "
        f"{test['characters']:,} characters. The end of a text counts as a piece.",
        "",
        "| what | value | 95 % interval |",
        "|---|---|---|",
    ]
    rows += [row(label, metrics["perplexity"][name], 1, digits) for name, label, digits in FIGURES]
    for other in metrics["baseline"].values():
        beside = f"{other['method']}, on the same pieces and texts, for comparison"
        rows += [row(f"{label}: {beside}", other[name], 1, digits) for name, label, digits in FIGURES]
    rows += ["", f"{_verdict(gained)} All figures stand in `metrics.json`."]
    return "\n".join(rows)


def _verdict(gained: Facts) -> str:
    size = f"{abs(gained['value']):.3f} nats a piece"
    if gained["low"] > 0:
        return f"It guesses better than counting sequences does, by {size}."
    if gained["high"] < 0:
        return f"It guesses worse than counting sequences does, by {size}."
    return "It guesses no better and no worse than counting sequences does."


def _limits(info: ModelInfo) -> str:
    return (
        "## What to keep in mind\n\n"
        f"It has read nothing but {' and '.join(info.config.get('corpora', []))}, and few pieces for a model of its "
        "kind: it knows how reviews sound, and nothing of what they say."
    )
