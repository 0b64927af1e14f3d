"""How each decoder does by the length of the sentence, measured on the test sentences; from `metrics.json` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import streamlit as st

from engine.store.catalogue import ModelInfo
from webapp.i18n import joined, t
from webapp.shell import controls as widgets
from webapp.shell.view import View
from webapp.views.shared.output_tokens import signed
from webapp.views.without_attention import forms, published
from webapp.views.without_attention.controls import FIGURES
from webapp.views.without_attention.forms import FORMS

if TYPE_CHECKING:
    from webapp.figures.charts.by_length import Curve

DIGITS = {"bleu": 1, "logprob_per_piece": 2}


class Place(NamedTuple):
    """Sources of alike length: how many sentences are joined, and the fewest and most words of one."""

    joined: int
    low: int | None = None
    high: int | None = None

    @property
    def label(self) -> str:
        if self.joined > 1:
            return f"{self.joined}×"
        return f"{self.low}–{self.high}" if self.high is not None else t("{low} or more").format(low=self.low)


Measured = Mapping[Place, Mapping[str, Any]]


def measured(info: ModelInfo) -> Measured:
    """What was measured of a model at each length; nothing where it was not."""
    rows = (info.metrics or {}).get("by_length", ())
    return {_place(row): row for row in rows if all(_figure(row, name, "value") is not None for name in FIGURES)}


def _place(row: Mapping[str, Any]) -> Place:
    words = row.get("words", {})
    return Place(row["joined"], words.get("from"), words.get("to"))


def _figure(row: Mapping[str, Any], name: str, end: str) -> float | None:
    figure = row.get(name)
    value = figure.get(end) if isinstance(figure, dict) else None
    return float(value) if isinstance(value, int | float) else None


def show(view: View) -> None:
    """Chart and table, then what the papers found; nothing without a model."""
    compared = forms.models()
    if not compared:
        return
    st.header(t("By length of the sentence"), anchor=False)
    known = {name: rows for name, info in compared.items() if (rows := measured(info))}
    if known:
        _charted(view, known)
    else:
        st.caption(t("Nothing has been measured of these models yet; `python -m engine evaluate` does."))
    published.show(compared)


@st.fragment
def _charted(view: View, known: Mapping[str, Measured]) -> None:
    """One figure of all models, and the same as a table."""
    # Plotly is slow to import, and other pages do without it.
    from webapp.figures.charts.by_length import by_length, spoken

    widgets.segments(t("Figure shown"), FIGURES, view.key("figure"))
    name = view["figure"]
    places = list(dict.fromkeys(place for rows in known.values() for place in rows))
    labels = [place.label for place in places]
    curves = [_curve(form, rows, places, name) for form, rows in known.items()]
    together = sum(place.joined == 1 for place in places)
    x_title = t("Words of the sentence; 2×, 3×, 4×: so many test sentences joined")
    figure = by_length(curves, labels, together=together, x_title=x_title, y_title=t(FIGURES[name]))
    st.caption(
        joined(
            t("The higher, the better."),
            t("Error bars are 95 % intervals, by resampling the sentences (bootstrap)."),
            t(
                "The corpus has few long sentences, so longer ones are made by joining test sentences, which no model "
                "was trained on. Each length has sentences of its own: compare decoders at one length rather than "
                "lengths of one decoder."
            ),
        )
    )
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=spoken(curves, labels), key=view.key("chart"))
    _table(view, known, places, name)
    view.leave()


def _curve(form: str, rows: Measured, places: Sequence[Place], name: str) -> Curve:
    """Value and interval of one figure at each place."""
    from webapp.figures.charts.by_length import Curve

    values, lows, highs = (
        [_figure(rows.get(place, {}), name, end) for place in places] for end in ("value", "low", "high")
    )
    return Curve(FORMS[form].label, values, lows, highs, style=list(FORMS).index(form))


def _table(view: View, known: Mapping[str, Measured], places: Sequence[Place], name: str) -> None:
    """One row for each decoder, one column for each length, with intervals."""
    shown: dict[str, list[str]] = {"form": [FORMS[form].label for form in known]}
    config: dict[str, Any] = {"form": st.column_config.TextColumn(t("Decoder"), pinned=True)}
    for k, place in enumerate(places):
        shown[str(k)] = [_cell(rows.get(place, {}), name) for rows in known.values()]
        config[str(k)] = st.column_config.TextColumn(place.label, help=_sources(known, place))
    alt = t("By length of the sentence")
    st.dataframe(
        pd.DataFrame(shown), hide_index=True, column_config=config, height="content", alt=alt, key=view.key("lengths")
    )


def _cell(row: Mapping[str, Any], name: str) -> str:
    value, low, high = (_figure(row, name, end) for end in ("value", "low", "high"))
    if value is None:
        return ""
    within = "" if low is None or high is None else f" ({_written(low, name)} … {_written(high, name)})"
    return _written(value, name) + within


def _written(value: float, name: str) -> str:
    return signed(value) if DIGITS[name] == 2 else f"{value:.{DIGITS[name]}f}"


def _sources(known: Mapping[str, Measured], place: Place) -> str:
    """How many sources a length has and how many words on average."""
    row = next(rows[place] for rows in known.values() if place in rows)
    sentence = t("Sources: {sources}. Mean number of words, punctuation not counted: {mean}")
    return sentence.format(sources=row.get("sources", "?"), mean=f"{row.get('mean_words', 0):.1f}")
