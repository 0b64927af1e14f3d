"""Scoring functions: the same sentence through ten ways to score, and what each of them is worth."""

from __future__ import annotations

import streamlit as st

from webapp.i18n import t
from webapp.shell import frame
from webapp.views.scoring_functions import leaderboard, page

view = page.view()
notes = view.arrive()

st.title(t("Attention scoring functions"), anchor=False)
st.caption(
    t(
        "One sentence, one model for each way to score how well a source word fits: each grid shows where that model "
        "looked, and below stands how well each one performs."
    )
)
frame.notices(notes)
with st.sidebar:
    page.settings(view)
page.compare(view, view.some(page.BESIDE))
leaderboard.show()
