"""Readings of all heads together: what reached a token from which other, through all layers or in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from webapp import attending
from webapp.frame import Picture
from webapp.i18n import N_, t
from webapp.state import View
from webapp.views import attention_head as one
from webapp.views import controls
from webapp.views.attention_controls import READINGS

if TYPE_CHECKING:
    from engine.models.transformer.edits import AttentionKind
    from engine.transformer import Looked

MEANING = {
    "rollout": N_(
        "The attention of all layers multiplied, half of each token kept in its place: what each place is made of."
    ),
    "flow": N_(
        "How much can flow from each token to each place through all layers, if weights are the widths of pipes."
    ),
    "norms": N_(
        "Weights times the length of what they carry: a token looked at much that says nothing counts for nothing."
    ),
    "gradient": N_(
        "Weights times how much the answer would change with them, all layers together: what the answer leans on."
    ),
}
SOURCE = {
    "rollout": "Abnar & Zuidema 2020, arXiv:2005.00928",
    "flow": "Abnar & Zuidema 2020, arXiv:2005.00928",
    "norms": "Kobayashi et al. 2020, arXiv:2004.10102",
    "gradient": "Chefer, Gur & Wolf 2021, arXiv:2103.15679",
}
NOTE = N_("each row is made to sum to 1")


def show(view: View, name: str, looked: Looked, kind: AttentionKind) -> Picture:
    """One reading, layer by layer where it has several. Raises Refused."""
    asked = view["reading"]
    trace = attending.reading(name, looked, asked, kind)
    layers = len(trace.weights)
    st.caption(f"{t(MEANING[asked])} ({SOURCE[asked]})")
    layer = layers
    if layers > 1:
        if not 1 <= view["layer"] <= layers:
            view["layer"] = layers
        with controls.setting(t("Up to which layer: the last one holds what reaches the answer.")):
            st.slider(t("Layer"), 1, layers, key=view.key("layer"), width=320)
        layer = view["layer"]
    one.look(view)
    shown = one.prepared(view, trace)
    title = t(READINGS[asked])
    drawn, numbers = one.scenes(view, shown, layer - 1, note=t(NOTE))
    one.figure(view, "reading", drawn, numbers, title=title)
    return Picture(asked, title, drawn, numbers)
