"""All that is measured of a model that writes second lines, as the one object that its `metrics.json` holds.

It holds no time, date or machine, so that the same model and the same text give the same bytes again. What it looks
like is said in `engine/schemas/metrics-couplet.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from engine.evaluation.bleu import bleu, grouped, reported
from engine.evaluation.diagonal import mean_distance, off_diagonal
from engine.evaluation.metrics import Figure, mean, ratio
from engine.evaluation.translation import BEAM, perplexity
from engine.text.couplet import CoupletForm, form
from engine.text.tones import CONVENTION, SOURCE, Tone
from engine.text.version import READING
from engine.traces import Trace

FORMAT = 1
SEARCHED = f"beam{BEAM}"
PEOPLE = "people"


@runtime_checkable
class Written(Protocol):
    """A couplet as the model went through it; no trace without attention."""

    @property
    def trace(self) -> Trace | None: ...


@runtime_checkable
class Measurable(Protocol):
    """A writer of couplets as far as it is measured."""

    @property
    def name(self) -> str: ...

    def translate_many(self, texts: Sequence[str], beam: int = 1) -> list[str]:
        """The best second line for each first, held to nothing."""

    def logprobs_many(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        """For each pair: ln p(second line and its end | first), and how many characters that are, end included."""

    def translate(self, text: str, *, target: str) -> Written:
        """Where the model looks while it is made to write the second line `target`."""


def evaluate(
    writer: Measurable,
    pairs: Sequence[tuple[str, str]],
    *,
    corpus: str | None = None,
    full: bool = False,
    progress: Callable[[str], object] = lambda step: None,
) -> dict[str, Any]:
    """Measure `writer` on the test `pairs` of a first and a second line, which people wrote.

    Shares lie between 0 and 1 and BLEU, over characters, between 0 and 100. `full` adds every line with its answers.
    Raises `Refused` where the writer does.
    """
    firsts = grouped(pairs)
    progress("writing greedily")
    answers = {"greedy": writer.translate_many(list(firsts), 1)}
    progress(f"writing with beam {BEAM}")
    answers[SEARCHED] = writer.translate_many(list(firsts), BEAM)
    bleus = {name: bleu(lines, list(firsts.values()), "zh") for name, lines in answers.items()}
    report: dict[str, Any] = {
        "format": FORMAT,
        "reading": READING["couplet"],
        "task": "couplet",
        "model": writer.name,
        "test": {"corpus": corpus, "pairs": len(pairs), "first_lines": len(firsts)},
        "bleu": reported(bleus),
    }
    progress("reading probabilities")
    report["perplexity"] = perplexity(writer, pairs)
    progress("reading tones")
    forms = {PEOPLE: [form(*pair) for pair in pairs]}
    forms |= {name: [form(*pair) for pair in zip(firsts, lines, strict=True)] for name, lines in answers.items()}
    report |= _forms(forms)
    progress("reading attention")
    if (distance := _distance(writer, pairs)) is not None:
        report["diagonal_distance"] = distance
    return report | ({"lines": _lines(firsts, answers)} if full else {})


def _lines(firsts: Mapping[str, Sequence[str]], answers: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    columns = zip(firsts.items(), *answers.values(), strict=True)
    return [
        {"first": first, "references": list(own), **dict(zip(answers, lines, strict=True))}
        for (first, own), *lines in columns
    ]


def _forms(forms: Mapping[str, Sequence[CoupletForm]]) -> dict[str, Any]:
    """Length, tones and repeats of people's second lines and of the model's."""

    def of_each(measured: Callable[[Sequence[CoupletForm]], Figure | None]) -> dict[str, Figure | None]:
        return {name: measured(own) for name, own in forms.items()}

    return {
        "equal_length": of_each(lambda own: _share([[each.equal] for each in own])),
        "tones": {
            "source": SOURCE,
            "convention": CONVENTION,
            "opposed_at_even_places": of_each(lambda own: _share([[p.opposed for p in each.even] for each in own])),
            "first_ends_oblique": _share([[_is(each.first_end, Tone.OBLIQUE)] for each in forms[PEOPLE]]),
            "second_ends_level": of_each(lambda own: _share([[_is(each.second_end, Tone.LEVEL)] for each in own])),
        },
        "repeats_mirrored": of_each(lambda own: _share([[r.kept for r in each.repeats] for each in own])),
    }


def _is(tone: Tone | None, wanted: Tone) -> bool | None:
    return None if tone is None else tone == wanted


def _share(rows: Sequence[Sequence[bool | None]]) -> Figure | None:
    """The share that holds, couplets drawn again for the interval; what is not known does not count. None where
    nothing is known."""
    known = [[held for held in row if held is not None] for row in rows]
    parts, wholes = (np.array([measured(row) for row in known], dtype=np.float64) for measured in (sum, len))
    return ratio(parts, wholes) if wholes.sum() else None


def _distance(writer: Measurable, pairs: Sequence[tuple[str, str]]) -> Figure | None:
    """The mean over people's second lines of the mean over each line's characters, so that a long line counts no more
    than a short one. Characters that looked at nothing but the end are `left_out`, which says how many they are. None
    of a model without attention."""
    lines = []
    for first, second in pairs:
        trace = writer.translate(first, target=second).trace
        if trace is None:
            return None
        lines.append(off_diagonal(trace))
    distance = mean(np.array([mean_distance(line) for line in lines]))
    return None if distance is None else {**distance, "left_out": int(sum(np.isnan(line).sum() for line in lines))}
