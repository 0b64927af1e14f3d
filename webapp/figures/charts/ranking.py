"""How good the models are, side by side, from plain rows.

    ranking(rows, name="name", value="bleu", low="bleu_low", high="bleu_high", title="BLEU")
    ranking(rows, name="name", value="aer", title="AER, %", best="lowest", factor=100)
    trade_off(rows, name="name", x="ms", y="bleu", x_title="ms per sentence", y_title="BLEU")
    spoken(figure)      for st.plotly_chart(figure, alt=...)

Rows are mappings; one whose number is missing (absent, None or NaN) keeps its name and gets no mark.
Plotly reads labels as HTML and joins equal ones, so all stand at numbered places and are escaped.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import plotly.graph_objects as go

from webapp.figures.drawing.marks import short

ACCENT = "#4a86e8"  # 3 : 1 against both papers, so one colour serves light and dark
QUIET = "rgba(128,140,155,0.75)"
LINE = 34  # pixels for one model
Row = Mapping[str, Any]


def ranking(
    rows: Sequence[Row],
    *,
    name: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    title: str = "",
    best: Literal["highest", "lowest"] = "highest",
    factor: float = 1.0,
    chosen: str | None = None,
) -> go.Figure:
    """Best on top. With `low` and `high`, the ends of an interval, points with whiskers; else bars from zero.

    `factor` multiplies what the rows hold (100 for per cent); the row named `chosen` keeps the accent, others fade.
    """
    sign = -1 if best == "highest" else 1
    order = sorted(rows, key=lambda row: (_number(row, value) is None, sign * (_number(row, value) or 0)))
    places = list(range(len(order)))
    numbers = [_scaled(row, value, factor) for row in order]
    colours = [ACCENT if chosen in (None, row[name]) else QUIET for row in order]
    hovers = [_hover(row, name, value, low, high, factor) for row in order]
    common = {"x": numbers, "y": places, "hovertext": hovers, "hoverinfo": "text"}
    if low is None or high is None:
        mark = go.Bar(**common, orientation="h", marker_color=colours, width=0.6)
    else:
        up = [_gap(number, _scaled(row, high, factor)) for number, row in zip(numbers, order, strict=True)]
        down = [_gap(number, _scaled(row, low, factor)) for number, row in zip(numbers, order, strict=True)]
        whiskers = {"type": "data", "array": up, "arrayminus": down, "color": QUIET, "thickness": 2, "width": 5}
        mark = go.Scatter(**common, mode="markers", marker={"size": 11, "color": colours}, error_x=whiskers)
    figure = go.Figure(mark)
    ticks = {"tickvals": places, "ticktext": [html.escape(str(row[name])) for row in order]}
    figure.update_yaxes(**ticks, range=[len(order) - 0.5, -0.5], automargin=True, showgrid=False, zeroline=False)
    figure.update_xaxes(title_text=html.escape(title), zeroline=False)
    return _quiet(figure, 90 + LINE * len(order))


def trade_off(
    rows: Sequence[Row],
    *,
    name: str,
    x: str,
    y: str,
    x_title: str = "",
    y_title: str = "",
    logarithmic: bool = False,
) -> go.Figure:
    """One named point for each row that has both numbers; the time axis from zero, unless it is `logarithmic`."""
    known = [row for row in rows if _number(row, x) is not None and _number(row, y) is not None]
    names = [html.escape(str(row[name])) for row in known]
    hovers = [
        f"{label}<br>{short(row[x])} {html.escape(x_title)}<br>{short(row[y])} {html.escape(y_title)}"
        for label, row in zip(names, known, strict=True)
    ]
    figure = go.Figure(
        go.Scatter(
            x=[row[x] for row in known],
            y=[row[y] for row in known],
            text=names,
            hovertext=hovers,
            hoverinfo="text",
            mode="markers+text",
            textposition="top center",
            cliponaxis=False,
            marker={"size": 11, "color": ACCENT},
        )
    )
    figure.update_xaxes(title_text=html.escape(x_title), type="log" if logarithmic else "linear", zeroline=False)
    if not logarithmic:
        figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(title_text=html.escape(y_title), zeroline=False, automargin=True)
    return _quiet(figure, 420)


def spoken(figure: go.Figure) -> str:
    """The marks of a chart as a sentence, for `st.plotly_chart(figure, alt=...)`."""
    hovers = figure.data[0].hovertext or ()
    return "; ".join(html.unescape(text.replace("<br>", ", ")) for text in hovers)


def _number(row: Row, key: str) -> float | None:
    value = row.get(key)
    return None if value is None or not math.isfinite(value) else float(value)


def _scaled(row: Row, key: str, factor: float) -> float | None:
    number = _number(row, key)
    return None if number is None else number * factor


def _gap(number: float | None, end: float | None) -> float:
    return 0.0 if number is None or end is None else abs(end - number)


def _hover(row: Row, name: str, value: str, low: str | None, high: str | None, factor: float) -> str:
    number = _scaled(row, value, factor)
    label = html.escape(str(row[name]))
    if number is None:
        return label
    ends = [_scaled(row, key, factor) for key in (low, high) if key is not None]
    interval = f" ({short(ends[0])} … {short(ends[1])})" if len(ends) == 2 and None not in ends else ""  # type: ignore[arg-type]  # both are numbers here
    return f"{label}<br>{short(number)}{interval}"


def _quiet(figure: go.Figure, height: int) -> go.Figure:
    """Nothing moves, nothing shines: the page's theme brings ink and paper."""
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 24, "t": 16, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode=False,
        hoverlabel={"namelength": -1},
    )
