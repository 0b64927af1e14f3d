"""Self-attention: all heads of all layers of a Transformer at once, one of them open, and what it does."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from webapp.i18n import t
from webapp.shell import frame
from webapp.views.self_attention import controls, page

st.title(t("Self-attention"), anchor=False)
st.caption(
    t(
        "What the attention heads of a Transformer look at. Each small picture is one head: the darker a cell, the "
        "more its row attends to its column. Open one to read its weights."
    )
)
view = controls.view()
frame.notices(view.arrive())
try:
    page.main(view)
except Refused as reason:
    frame.refused(reason)
with st.sidebar:
    controls.settings(view)
view.leave()
