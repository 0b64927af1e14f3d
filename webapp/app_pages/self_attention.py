"""Self-attention: all heads of all layers of a Transformer at once, one of them open, and what it does."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from webapp import frame
from webapp.i18n import t
from webapp.views import attention_controls as controls
from webapp.views import attention_page as page

st.title(t("Self-attention"), anchor=False)
view = controls.view()
frame.told(view.arrive())
try:
    page.main(view)
except Refused as reason:
    frame.refused(reason)
with st.sidebar:
    controls.settings(view)
view.leave()
