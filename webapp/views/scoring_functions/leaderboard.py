"""What was measured of each scoring function's model, beside what its paper found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import names
from webapp.views.scoring_functions import comparison, published


@dataclass(frozen=True)
class Column:
    """One figure: what it is called, how it is written, what it means, and which end of it is good."""

    label: str
    form: str
    meaning: str
    best: str = "highest"


LOOKED = N_("AER against the same links. Each target word is linked to the source word it looked at most.")
COLUMNS = {
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
    "minutes": Column(
        N_("Training, minutes"), "%.0f", N_("All models took the same number of steps on the same data."), "lowest"
    ),
    "milliseconds": Column(
        N_("Milliseconds here"), "%.0f", N_("For the first example, on this machine, when first asked."), "lowest"
    ),
}
CHARTED = ("bleu", "perplexity", "aer_effect", "aer_attention")


def show() -> None:
    """Chart and table of our models, then the tables of the paper."""
    st.header(t("How well each one performs"), anchor=False)
    board = comparison.measured(gateway.listing.lab())
    charted = [name for name in CHARTED if board[name].notna().any()]
    if charted:
        _chart(board, charted)
        _table(board)
    else:
        st.caption(t("Nothing has been measured of these models yet; `python -m engine evaluate` does."))
    _luong()


@st.fragment
def _chart(board: pd.DataFrame, charted: Sequence[str]) -> None:
    """One figure of all models, the best on top, with its 95 % interval."""
    # Plotly is slow to import, and other pages do without it.
    from webapp.figures.charts.ranking import ranking, spoken

    st.segmented_control(
        t("Figure shown"),
        charted,
        format_func=lambda name: t(COLUMNS[name].label),
        key="scoring_charted",
        default=charted[0],
        required=True,
        label_visibility="collapsed",
    )
    name = st.session_state["scoring_charted"]
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
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=spoken(figure), key="scoring_chart")


def _table(board: pd.DataFrame) -> None:
    """All figures; a click on the head of a column sorts by it."""
    config: dict[str, Any] = {"name": st.column_config.TextColumn(t("Scoring function"), pinned=True)}
    shown = board[["name"]].copy()
    for name, column in COLUMNS.items():
        if board[name].isna().all():
            continue
        config[name] = st.column_config.NumberColumn(t(column.label), format=column.form, help=t(column.meaning))
        shown[name] = board[name]
        if f"{name}_low" in board:
            ends = zip(board[f"{name}_low"], board[f"{name}_high"], strict=True)
            shown[f"{name}_within"] = [f"{low:.1f} … {high:.1f}" if low == low else "" for low, high in ends]
            config[f"{name}_within"] = st.column_config.TextColumn(t("95 % interval"))
    alt = t("How well each one performs")
    st.dataframe(shown, hide_index=True, column_config=config, height="content", alt=alt, key="scoring_board")


def _luong() -> None:
    """The published tables that this comparison answers to."""
    st.header(t("What the paper found"), anchor=False)
    compare = t("Different languages and data: compare the ranking, not the numbers.")
    st.caption(f"{published.LUONG_2015}. {compare}")
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Table 4: translation"), anchor=False)
        _printed(
            {
                t("Attention"): [_method(row.attention) for row in published.LUONG_TABLE_4],
                t("Perplexity"): [row.perplexity for row in published.LUONG_TABLE_4],
                "BLEU": [_bleu(row.bleu) for row in published.LUONG_TABLE_4],
                t("BLEU after unknown-word replacement"): [_bleu(row.bleu_after) for row in published.LUONG_TABLE_4],
            },
            alt=t("Table 4: translation"),
            key="scoring_luong_4",
        )
        st.caption(joined(t(published.TABLE_4), t(published.CONCAT)))
    with right:
        st.subheader(t("Table 6: alignment"), anchor=False)
        _printed(
            {
                t("Method"): [_method(row.method) for row in published.LUONG_TABLE_6],
                t("AER, %"): [f"{100 * row.aer:.0f}" for row in published.LUONG_TABLE_6],
            },
            alt=t("Table 6: alignment"),
            key="scoring_luong_6",
        )
        st.caption(t(published.TABLE_6))


def _method(printed: str) -> str:
    """The paper's name of a method, "local-m (general)", with our word for the scoring function beside it."""
    kind, _, score = printed.rstrip(")").partition(" (")
    return f"{t(published.KIND.get(kind, kind))} ({names.score(score)})" if score else t(published.KIND.get(kind, kind))


def _bleu(value: float | None) -> str:
    return "×" if value is None else f"{value:.1f}"


def _printed(columns: dict[str, list[str]], *, alt: str, key: str) -> None:
    """Figures as they were printed, the first column naming them."""
    config = {name: st.column_config.TextColumn(alignment="right") for name in list(columns)[1:]}
    st.dataframe(pd.DataFrame(columns), hide_index=True, column_config=config, height="content", alt=alt, key=key)
