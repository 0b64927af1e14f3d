"""The output token by token: how sure the model was of each, and what it would have said instead."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from engine.inference.translation import OutputToken, Translation
from webapp.figures.drawing.marks import number
from webapp.figures.scenes.scene import TextScene
from webapp.figures.scenes.wording import printed
from webapp.i18n import t


def surprise(translation: Translation, *, by_words: bool, end: bool) -> TextScene:
    """The output shaded by how unsure the model was, 1 − p; values are p, of a word the product over its pieces.

    A piece that reads of several words gives each of them its share of ln p.
    """
    axis = translation.queries
    tokens = translation.output.tokens
    logs = np.array([token.logprob for token in tokens])
    owners = axis.membership() if by_words else np.eye(len(axis))
    labels = axis.words().labels if by_words else axis.labels
    count = len(owners) - (not end and bool(len(axis)) and axis.special[-1])
    owners = owners[:count]
    sure = np.exp(np.minimum(0.0, owners @ logs)) if len(axis) else np.zeros(0)
    parts = [np.flatnonzero(row).tolist() for row in owners]
    return TextScene(
        words=tuple(labels[:count]),
        values=sure,
        shades=1 - sure,
        unit=t("probability"),
        low=1.0,
        maximum=0.0,
        details=tuple(" / ".join(_instead(tokens[i]) for i in part) for part in parts),
        side="target",
    )


def _instead(token: OutputToken) -> str:
    others = [c for c in token.candidates if c.text != token.text][:4]
    return ", ".join(f"{shown(c.text)} {number(math.exp(c.logprob))}" for c in others)


def shown(piece: str) -> str:
    """A piece without the space it begins with; one that is nothing but a space as the mark for it."""
    return piece.strip() or "␣"


def signed(value: float) -> str:
    """Two decimals, with a minus as it is printed."""
    return printed(f"{value:.2f}")


def candidates(translation: Translation) -> pd.DataFrame:
    """One row for each token of the output: its probability, and the next-best candidates with theirs."""
    rows = []
    for k, token in enumerate(translation.output.tokens):
        others = [c for c in token.candidates if c.text != token.text]
        row: dict[str, object] = {
            "#": k + 1,
            t("Subword"): shown(token.text),
            t("Probability"): math.exp(token.logprob),
        }
        for place, other in enumerate(others[:4], 1):
            row[t("Alternative {place}").format(place=place)] = (
                f"{shown(other.text)}  {number(math.exp(other.logprob))}"
            )
        rows.append(row)
    return pd.DataFrame(rows)


def hypotheses(translation: Translation) -> pd.DataFrame:
    """All outputs of the search, best first."""
    return pd.DataFrame(
        {
            "#": range(1, len(translation.hypotheses) + 1),
            t("Translation"): [hypothesis.text for hypothesis in translation.hypotheses],
            t("Log-probability"): [hypothesis.logprob for hypothesis in translation.hypotheses],
            t("Score after length penalty"): [hypothesis.score for hypothesis in translation.hypotheses],
        }
    )
