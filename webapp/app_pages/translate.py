"""Translate: one sentence, its translation word by word, and where the model looked for each word."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.translate import answer, controls

view = controls.view()
notes = view.arrive()

frame.notices(notes)
with frame.at_the_side():
    controls.settings(view)
answer.main(view, view.some(controls.BESIDE))
