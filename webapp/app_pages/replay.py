"""Replay: trainings played again, with where the models looked at each validation."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.replay import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
