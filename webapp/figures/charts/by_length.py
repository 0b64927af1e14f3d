"""How models do by the length of the source, as curves with intervals.

figure = by_length([Curve("decoder 1", values, lows, highs), …], ["1–4", …, "2×"], together=4, x_title="…", y_title="…")
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import plotly.graph_objects as go

from webapp.figures.charts.ranking import ACCENT
from webapp.figures.drawing.marks import short

HEIGHT = 400
APART = 0.07  # of the way from one place to the next, between the marks of two curves
BAND = "rgba(128,140,155,0.12)"
# Each 3 : 1 against both papers; form and dashes tell them apart where colours do not.
COLOURS = ("#8a7a4a", "#c2571a", "#2e8f57", ACCENT, "#9d62cc", "#c94a83")
MARKS = ("circle", "square", "diamond", "star", "triangle-down", "triangle-up")
DASHES = ("dot", "dash", "dashdot", "solid", "longdash", "longdashdot")

Cell = TypeVar("Cell")


@dataclass(frozen=True)
class Curve:
    """One model: its value at each place, None where it has none, with the ends of its interval. `style` is its number
    among those that keep their colour whoever stands beside them."""

    name: str
    values: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    style: int = 0


def by_length(
    curves: Sequence[Curve], places: Sequence[str], *, together: int, x_title: str = "", y_title: str = ""
) -> go.Figure:
    """Curves over places that stand evenly apart; those from number `together` on, counted from 0, on a band of their
    own, with no line that leads there."""
    figure = go.Figure()
    for k, curve in enumerate(curves):
        figure.add_trace(_drawn(curve, places, together, (k - (len(curves) - 1) / 2) * APART))
    if together < len(places):
        figure.add_vrect(together - 0.5, len(places) - 0.5, fillcolor=BAND, line_width=0, layer="below")
    ticks = {"tickvals": list(range(len(places))), "ticktext": [html.escape(place) for place in places]}
    figure.update_xaxes(
        **ticks, range=[-0.5, len(places) - 0.5], title_text=html.escape(x_title), zeroline=False, showgrid=False
    )
    figure.update_yaxes(title_text=html.escape(y_title), zeroline=False, automargin=True)
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
        hoverlabel={"namelength": -1},
    )


def _drawn(curve: Curve, places: Sequence[str], together: int, shift: float) -> go.Scatter:
    """One curve, broken before the band."""
    style = curve.style % len(COLOURS)
    up = [_gap(value, end) for value, end in zip(curve.values, curve.highs, strict=True)]
    down = [_gap(value, end) for value, end in zip(curve.values, curve.lows, strict=True)]
    at = together if 0 < together < len(places) else None
    return go.Scatter(
        x=_broken([k + shift for k in range(len(places))], None, at),
        y=_broken(curve.values, None, at),
        name=html.escape(curve.name),
        mode="lines+markers",
        line={"color": COLOURS[style], "width": 2, "dash": DASHES[style]},
        marker={"size": 9, "symbol": MARKS[style]},
        error_y={
            "type": "data",
            "array": _broken(up, 0, at),
            "arrayminus": _broken(down, 0, at),
            "thickness": 1.5,
            "width": 3,
        },
        hovertext=_broken(_hovers(curve, places), "", at),
        hoverinfo="text",
        connectgaps=False,
    )


def _broken(cells: Sequence[Cell], gap: Cell, at: int | None) -> list[Cell]:
    """The same with a gap before number `at`, so that no line leads across."""
    return list(cells) if at is None else [*cells[:at], gap, *cells[at:]]


def _hovers(curve: Curve, places: Sequence[str]) -> list[str]:
    name, hovers = html.escape(curve.name), []
    for place, value, low, high in zip(places, curve.values, curve.lows, curve.highs, strict=True):
        within = "" if low is None or high is None else f" ({short(low)} … {short(high)})"
        number = "" if value is None else f": {short(value)}{within}"
        hovers.append(f"{name}<br>{html.escape(place)}{number}")
    return hovers


def _gap(value: float | None, end: float | None) -> float:
    return 0.0 if value is None or end is None else abs(end - value)


def spoken(curves: Sequence[Curve], places: Sequence[str]) -> str:
    """Every curve from its first place to its last, for `st.plotly_chart(figure, alt=...)`."""
    facts = []
    for curve in curves:
        points = [f"{place}: {short(v)}" for place, v in zip(places, curve.values, strict=True) if v is not None]
        facts.append(f"{curve.name}: {', '.join(points)}")
    return "; ".join(facts)
