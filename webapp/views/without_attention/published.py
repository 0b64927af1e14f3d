"""Figures from the papers, as they were printed, beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from engine.store.catalogue import ModelInfo
from webapp.i18n import joined, t
from webapp.views.shared.bahdanau import BAHDANAU_TABLE_1
from webapp.views.without_attention.forms import FORMS

BAHDANAU_2015 = "Bahdanau et al. 2015"
SUTSKEVER_2014 = "Sutskever et al. 2014"
PAPERS = "Sutskever, Vinyals & Le 2014, arXiv:1409.3215; Bahdanau, Cho & Bengio 2015, arXiv:1409.0473"


@dataclass(frozen=True)
class Printed:
    """One row of a paper's table: the model as it is called there, and its BLEU on English–French newstest2014."""

    form: str
    model: str
    bleu: float
    paper: str


PRINTED = (
    Printed("decoder2", "Single forward LSTM, beam size 12", 26.17, SUTSKEVER_2014),
    Printed("reversed", "Single reversed LSTM, beam size 12", 30.59, SUTSKEVER_2014),
    Printed("decoder3", "RNNencdec-50", BAHDANAU_TABLE_1["RNNencdec-50"], BAHDANAU_2015),
    Printed("decoder4", "RNNsearch-50", BAHDANAU_TABLE_1["RNNsearch-50"], BAHDANAU_2015),
)
"""Table 1 of each; Bahdanau's are of all sentences, unknown words among them. Figure 2 there says RNNenc-50."""


def show(compared: Mapping[str, ModelInfo]) -> None:
    """Our BLEU of all test sentences, and that of the paper's model that is wired most alike."""
    st.header(t("What the papers found"), anchor=False)
    st.caption(
        f"{PAPERS}  \n"
        + joined(
            t(
                "Languages and data may differ: the papers translate English news into French, with far larger models "
                "that learnt from millions of sentence pairs; ours are small, and learnt from everyday sentences."
            ),
            t("Compare who is ahead of whom, not the numbers."),
            t(
                "In figure 2 of Bahdanau et al., BLEU falls with the length of the sentence without attention "
                "(RNNenc-50), and hardly with it (RNNsearch-50)."
            ),
        )
    )
    ours = {name: _bleu(info) for name, info in compared.items()}
    shown = {
        t("Decoder"): [FORMS[row.form].label for row in PRINTED],
        t("BLEU here, beam 5"): [ours.get(row.form, "") for row in PRINTED],
        t("BLEU in the paper"): [f"{row.bleu:.2f}" for row in PRINTED],
        t("Its model"): [row.model for row in PRINTED],
        t("Table 1 of"): [row.paper for row in PRINTED],
    }
    alt = t("What the papers found")
    st.dataframe(pd.DataFrame(shown), hide_index=True, height="content", alt=alt, key="without_published")


def _bleu(info: ModelInfo) -> str:
    """With its interval; empty where it was not measured."""
    figure: Any = info.metrics
    for name in ("bleu", "beam5"):
        figure = figure.get(name) if isinstance(figure, dict) else None
    if not isinstance(figure, dict):
        return ""
    return "{value:.1f} ({low:.1f} … {high:.1f})".format(**figure)
