"""Models: all that are stored here, the card of one, what tells two apart, and models of one's own."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.models import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
