"""What was measured of each scoring function's model, beside what its paper found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from webapp import cached, published
from webapp.i18n import N_, t
from webapp.views import scoring
from webapp.views.scoring import Answer

COLUMNS = {
    "bleu": (
        N_("BLEU, beam 5"),
        "%.1f",
        N_("Agreement with human translations of the test sentences; higher is better."),
    ),
    "bleu_greedy": (N_("BLEU, greedy"), "%.1f", N_("The same, taking the likeliest piece at each step.")),
    "perplexity": (N_("Perplexity"), "%.2f", N_("How many pieces the model hesitates between; lower is better.")),
    "aer_attention": (
        N_("AER, attention"),
        "%.1f %%",
        N_("Alignment error against links people drew; lower is better."),
    ),
    "aer_effect": (N_("AER, effect"), "%.1f %%", N_("The same, read by effect.")),
    "aligner_attention": (
        N_("AER, attention, against an aligner"),
        "%.1f %%",
        N_("Against the links of a statistical aligner on the test sentences."),
    ),
    "aligner_effect": (N_("AER, effect, against an aligner"), "%.1f %%", N_("The same, read by effect.")),
    "parameters": (N_("Parameters"), "compact", N_("Numbers that were learnt.")),
    "minutes": (N_("Training, minutes"), "%.0f", N_("All models took the same number of steps.")),
    "milliseconds": (N_("Milliseconds here"), "%.0f", N_("For the sentence above, on this machine.")),
}


def show(answers: Sequence[Answer]) -> None:
    """Table of our models, then the tables of the paper. `answers` tell what the sentence above took."""
    st.header(t("What each is worth"), anchor=False)
    milliseconds = {answer.score: 1000 * answer.translation.seconds for answer in answers}
    board = scoring.measured(cached.lab(), milliseconds)
    columns = [name for name in COLUMNS if name in board and board[name].notna().any()]
    if not set(columns) - {"milliseconds", "parameters", "minutes"}:
        st.caption(t("Nothing has been measured of these models yet; `python -m engine evaluate` does."))
    _board(board, columns)
    _luong()


def _board(board: pd.DataFrame, columns: Sequence[str]) -> None:
    config: dict[str, Any] = {"name": st.column_config.TextColumn(t("Scoring function"), pinned=True)}
    order = ["name"]
    for name in columns:
        label, form, meaning = COLUMNS[name]
        config[name] = st.column_config.NumberColumn(t(label), format=form, help=t(meaning))
        order.append(name)
        if f"{name}_low" in board and board[f"{name}_low"].notna().any():
            board[f"{name}_within"] = [
                f"{low:.1f} to {high:.1f}"
                for low, high in zip(board[f"{name}_low"], board[f"{name}_high"], strict=True)
            ]
            config[f"{name}_within"] = st.column_config.TextColumn(t("95 %"), help=t("Bootstrap over sentences."))
            order.append(f"{name}_within")
    st.dataframe(board[order], hide_index=True, column_config=config, height="content", key="scoring_board")


def _luong() -> None:
    """The published tables that this comparison answers to."""
    st.header(t("What the paper found"), anchor=False)
    st.caption(published.LUONG_2015)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(t("Table 4: translation"), anchor=False)
        rows = [
            {
                t("Attention"): row.attention,
                t("Perplexity"): row.perplexity,
                "BLEU": row.bleu,
                t("BLEU, unknown words replaced"): row.bleu_after,
            }
            for row in published.LUONG_TABLE_4
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", key="scoring_luong_4")
        st.caption(t(published.TABLE_4))
    with right:
        st.subheader(t("Table 6: alignment"), anchor=False)
        aligned = [{t("Method"): row.method, "AER": row.aer} for row in published.LUONG_TABLE_6]
        st.dataframe(pd.DataFrame(aligned), hide_index=True, height="content", key="scoring_luong_6")
        st.caption(t(published.TABLE_6))
