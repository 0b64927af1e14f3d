"""The card of a model that writes second lines of couplets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.cards import recurrent
from engine.evaluation.cards.parts import data, making, row
from engine.store.catalogue import ModelInfo

Facts = Mapping[str, Any]
WHOSE = {"people": "of people", "greedy": "greedy", "beam5": "beam 5"}


def card(info: ModelInfo, training: Facts, metrics: Facts) -> str:
    """The text of CARD.md in Markdown."""
    parts = [
        _head(info, training),
        data(info, training, _counted(training)),
        making(info, training),
        _figures(metrics),
        _limits(info, metrics),
    ]
    return "\n\n".join(parts) + "\n"


def _head(info: ModelInfo, training: Facts) -> str:
    does = "Answers the first line of a Chinese couplet with a second, character by character"
    return recurrent.writer(info, training, does, "characters and marks")


def _counted(training: Facts) -> str:
    return (
        f"{training['pairs']:,} couplets for training. Those that share a line with a development or test couplet, "
        "punctuation ignored, are left out, whatever edition of the corpus comes in. Neither repository states a "
        "licence: the lines are quoted from the web sites that they were collected from."
    )


def _figures(metrics: Facts) -> str:
    test, tones = metrics["test"], metrics["tones"]
    notes: list[str] = []
    rows = [
        "## How well it does",
        "",
        f"On {test['first_lines']:,} first lines of {test['corpus']}.test, whose {test['pairs']:,} second lines people "
        "wrote. Nothing is asked of the model's lines: neither their length nor any character.",
        "",
        "| what | value | 95 % interval |",
        "|---|---|---|",
        *(row(f"BLEU over characters, {WHOSE[name]}", metrics["bleu"][name], 1, 1) for name in ("greedy", "beam5")),
        row("perplexity per character", metrics["perplexity"]["per_piece"], 1, 1),
    ]
    shares = (
        ("as long as the first line, %", metrics["equal_length"]),
        ("tones opposed at even places, %", tones["opposed_at_even_places"]),
        ("second line ends in a level tone, %", tones["second_ends_level"]),
        ("repeats of the first line mirrored, %", metrics["repeats_mirrored"]),
    )
    for what, measured in shares:
        rows += [row(f"{what}: {WHOSE[name]}", own, 100, 1) for name, own in measured.items() if own is not None]
    if tones["first_ends_oblique"] is not None:
        rows.append(row("first line ends in an oblique tone, %: of people", tones["first_ends_oblique"], 100, 1))
    if "diagonal_distance" in metrics:
        rows.append(row("distance of attention from the diagonal, characters", metrics["diagonal_distance"], 1, 2))
        notes.append(_distance(metrics["diagonal_distance"]))
    notes.append(
        f"Tones: {tones['convention']}; {tones['source']}. The old rhymes (Pingshui) are not used, so that lines "
        "written by them can miss here what they keep there: people's own shares say by how much. Even places are the "
        "second, fourth, sixth … character of each clause."
    )
    notes.append(f"sacreBLEU: `{metrics['bleu']['signature']}`. All in `metrics.json`.")
    return "\n\n".join(["\n".join(rows), *notes])


def _distance(distance: Facts) -> str:
    return (
        f"Distance: the mean over {distance['documents']:,} second lines, a long one counting no more than a short. "
        f"Characters that looked at nothing but the end of the first line are left out: {distance['left_out']:,}."
    )


def _limits(info: ModelInfo, metrics: Facts) -> str:
    looked = (
        "Attention shows where the model looked, not why it chose a character. "
        if info.attends
        else "All that it knows of the first line is one vector, so there is no attention to draw. "
    )
    return (
        f"## What to keep in mind\n\n{looked}BLEU counts characters that people chose too; a good second line may "
        "share none with theirs. It knows simplified characters."
    )
