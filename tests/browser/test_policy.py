"""The guards as a browser meets them, with a page that tries what it must not."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browsing import Notes, settle
from tests.serving import serve

SCRIPT = """
import pandas as pd, plotly.graph_objects as go, streamlit as st
st.markdown("![beacon](https://evil.example/x.png)")
st.html("<b>bold</b><img src='' onerror='window.__xss = 1'><script>window.__xss = 2</script>")
st.dataframe(pd.DataFrame({"a": [1, 2]}))
st.plotly_chart(go.Figure(go.Scatter(x=[1, 2], y=[2, 1])))
st.latex(r"\\frac{a}{b}")
st.iframe("https://evil.example/")
"""


@pytest.fixture
def hostile_url(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    with serve(tmp_path, ALIGNSCOPE_SCRIPT=str(script)) as served:
        yield served.url


def test_figures_are_drawn_while_beacons_and_scripts_in_texts_are_stopped(hostile_url: str, page: Page, notes: Notes):
    page.goto(hostile_url)
    settle(page)
    for drawn in (".stDataFrame canvas", ".stPlotlyChart svg", ".katex"):
        assert page.locator(drawn).count(), f"{drawn} is missing"
    assert [error for error in notes.errors if "Content Security Policy" not in error] == []
    assert len(notes.errors) == 3  # beacon, event handler, frame; a script in st.html is not run at all
    notes.errors.clear()
