"""Documents: one text, the class a model gives it, and the words and sentences it looked at."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.views.documents import answer, changes, controls, files, surgery, trust

place = heading(
    t("Documents"),
    t("Paste a review. The stronger a word's colour, the more the model attended to it."),
)
try:
    view = controls.view()
except Refused as reason:
    frame.refused(reason)
    st.stop()
frame.notices(view.arrive())
controls.ask(view)
version = changes.now(view)
try:
    asked = answer.ask(view["model"], version, view["reading"])
    answer.answer(view, asked)
    controls.look(view, flat=asked.flat, attends=asked.pooling == "attention", pieces=asked.pieces)
    drawn = answer.picture(view, asked)
    if view["compare"]:
        answer.compare(view, asked, version)
    changed, more = surgery.panel(view, asked)
    files.files(view, asked, drawn, place, files.More(trust.panel(view, asked), changed, more))
except Refused as reason:
    frame.refused(reason)
    controls.back_and_forth(view)
with frame.at_the_side():
    controls.settings(view)
view.leave()
