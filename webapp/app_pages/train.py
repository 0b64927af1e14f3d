"""Train: a model from nothing, watched while it learns."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.train import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
