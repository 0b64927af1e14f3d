"""Which head of an encoder–decoder aligns words: what was measured of each on sentences whose links are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from webapp import attending
from webapp.i18n import N_, t
from webapp.state import View

AGAINST = {
    "gold": N_("Links that people drew"),
    "aligner": N_("Links of a statistical aligner, on the model's own kind of sentences"),
}
STEP = (N_("as the word is written"), N_("one step later"))
END = {True: N_("may win"), False: N_("left out")}


def finder(view: View, name: str) -> None:
    """The table of all heads, best first, and a way to open the best; nothing where none was measured."""
    measured = attending.aligning(name)
    if not measured:
        return
    drawer = st.expander(t("Which head aligns words?"), on_change="rerun", key=view.key("finder"))
    if not drawer.open:
        return
    with drawer:
        st.caption(
            t(
                "Each head's heaviest source word is taken as a link, and held against known links: the alignment "
                "error rate is 0 % where all agree. Some heads align a word only one step after it was written, and "
                "many park on the end of the sentence, so each is read both ways (Garg et al. 2019; Chen et al. 2020)."
            )
        )
        against = st.segmented_control(
            t("Held against"),
            list(measured),
            default=next(iter(measured)),
            required=True,
            format_func=lambda one: t(AGAINST[one]),
            key=view.key("against"),
        )
        rows = measured[str(against)]
        _table(view, rows)
        _best(view, rows)


def _table(view: View, rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [
        {
            t("Layer"): one["layer"] + 1,
            t("Head"): t("mean of all") if one["head"] is None else str(one["head"] + 1),
            t("Read"): t(STEP[one["shift"]]),
            t("End of the sentence"): t(END[one["end"]]),
            t("Alignment error rate"): 100 * one["aer"]["value"],
        }
        for one in rows
    ]
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        column_config={t("Alignment error rate"): st.column_config.NumberColumn(format="%.1f %%")},
        height=280,
        alt=t("Which head aligns words?"),
        key=view.key("table_finder"),
    )


def _best(view: View, rows: Sequence[Mapping[str, Any]]) -> None:
    """A mean over heads cannot be opened, so the best single head is."""
    best = next(one for one in rows if one["head"] is not None)

    def take() -> None:
        view["kind"], view["reading"] = "cross", "heads"
        view["layer"], view["head"] = best["layer"] + 1, best["head"] + 1

    st.button(
        t("Open layer {layer} · head {head}").format(layer=best["layer"] + 1, head=best["head"] + 1),
        icon=":material/center_focus_strong:",
        on_click=take,
        key=view.key("take_best"),
    )
