"""Mechanisms: the same sentence through models that differ in one part of attention, and what each of them is worth."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.mechanisms import controls, leaderboard, own, page, papers

view = controls.view()
notes = view.arrive()

frame.notices(notes)
with frame.at_the_side():
    controls.settings(view)
page.compare(view, view.some(controls.BESIDE))
leaderboard.show(view)
own.show(view)
papers.show()
