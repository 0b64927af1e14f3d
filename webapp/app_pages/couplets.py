"""Couplets: a first line, the second lines that a model answers with, and where it looked for each character."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.couplets import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
