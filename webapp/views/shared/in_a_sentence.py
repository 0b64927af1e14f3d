"""What a map shows, as a sentence made of its numbers: its clearest row, its vaguest, and where two maps differ."""

from __future__ import annotations

import numpy as np
import regex

from webapp.figures.scenes.scene import MatrixScene
from webapp.i18n import escaped, joined, t
from webapp.views.shared.pair_reading import Kind

CLEAR, VAGUE = 0.5, 0.35
"""Shares of a row: from the one on a row points at one word, and below the other at none."""
NATS = 1.0
"""What hiding a word costs where it matters."""
_LETTER = regex.compile(r"\p{L}")


def sentence(scene: MatrixScene, kind: Kind, *, both_ways: bool) -> str:
    """The clearest row of a map and, of attention, the vaguest; empty where there is nothing to say."""
    if scene.values.size == 0:
        return ""
    row, column = _clearest(scene)
    words = {"row": _word(scene.rows[row]), "column": _word(scene.columns[column])}
    value = float(scene.values[row, column])
    if both_ways or kind == "consensus":
        if (row, column) not in scene.links:
            return t("No two words belong together clearly.")
        return t("*{row}* and *{column}* belong together most clearly ({share} %).").format(
            **words, share=round(100 * value)
        )
    if kind == "effect":
        if value < NATS:
            return t("No source word mattered much by itself.")
        return t("*{column}* mattered most: without it, *{row}* is {times} times less likely.").format(
            **words, times=_times(value)
        )
    if value < CLEAR:
        return t("No row points at one word: the highest weight is that of *{row}* on *{column}*, {share} %.").format(
            **words, share=round(100 * value)
        )
    clear = t("*{row}* looked at *{column}* ({share} %).").format(**words, share=round(100 * value))
    return joined(clear, _vaguest(scene))


def difference(attention: MatrixScene, other: MatrixScene, *, both_ways: bool) -> str:
    """The word for which looking and mattering differ most; empty where they do not, or the maps are of other words.

    A row counts where the other map is clear: a link where both directions are joined, else a whole nat.
    """
    if (attention.rows, attention.columns) != (other.rows, other.columns) or not attention.values.size:
        return ""
    looked, mattered = attention.values.argmax(1), other.values.argmax(1)
    rows = [
        row
        for row in range(len(attention.rows))
        if looked[row] != mattered[row]
        and _LETTER.search(attention.rows[row])
        and _LETTER.search(attention.columns[looked[row]])
        if ((row, mattered[row]) in other.links if both_ways else other.values[row, mattered[row]] >= NATS)
    ]
    if not rows:
        return ""
    row = max(rows, key=lambda each: float(other.values[each, mattered[each]]))
    return t("For *{row}* the model looked at *{looked}* most, but *{mattered}* is what mattered.").format(
        row=_word(attention.rows[row]),
        looked=_word(attention.columns[looked[row]]),
        mattered=_word(attention.columns[mattered[row]]),
    )


def _clearest(scene: MatrixScene) -> tuple[int, int]:
    """The highest cell of all rows and columns that are words, or of all where none is."""
    values = scene.values.copy()
    for axis, labels in enumerate((scene.rows, scene.columns)):
        signs = [i for i, label in enumerate(labels) if not _LETTER.search(label)]
        if len(signs) < len(labels):
            np.moveaxis(values, axis, 0)[signs] = -np.inf
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    return int(row), int(column)


def _vaguest(scene: MatrixScene) -> str:
    """The row that looks at nothing in particular, where there is such a row."""
    highest = [
        (float(row.max()), label)
        for row, label in zip(scene.values, scene.rows, strict=True)
        if _LETTER.search(label) and row.max() < VAGUE
    ]
    if not highest:
        return ""
    share, label = min(highest)
    return t("*{row}* looked at nothing in particular (at most {share} % at one word).").format(
        row=_word(label), share=round(100 * share)
    )


def _word(label: str) -> str:
    return escaped(label.strip())


def _times(nats: float) -> str:
    """How many times less likely so many nats make a word, as few digits as tell it."""
    times = float(np.exp(min(nats, 50.0)))
    return f"{times:.1f}" if times < 10 else f"{times:,.0f}" if times < 1000 else "1,000+"
