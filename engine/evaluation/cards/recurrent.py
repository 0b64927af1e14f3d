"""What the cards of recurrent models say of encoder, decoder and attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.attention.windows import WIDTH
from engine.evaluation.cards.parts import language, size
from engine.models.recurrent.decoders import DECODERS
from engine.models.recurrent.source_order import SOURCE_ORDERS
from engine.store.catalogue import ModelInfo


def head(info: ModelInfo, training: Mapping[str, Any]) -> str:
    """Decoder, encoder and order of the source, each with its paper."""
    model = info.config["model"]
    decoder, order = DECODERS[info.design], SOURCE_ORDERS[model.get("source_order", "as_is")]
    cell = model["cell"].upper()
    direction = "bidirectional" if info.direction == "both" else "forward"
    lines = [
        f"# {info.name}\n",
        f"Translates {language(info.source_language)} to {language(info.target_language)}: a {direction} {cell} "
        f"encoder and a {cell} decoder, **{decoder.label}**. {decoder.meaning}\n",
        f"- Decoder: ${decoder.formula}$ ({decoder.source})",
    ]
    if order.name != "as_is":
        lines.append(f"- Source: ${order.formula}$ ({order.source}). {order.meaning}")
    if info.attends:
        lines.append(f"- Scoring function: {info.score}, attention {model['placement']} the cell")
        lines += mechanism(info)
    return "\n".join([*lines, size(info, training)])


def writer(info: ModelInfo, training: Mapping[str, Any], does: str, pieces: str) -> str:
    """The head of a card of a model that writes in the language that it reads: what it `does`, by what encoder, decoder
    and attention, and of which `pieces`."""
    model = info.config["model"]
    cell = model["cell"].upper()
    encoder = "bidirectional" if info.direction == "both" else "forward"
    lines = [f"# {info.name}\n"]
    if info.attends:
        score = SCORES[model["score"]]
        lines += [
            f"{does}: a {encoder} {cell} encoder and a {cell} decoder with **{score.name.replace('_', ' ')}** "
            f"attention {model['placement']} the cell.\n",
            f"- Scoring function: ${score.formula}$ ({score.source})",
            *mechanism(info),
        ]
    else:
        decoder = DECODERS[info.design]
        lines += [
            f"{does}: a {encoder} {cell} encoder and a {cell} decoder, **{decoder.label}**. {decoder.meaning}\n",
            f"- Decoder: ${decoder.formula}$ ({decoder.source})",
        ]
    return "\n".join([*lines, f"- {model['vocabulary']:,} {pieces}", size(info, training)])


def mechanism(info: ModelInfo) -> list[str]:
    """Window, selection, null key and supervision, each with its formula or paper; nothing for what is as usual."""
    _, window, selection = info.form
    lines = []
    if window != "global":
        part, width = WINDOWS[window], info.config["model"].get("window_width", WIDTH)
        lines.append(f"- Window: {part.label} with D = {width}, ${part.formula}$ ({part.source}). {part.meaning}")
    if selection != "soft":
        chosen = SELECTIONS[selection]
        lines.append(f"- Selection: {chosen.label}, ${chosen.formula}$ ({chosen.source}). {chosen.meaning}")
    if info.null_key:
        lines.append("- Null key: a learnt place for nowhere, the last key of each source (as in arXiv:2012.07162)")
    if info.supervised:
        lines.append(_supervision((info.training or {})["supervised"]))
    return lines


def _supervision(facts: Mapping[str, Any]) -> str:
    later = facts["later"]
    when = f"{later} step{'s' * (later > 1)} after the word is written" if later else "at the step of the word"
    return (
        f"- Supervised: pulled towards the word links that {facts['pairs_with_links']:,} of its training pairs have, "
        f"{when}; that loss counts {facts['weight']:g} times (Mi et al. 2016, arXiv:1608.00112; Liu et al. 2016, "
        "arXiv:1609.04186)"
    )


def by_length(metrics: Mapping[str, Any]) -> list[str]:
    """A table by the length of the source; nothing where that was not measured."""
    measured = metrics.get("by_length", [])
    if not measured:
        return []
    rows = [
        "",
        "### By length of the source",
        "",
        "| words | sentences | BLEU, greedy | 95 % interval | mean ln p of a piece | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for row in measured:
        figures = " | ".join(f"{row[k]['value']:.{d}f} | {_within(row[k], d)}" for k, d in _DIGITS.items())
        rows.append(f"| {_name(row)} | {row['sources']:,} | {figures} |")
    return rows


_DIGITS = {"bleu": 1, "logprob_per_piece": 2}


def _within(figure: Mapping[str, float], digits: int) -> str:
    return f"{figure['low']:.{digits}f} to {figure['high']:.{digits}f}"


def _name(row: Mapping[str, Any]) -> str:
    if row["joined"] > 1:
        return f"{row['joined']} test sentences joined, {row['mean_words']:.1f} on average"
    low, high = row["words"]["from"], row["words"].get("to")
    return f"{low} and more" if high is None else f"{low} to {high}"
