"""How an answer fades while words are taken away, as a chart.

figure = erasure(shares, {"most": p, "least": p, "random": rows}, names, x_title="…", y_title="…")
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from webapp.figures.charts.ranking import ACCENT, QUIET
from webapp.figures.drawing.marks import short

HEIGHT = 300
BAND = "rgba(128,140,155,0.18)"
LINES: dict[str, dict[str, Any]] = {
    "least": {"color": QUIET, "width": 2, "dash": "dot"},
    "random": {"color": QUIET, "width": 2},
    "effect": {"color": ACCENT, "width": 2, "dash": "dash"},
    "most": {"color": ACCENT, "width": 3},
}
"""The curves there can be, the one drawn last over the others."""


def erasure(
    shares: Sequence[float],
    curves: Mapping[str, np.ndarray],
    names: Mapping[str, str],
    *,
    x_title: str,
    y_title: str,
    percent: str = "{value} %",
    likelihood: bool = True,
) -> go.Figure:
    """`most`, and `least` or `effect`, over `shares` of the words, and `random`, one row for each order by chance, as
    mean and range.

    `percent` is how a share is written, {value} in it. A `likelihood` runs from 0 to 1, other numbers as far as
    they go.
    """
    percent = html.escape(percent)
    x = [100 * share for share in shares]
    chance = np.atleast_2d(curves["random"])
    figure = go.Figure()
    ends = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(y=chance.max(0).tolist(), **ends))
    figure.add_trace(go.Scatter(y=chance.min(0).tolist(), fill="tonexty", fillcolor=BAND, **ends))
    for name, line in LINES.items():
        if name not in curves:
            continue
        values = np.atleast_2d(curves[name]).mean(0)
        label = html.escape(names[name])
        figure.add_trace(
            go.Scatter(
                x=x,
                y=values.tolist(),
                name=label,
                mode="lines+markers",
                line=line,
                marker={"size": 5},
                hovertemplate=f"{label}<br>{percent.format(value='%{x:.0f}')}: %{{y:.3f}}<extra></extra>",
            )
        )
    before, _, after = percent.partition("{value}")
    figure.update_xaxes(title_text=html.escape(x_title), tickprefix=before, ticksuffix=after, range=[-2, 102])
    figure.update_yaxes(title_text=html.escape(y_title), range=[-0.03, 1.03] if likelihood else None, automargin=True)
    return _quiet(figure)


def _quiet(figure: go.Figure) -> go.Figure:
    """Nothing but curves, axes and the legend."""
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(zeroline=False)
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
        dragmode=False,
        hoverlabel={"namelength": -1},
    )


def spoken(
    shares: Sequence[float],
    curves: Mapping[str, np.ndarray],
    names: Mapping[str, str],
    *,
    percent: str = "{value} %",
    t: Callable[[str], str] = str,
) -> str:
    """Where each curve stands when a tenth and when half of the words are gone."""
    places = [min(range(len(shares)), key=lambda k: abs(shares[k] - wanted)) for wanted in (0.1, 0.5)]
    facts = []
    for name in (name for name in reversed(LINES) if name in curves):
        values = np.atleast_2d(curves[name]).mean(0)
        points = [(percent.format(value=f"{100 * shares[k]:.0f}"), short(float(values[k]))) for k in places]
        facts.append(f"{names[name]}: {t(', ').join(f'{share}: {value}' for share, value in points)}")
    return t("; ").join(facts)
