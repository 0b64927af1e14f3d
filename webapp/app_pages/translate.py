"""Translate: one sentence, its translation word by word, and where the model looked for each word."""

from __future__ import annotations

import streamlit as st

from webapp.i18n import t
from webapp.shell import frame
from webapp.views.translate import answer, controls

view = controls.view()
notes = view.arrive()

st.title(t("Translate and see the attention"), anchor=False)
st.caption(
    t(
        "Type a sentence. The grid shows which source words the model looked at while writing each word of the "
        "translation."
    )
)
frame.notices(notes)
with st.sidebar:
    controls.settings(view)
answer.main(view, view.some(controls.BESIDE))
