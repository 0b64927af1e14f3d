"""Which head of an encoder–decoder aligns words: what was measured of each on sentences whose links are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell.view import View
from webapp.views.self_attention import gold

OWN = "own"
AGAINST = {
    "gold": N_("Links annotated by people"),
    "aligner": N_("Links of a statistical aligner, on the model's own kind of sentences"),
    OWN: N_("Your own links"),
}
STEP = (N_("as the word is written"), N_("one step later"), N_("two steps later"))
END = {True: N_("counted"), False: N_("ignored")}


def finder(view: View, name: str) -> None:
    """The table of all heads, best first, and a way to open the best, for the translators that come with the app; held
    against links that are known, or those that a visitor brings."""
    if name not in gateway.heads.models():
        return
    known = {**gateway.heads.aligning(name), OWN: []}
    drawer = st.expander(t("Which head aligns words?"), on_change="rerun", key=view.key("finder"))
    if not drawer.open:
        return
    with drawer:
        st.caption(
            t(
                "Each head's heaviest source word counts as a link and is compared with known links: the alignment "
                "error rate (AER) is 0 % where all agree. Some heads align a word only one or two steps after it was "
                "written, and many put most of their weight on the end-of-sentence mark, so each is read in every way "
                "(Garg et al. 2019; Chen et al. 2020)."
            )
        )
        against = st.segmented_control(
            t("Compare with"),
            list(known),
            default=next(iter(known)),
            required=True,
            format_func=lambda links: t(AGAINST[links]),
            key=view.key("against"),
        )
        if against == OWN:
            gold.choose(view)
        rows = gold.measured(view, name) if against == OWN else known[str(against)]
        if rows:
            _best(view, rows)
            _table(view, rows)


def _table(view: View, rows: Sequence[Mapping[str, Any]]) -> None:
    shown = [
        {
            t("Layer"): row["layer"] + 1,
            t("Head"): t("mean of all") if row["head"] is None else str(row["head"] + 1),
            t("Read"): t(STEP[row["shift"]]),
            t("End of the sentence"): t(END[row["end"]]),
            t("Alignment error rate"): 100 * row["aer"]["value"],
        }
        for row in rows
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
    best = next(row for row in rows if row["head"] is not None)

    def take() -> None:
        view["kind"], view["reading"] = "cross", "heads"
        view["layer"], view["head"] = best["layer"] + 1, best["head"] + 1

    aer = 100 * best["aer"]["value"]
    sentence = t("Best head: layer {layer} · head {head}, read {step}, end of sentence {end}: AER {aer} %.")
    st.markdown(
        sentence.format(
            layer=best["layer"] + 1,
            head=best["head"] + 1,
            step=t(STEP[best["shift"]]),
            end=t(END[best["end"]]),
            aer=f"{aer:.1f}",
        )
    )
    st.button(
        t("Open layer {layer} · head {head}").format(layer=best["layer"] + 1, head=best["head"] + 1),
        icon=":material/center_focus_strong:",
        on_click=take,
        key=view.key("take_best"),
    )
