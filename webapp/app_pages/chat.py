"""Chat: what somebody says, the replies of a model, why the first is first, and where the model looked."""

from __future__ import annotations

from webapp.shell import frame
from webapp.views.chat import controls, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
page.main(view)
