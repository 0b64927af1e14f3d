"""Without attention: one sentence through the decoders that came before it, and what long sentences do to them."""

from __future__ import annotations

import streamlit as st

from webapp.shell import frame
from webapp.views.without_attention import controls, lengths, missing, page

view = controls.view()
notes = view.arrive()

frame.notices(notes)
with st.sidebar:
    controls.settings(view)
page.main(view, view.some(controls.BESIDE))
lengths.show(view)
missing.show()
