"""What the papers found that this comparison answers to, as they print it: BLEU, and AER in per cent, as ours."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from webapp.i18n import joined, t
from webapp.shell import names
from webapp.views.mechanisms import published
from webapp.views.shared.bahdanau import BAHDANAU_TABLE_1


def show() -> None:
    """Four tables, two beside each other."""
    st.header(t("What the papers found"), anchor=False)
    compare = t("Different languages and data: compare the ranking, not the numbers.")
    st.caption(f"{published.BAHDANAU_2015}; {published.LUONG_2015}. {compare}")
    left, right = st.columns(2, gap="large")
    with left:
        title = t("Bahdanau 2015, table 1: with and without attention")
        _systems(title, {name: f"{bleu:.2f}" for name, bleu in BAHDANAU_TABLE_1.items()}, "mechanisms_bahdanau_1")
        st.caption(t(published.BAHDANAU_TABLE))
    with right:
        title = t("Luong 2015, table 1: one thing after the other")
        bleu = {t(system.name): f"{system.bleu:.1f}" for system in published.LUONG_TABLE_1}
        _systems(title, bleu, "mechanisms_luong_1")
        st.caption(t(published.TABLE_1))
    left, right = st.columns(2, gap="large")
    with left:
        _translation()
    with right:
        _alignment()


def _systems(title: str, bleu: Mapping[str, str], key: str) -> None:
    """What was built, and its BLEU."""
    st.subheader(title, anchor=False)
    _printed({t("Method"): list(bleu), "BLEU": list(bleu.values())}, alt=title, key=key)


def _translation() -> None:
    title = t("Luong 2015, table 4: translation")
    st.subheader(title, anchor=False)
    rows = published.LUONG_TABLE_4
    _printed(
        {
            t("Attention"): [_method(row.attention) for row in rows],
            t("Perplexity"): [row.perplexity for row in rows],
            "BLEU": [_bleu(row.bleu) for row in rows],
            t("BLEU after unknown-word replacement"): [_bleu(row.bleu_after) for row in rows],
        },
        alt=title,
        key="mechanisms_luong_4",
    )
    st.caption(joined(t(published.TABLE_4), t(published.CONCAT)))


def _alignment() -> None:
    title = t("Luong 2015, table 6: alignment")
    st.subheader(title, anchor=False)
    rows = published.LUONG_TABLE_6
    _printed(
        {
            t("Method"): [_method(row.method) for row in rows],
            t("AER, %"): [f"{100 * row.aer:.0f}" for row in rows],
        },
        alt=title,
        key="mechanisms_luong_6",
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
