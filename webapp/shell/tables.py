"""Small tables of text, whose cells break their lines where there is little room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from webapp.i18n import unlinked


def show(columns: Mapping[str, Sequence[str]]) -> None:
    """Columns of one length by their heads; whatever stands in a cell is shown letter by letter, as no link either."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    lines = [f"| {' | '.join(unlinked(cell) for cell in row)} |" for row in rows]
    st.markdown("\n".join([lines[0], f"|{'---|' * len(columns)}", *lines[1:]]))
