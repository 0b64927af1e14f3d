"""Scoring functions: the same sentence through ten ways to score, and what each of them is worth."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.scoring_functions import leaderboard, page

view = page.view()
notes = view.arrive()

frame.notices(notes)
with frame.at_the_side():
    page.settings(view)
page.compare(view, view.some(page.BESIDE))
leaderboard.show()
