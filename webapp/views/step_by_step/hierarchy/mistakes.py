"""What a mistake does to both levels, in one sentence with the numbers of this very text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.inference.step_by_step.hierarchy.opened import OpenedText
from engine.inference.step_by_step.mistakes import PADDING
from webapp.figures.scenes.wording import percent
from webapp.i18n import joined, t, verbatim
from webapp.shell import names


def effect(opened: OpenedText, mistake: str) -> str:
    """What came of it, and how likely the class is now."""
    return joined(DONE[mistake](opened), outcome(opened))


def outcome(opened: OpenedText) -> str:
    """The probability of the class that was the likeliest, before and now."""
    before, now = (stages["class_probabilities"].value for stages in (opened.right, opened.now))
    likeliest = int(before.argmax())
    return t("The probability of “{label}” is {now} % instead of {before} %.").format(
        label=verbatim(names.label(opened.text.labels[likeliest])),
        now=percent(float(now[likeliest])),
        before=percent(float(before[likeliest])),
    )


def _largest_weights(opened: OpenedText) -> dict[str, str]:
    now, before = (float(stages["word_weights"].value.max()) for stages in (opened.now, opened.right))
    return {"share": percent(now), "was": percent(before)}


def _tanh(opened: OpenedText) -> str:
    largest = float(np.abs(opened.now["word_hidden"].value).max())
    sentence = t(
        "The largest number of the hidden layer of words is {largest} now, where tanh allows none beyond 1, and the "
        "largest weight of a word {share} % instead of {was} %."
    )
    return sentence.format(largest=f"{largest:.2f}", **_largest_weights(opened))


def _axis(opened: OpenedText) -> str:
    total = float(opened.now["word_weights"].value.sum())
    sentence = t("The weights of this sentence's words add up to {total} now, and each sentence has the weight 1.")
    return sentence.format(total=f"{total:.2f}")


def _padding(opened: OpenedText) -> str:
    shares = [percent(float(opened.now[f"{kind}_weights"].value[-PADDING:].sum())) for kind in ("word", "sentence")]
    sentence = t(
        "{count} places of padding take {words} % of the weight of words and {sentences} % of that of sentences."
    )
    return sentence.format(count=PADDING, words=shares[0], sentences=shares[1])


def _mean(opened: OpenedText) -> str:
    return t("The largest weight of a word is {share} % instead of {was} %.").format(**_largest_weights(opened))


DONE: dict[str, Callable[[OpenedText], str]] = {"tanh": _tanh, "axis": _axis, "padding": _padding, "mean": _mean}
