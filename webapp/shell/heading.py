"""The head of a page: its name, what it shows, and beside them the place of what can be taken away."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def heading(title: str, subtitle: str) -> DeltaGenerator:
    """Both of them; gives the place for downloads and the like, which stands in sight however long the page is."""
    with st.container(horizontal=True, gap="small", key="page_head"):
        with st.container(gap=None, width="stretch", key="page_name"):
            st.title(title, anchor=False)
            st.caption(subtitle)
        return st.container(horizontal=True, gap="xsmall", width="content", key="page_actions")
