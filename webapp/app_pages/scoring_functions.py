"""Scoring functions: the same sentence through ten ways to score, and what each of them is worth."""

from __future__ import annotations

import streamlit as st

from webapp import frame
from webapp.i18n import t
from webapp.views import leaderboard
from webapp.views import scoring_page as page

view = page.view()
notes = view.arrive()

st.title(t("Scoring functions"), anchor=False)
frame.told(notes)
with st.sidebar:
    page.settings(view)
page.compare(view, view.some(page.BESIDE))
leaderboard.show()
