"""Scoring functions, as links from before know the page: what they ask for is on Mechanisms now."""

from __future__ import annotations

import streamlit as st

st.switch_page("app_pages/mechanisms.py", query_params=st.query_params.to_dict())
