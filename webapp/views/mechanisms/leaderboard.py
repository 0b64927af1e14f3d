"""What was measured of the models that are compared, and of all others beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from webapp.i18n import N_, joined, t
from webapp.shell import controls as shared
from webapp.shell.view import View
from webapp.views.mechanisms import comparison
from webapp.views.mechanisms.forms import AXES, SINGLE, along, english_french, labels


@dataclass(frozen=True)
class Column:
    """One figure: what it is called, how it is written, what it means, and which end of it is good."""

    label: str
    form: str
    meaning: str
    best: str = "highest"


LOOKED = N_("AER against the same links. Each target word is linked to the source word it looked at most.")
COLUMNS = {
    "updates": Column(N_("Updates"), "localized", N_("How many steps the model was trained for."), "lowest"),
    "bleu": Column(
        N_("BLEU, beam 5"), "%.1f", N_("How close the translations of the test sentences come to human ones.")
    ),
    "bleu_greedy": Column(N_("BLEU, greedy"), "%.1f", N_("BLEU when the likeliest subword is taken at each step.")),
    "perplexity": Column(
        N_("Perplexity"),
        "%.2f",
        N_("On average the model is as unsure as if choosing among this many subwords."),
        "lowest",
    ),
    "aer_effect": Column(
        N_("AER by effect, %"),
        "%.1f",
        N_(
            "AER against human alignments (Hansards, a different domain from the training data). Each target word is "
            "linked to the source word whose removal hurts it most."
        ),
        "lowest",
    ),
    "aer_attention": Column(N_("AER by attention, %"), "%.1f", LOOKED, "lowest"),
    "aligner_effect": Column(
        N_("AER by effect, in domain, %"),
        "%.1f",
        N_("AER against the links of a statistical aligner on the test sentences. Links by effect."),
        "lowest",
    ),
    "aligner_attention": Column(N_("AER by attention, in domain, %"), "%.1f", LOOKED, "lowest"),
    "parameters": Column(N_("Parameters"), "compact", N_("Number of trainable parameters."), "lowest"),
    "minutes": Column(N_("Training, minutes"), "%.0f", N_("How long the training took."), "lowest"),
    "milliseconds": Column(
        N_("Milliseconds here"), "%.0f", N_("For the first example, on this machine, when first asked."), "lowest"
    ),
}
CHARTED = ("bleu", "perplexity", "aer_effect", "aer_attention")


def show(view: View) -> None:
    """Chart and table of the models along the axis that is chosen, all of which were trained equally long; then all."""
    st.header(t("How well each one performs"), anchor=False)
    board = comparison.measured(along(view["axis"]))
    charted = [name for name in CHARTED if len(board) and board[name].notna().any()]
    if charted:
        _chart(board, charted)
        _table(board, t(AXES[view["axis"]]))
    else:
        st.caption(t("Nothing has been measured of these models yet; `python -m engine evaluate` does."))
    _all(view["axis"])


@st.fragment
def _chart(board: pd.DataFrame, charted: Sequence[str]) -> None:
    """One figure of all models, the best on top, with its 95 % interval."""
    # Plotly is slow to import, and other pages do without it.
    from webapp.figures.charts.ranking import ranking, spoken

    st.segmented_control(
        t("Figure shown"),
        charted,
        format_func=lambda name: t(COLUMNS[name].label),
        key="mechanisms_charted",
        default=charted[0],
        required=True,
        label_visibility="collapsed",
    )
    name = st.session_state["mechanisms_charted"]
    column = COLUMNS[name]
    figure = ranking(
        board.to_dict("records"),  # type: ignore[arg-type]  # the names of our columns are texts
        name="name",
        value=name,
        low=f"{name}_low",
        high=f"{name}_high",
        title=t(column.label),
        best="lowest" if column.best == "lowest" else "highest",
    )
    better = t("Lower is better.") if column.best == "lowest" else t("Higher is better.")
    whiskers = t("Error bars are 95 % intervals, by resampling the sentences (bootstrap).")
    st.caption(joined(t(column.meaning), better, whiskers))
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=spoken(figure), key="mechanisms_chart")


def _table(board: pd.DataFrame, compared: str) -> None:
    """All figures with their intervals; a click on the head of a column sorts by it."""
    config: dict[str, Any] = {"name": st.column_config.TextColumn(compared, pinned=True)}
    shown = board[["name"]].copy()
    for name, column in _measured(board):
        config[name] = _number(column)
        shown[name] = board[name]
        if f"{name}_low" in board:
            ends = zip(board[f"{name}_low"], board[f"{name}_high"], strict=True)
            shown[f"{name}_within"] = [f"{low:.1f} … {high:.1f}" if low == low else "" for low, high in ends]
            config[f"{name}_within"] = st.column_config.TextColumn(t("95 % interval"))
    alt = t("How well each one performs")
    st.dataframe(shown, hide_index=True, column_config=config, height="content", alt=alt, key="mechanisms_board")


@st.fragment
def _all(axis: str) -> None:
    """Every recurrent translator between the two languages, those alike along an axis together."""
    st.header(t("All models"), anchor=False)
    st.caption(
        t(
            "Every recurrent English–French model that comes along, those without attention too. Only models trained "
            "for the same number of updates can be compared; a click on the head of a column sorts by it."
        )
    )
    key = f"mechanisms_grouped_{axis}"  # each axis begins with its own
    st.session_state.setdefault(key, axis)
    shared.segments(t("Group by"), AXES, key)
    first = st.session_state[key]
    models = english_french()
    board = comparison.of_all(models, {name: labels(info) for name, info in models.items()})
    groups = list(dict.fromkeys(board[first]))
    board = board.sort_values(by=[first], key=lambda column: column.map(groups.index), kind="stable")
    order = [first, *(axis for axis in AXES if axis != first)]
    config: dict[str, Any] = {axis: st.column_config.TextColumn(t(SINGLE[axis])) for axis in order}
    config[first] = st.column_config.TextColumn(t(SINGLE[first]), pinned=True)
    known = dict(_measured(board))
    config |= {name: _number(column) for name, column in known.items()}
    alt = t("All models")
    st.dataframe(
        board[[*order, *known]], hide_index=True, column_config=config, height="content", alt=alt, key="mechanisms_all"
    )


def _measured(board: pd.DataFrame) -> list[tuple[str, Column]]:
    """The columns of which there is any figure."""
    return [(name, column) for name, column in COLUMNS.items() if name in board and board[name].notna().any()]


def _number(column: Column) -> Any:
    return st.column_config.NumberColumn(t(column.label), format=column.form, help=t(column.meaning))
