"""Translate: one sentence, its translation word by word, and where the model looked for each word."""

from __future__ import annotations

import streamlit as st

from webapp.shell import frame
from webapp.views.translate import answer, controls

view = controls.view()
notes = view.arrive()

frame.notices(notes)
with st.sidebar:
    controls.settings(view)
answer.main(view, view.some(controls.BESIDE))
