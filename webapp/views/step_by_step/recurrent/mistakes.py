"""What a mistake does to the picture, in one sentence with the numbers of this very step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.recurrent.opened import OpenedStep
from webapp.figures.scenes.wording import percent
from webapp.i18n import joined, t, verbatim
from webapp.views.shared.output_tokens import shown, signed


def effect(opened: OpenedStep, mistake: str) -> str:
    """What came of it, and which word is the likeliest now."""
    return joined(DONE[mistake](opened), outcome(opened))


def outcome(opened: OpenedStep) -> str:
    """The likeliest next word with its probability, before and now."""
    right, now = opened.right, opened.now
    words = [shown(opened.pieces[step.top[0]]) for step in (right, now)]
    shares = [percent(float(step["probabilities"].value[step.top[0]])) for step in (right, now)]
    facts = {"before": _quoted(words[0]), "now": _quoted(words[1]), "was": shares[0], "share": shares[1]}
    if words[0] == words[1]:
        return t("The likeliest next word stays {now}, at {share} % instead of {was} %.").format(**facts)
    return t("The likeliest next word is now {now} ({share} %) instead of {before} ({was} %).").format(**facts)


def _quoted(word: str) -> str:
    return f"“{verbatim(word)}”"


def _axis(opened: OpenedStep) -> str:
    total = float(opened.now["weights"].value.sum())
    return t("Each weight is 1 now, and the row adds up to {total} instead of 1.").format(total=f"{total:g}")


def _scores_weighted(opened: OpenedStep) -> str:
    context = opened.now["context"].value
    number = signed(float(context[0]))
    sentence = t("All {count} numbers of the context are {number} now, whatever the words are.")
    return sentence.format(count=len(context), number=number)


def _padding(opened: OpenedStep) -> str:
    padding = ~opened.walk.memory.present[0].cpu().numpy()
    share = float(opened.now["weights"].value[padding].sum())
    return t("{count} places of padding take {share} % of the weight.").format(count=PADDING, share=percent(share))


def _spread(values: np.ndarray) -> str:
    return f"{float(values.max() - values.min()):.2f}"


def _scaling(opened: OpenedStep) -> str:
    sentence = t(
        "The scores now span {now} instead of {before}, and the largest weight is {share} % instead of {was} %."
    )
    return sentence.format(
        now=_spread(opened.now["scores"].value),
        before=_spread(opened.right["scores"].value),
        share=percent(float(opened.now["weights"].value.max())),
        was=percent(float(opened.right["weights"].value.max())),
    )


def _tanh(opened: OpenedStep) -> str:
    largest = float(np.abs(opened.now["hidden"].value).max())
    sentence = t("The largest number of the hidden layer is {largest} now, where tanh allows none beyond 1.")
    return joined(sentence.format(largest=f"{largest:.2f}"), _scaling(opened))


def _state(opened: OpenedStep) -> str:
    now, before = opened.now["state"].value, opened.right["state"].value
    sentence = t("The numbers of the new state are off by {distance} on average.")
    return sentence.format(distance=f"{float(np.abs(now - before).mean()):.2f}")


DONE: dict[str, Callable[[OpenedStep], str]] = {
    "axis": _axis,
    "scores_weighted": _scores_weighted,
    "padding": _padding,
    "scaling": _scaling,
    "tanh": _tanh,
    "state": _state,
}
