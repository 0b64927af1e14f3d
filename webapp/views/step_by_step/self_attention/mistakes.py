"""What a mistake does to a self-attention layer, in one sentence with the numbers of this very text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.self_attention.opened import OpenedHead
from engine.inference.step_by_step.self_attention.scaling import slopes
from webapp.figures.scenes.wording import percent
from webapp.i18n import joined, t, verbatim
from webapp.views.shared.output_tokens import shown, signed


def effect(opened: OpenedHead, mistake: str) -> str:
    """What came of it, and how far the layer's output moved."""
    return joined(DONE[mistake](opened), outcome(opened))


def outcome(opened: OpenedHead) -> str:
    """How far the vectors that the layer puts out moved, against their length."""
    now, before = (stages["layer_output"].value[_words(opened)] for stages in (opened.now, opened.right))
    lengths = np.maximum(np.linalg.norm(before, axis=1), 1e-9)
    moved = float((np.linalg.norm(now - before, axis=1) / lengths).mean())
    sentence = t("The vectors that the layer puts out moved by {share} % of their length on average.")
    return sentence.format(share=percent(moved))


def _words(opened: OpenedHead) -> np.ndarray:
    """Rows of words, without padding."""
    return opened.layer.present.cpu().numpy()


def _weights(opened: OpenedHead) -> tuple[np.ndarray, np.ndarray]:
    """Those of words as they are now and as they were before."""
    rows = _words(opened)
    return opened.now["attention_weights"].value[rows], opened.right["attention_weights"].value[rows]


def _scaling(opened: OpenedHead) -> str:
    now, before = _weights(opened)
    sentence = t(
        "The largest weight of a row is {share} % instead of {was} % on average, and the slope of the softmax {slope} "
        "instead of {steep}."
    )
    return sentence.format(
        share=percent(float(now.max(1).mean())),
        was=percent(float(before.max(1).mean())),
        slope=f"{float(slopes(now).mean()):.2f}",
        steep=f"{float(slopes(before).mean()):.2f}",
    )


def _axis(opened: OpenedHead) -> str:
    sums = _weights(opened)[0].sum(1)
    sentence = t("Each column adds up to 1 now; the rows add up to anything from {low} to {high}.")
    return sentence.format(low=f"{float(sums.min()):.2f}", high=f"{float(sums.max()):.2f}")


def _scores_weighted(opened: OpenedHead) -> str:
    context = opened.now["head_context"].value[0]
    sentence = t("All {count} numbers of the context of “{word}” are {number} now.")
    number = signed(float(context[0]))
    return sentence.format(count=len(context), word=verbatim(shown(opened.layer.labels[0])), number=number)


def _padding(opened: OpenedHead) -> str:
    share = float(_weights(opened)[0][:, ~_words(opened)].sum(1).mean())
    sentence = t("{count} places of padding take {share} % of the weight on average.")
    return sentence.format(count=PADDING, share=percent(share))


def _causal(opened: OpenedHead) -> str:
    share = float(np.triu(_weights(opened)[0], 1).sum(1).mean())
    return t("{share} % of the weight lies on words ahead, on average over all words.").format(share=percent(share))


def _heads(opened: OpenedHead) -> str:
    now, before = _weights(opened)
    moved = float(np.abs(now - before).sum(1).mean() / 2)
    sentence = t(
        "There is one set of weights from {size} numbers instead of {heads} sets from {part} each; against those of "
        "head {head}, {share} % of the weight went elsewhere."
    )
    size = opened.layer.size
    facts = {"size": size * opened.layer.heads, "heads": opened.layer.heads, "part": size, "head": opened.head + 1}
    return sentence.format(share=percent(moved), **facts)


def _output(opened: OpenedHead) -> str:
    return t("Each number of the output comes from one head alone now.")


DONE: dict[str, Callable[[OpenedHead], str]] = {
    "scaling": _scaling,
    "axis": _axis,
    "scores_weighted": _scores_weighted,
    "padding": _padding,
    "causal": _causal,
    "heads": _heads,
    "output": _output,
}
