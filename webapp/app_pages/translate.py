"""Translate: one sentence, its translation word by word, and where the model looked for each word."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from webapp import frame
from webapp.i18n import t
from webapp.views import translate_answer as answer
from webapp.views import translate_controls as controls

view = controls.view()
notes = view.arrive()

st.title(t("Translate"), anchor=False)
for note in notes:
    st.info(t(note), icon=":material/info:")
text = controls.ask(view)
output = None
try:
    found = answer.ask(view, text)
    output = found.output.text
    answer.words(view, found)
    controls.look(view)
    answer.alignment(view, found)
except Refused as reason:
    frame.refused(reason)
with st.sidebar:
    controls.settings(view, output)
view.leave()
