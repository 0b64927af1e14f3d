"""Does it move? How far each map moves from row to row, beside how undecided its rows are."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from webapp.i18n import t
from webapp.shell.view import View
from webapp.views.mechanisms.comparison import Answer

FORMULA = r"\frac{1}{T-1} \sum_{t=2}^{T} \frac{1}{2} \sum_j \left| \alpha_{tj} - \alpha_{t-1,j} \right|"


def show(view: View, answers: Sequence[Answer]) -> None:
    """Both figures of all maps that are shown."""
    # Plotly is slow to import, and other pages do without it.
    from webapp.figures.charts.ranking import ranking, spoken

    st.header(t("Does it move?"), anchor=False)
    st.caption(
        t(
            "How much of its attention a model moves from one word of the translation to the next: 0 % is the same "
            "shares of the same words all the time, 100 % none of the words before. A map that stands still says "
            "nothing of single words, however sharp it is; one that moves need not be right. Beside it the spread: "
            "how undecided a row is on average."
        )
    )
    rows = [{"name": a.shown.title, "moves": 100 * a.moves, "bits": a.bits} for a in answers]
    st.latex(FORMULA, width="content")
    moves, spread = st.columns(2, gap="medium")
    for column, value, title, best in (
        (moves, "moves", t("Moves from row to row, %"), "highest"),
        (spread, "bits", t("Spread of a row, bits"), "lowest"),
    ):
        chart = ranking(rows, name="name", value=value, title=title, best=best)  # type: ignore[arg-type]  # one of two
        chart.update_xaxes(rangemode="tozero")
        key = view.key(f"moving_{value}")
        column.plotly_chart(chart, config={"displayModeBar": False}, alt=spoken(chart), key=key)
