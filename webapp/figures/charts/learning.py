"""How trainings learn, as curves: the loss on what is learnt from, faint, and on held-out data, strong.

figure = learning([Learning("additive", [(25, 5.1), …], [(150, 4.2), …]), …], x_title="…", y_title="…")
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from webapp.figures.charts.by_length import COLOURS, DASHES, MARKS
from webapp.figures.drawing.marks import short

HEIGHT = 320
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class Learning:
    """One training: the losses after so many updates, and those on the development data."""

    name: str
    losses: Points
    validations: Points


def learning(trainings: Sequence[Learning], *, x_title: str = "", y_title: str = "") -> go.Figure:
    """All of them over their updates. The legend names each once, and stands below, where long names have room."""
    figure = go.Figure()
    for number, training in enumerate(trainings):
        style = number % len(COLOURS)
        faint = _line(training.losses, training.name, {"color": COLOURS[style], "width": 1}, opacity=0.45)
        figure.add_trace(faint.update(showlegend=False))
        strong = {"color": COLOURS[style], "width": 2.5, "dash": DASHES[(style + 3) % len(DASHES)]}
        curve = _line(training.validations, training.name, strong)
        figure.add_trace(curve.update(mode="lines+markers", marker={"size": 7, "symbol": MARKS[style]}))
    figure.update_xaxes(title_text=html.escape(x_title), zeroline=False, showgrid=False, rangemode="tozero")
    figure.update_yaxes(title_text=html.escape(y_title), zeroline=False, automargin=True)
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
        dragmode=False,
        hovermode="x",
        showlegend=len(trainings) > 1,
        uirevision="keep",  # a curve that is followed leaves what was hidden in the legend hidden
    )


def _line(points: Points, name: str, line: dict[str, object], opacity: float = 1.0) -> go.Scatter:
    return go.Scatter(
        x=[update for update, _ in points],
        y=[float(f"{loss:.4g}") for _, loss in points],
        name=html.escape(name),
        mode="lines",
        line=line,
        opacity=opacity,
        hovertemplate="%{x}: %{y:.3f}",
    )


def spoken(trainings: Sequence[Learning]) -> str:
    """Where every training began and where it is, for `st.plotly_chart(figure, alt=...)`."""
    facts = []
    for training in trainings:
        points = training.validations or training.losses
        if points:
            (first, start), (last, end) = points[0], points[-1]
            facts.append(f"{training.name}: {first}: {short(start)} → {last}: {short(end)}")
    return "; ".join(facts)
