"""Step by step: one word of a translation, computed line by line, with every number open to change."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.step_by_step import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
