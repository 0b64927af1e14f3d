"""The list of models: one row each, sorted by a click on a column's head, opened by a click on a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from engine.store import pack
from webapp.i18n import N_, t
from webapp.shell.view import View
from webapp.views.models.controls import show_all
from webapp.views.models.listed import TASKS, Listed
from webapp.views.shared.stored_figures import stored

ROWS = 8  # in sight at once
ROW, HEAD = 35, 38  # pixels
MEASURED = {
    "bleu": N_("BLEU"),
    "accuracy": N_("Accuracy, %"),
    "perplexity": N_("Perplexity per piece"),
}
SCALES = {"accuracy": 100}


def show(view: View, models: Sequence[Listed], count: int) -> None:
    """The models that are left of so many."""
    if not models:
        st.markdown(t("No model fits this filter."))
        st.button(
            t("Show all"), icon=":material/filter_alt_off:", key=view.key("show_all"), on_click=show_all, args=(view,)
        )
        return
    st.caption(
        t("Models: {count:,} of {all:,}. Click a row to open its card below, the head of a column to sort.").format(
            count=len(models), all=count
        )
    )
    rows = pd.DataFrame([_row(model) for model in models])
    config: dict[str, Any] = {
        "label": st.column_config.TextColumn(t("Model"), pinned=True, width=300),
        "task": st.column_config.TextColumn(t("Kind")),
        **{name: st.column_config.NumberColumn(t(label), format="%.1f") for name, label in MEASURED.items()},
        "parameters": st.column_config.NumberColumn(t("Parameters"), format="compact"),
        "size": st.column_config.NumberColumn(t("Size, MB"), format="%.1f"),
        "name": st.column_config.TextColumn(t("Name in commands and links")),
    }
    shown = [name for name in config if name not in MEASURED or rows[name].notna().any()]
    # A row's number means another model once the filter is another.
    key = f"models_table_{view['task']}_{view['pair']}_{view['words']}"

    def take() -> None:
        cells = st.session_state[key].selection.cells
        if cells and 0 <= cells[0][0] < len(models):
            view["model"] = models[cells[0][0]].name

    st.dataframe(
        rows[shown],
        hide_index=True,
        column_config=config,
        height=HEAD + ROW * len(models) if len(models) <= ROWS else HEAD + ROW * ROWS,
        alt=t("All models that are stored here"),
        selection_mode="single-cell",
        on_select=take,
        placeholder="",
        key=key,
    )


def _row(model: Listed) -> dict[str, Any]:
    info = model.info
    values: dict[str, float | None] = dict.fromkeys(MEASURED)
    if info is not None:
        search = "mmi" if info.task == "conversation" else "beam5"
        values |= {
            "bleu": stored(info.metrics, "bleu", search, "value"),
            "accuracy": stored(info.metrics, "accuracy", "value"),
            "perplexity": stored(info.metrics, "perplexity", "per_piece", "value"),
        }
    return {
        "label": model.label,
        "task": t(TASKS[model.task]) if model.task in TASKS else model.task,
        **{name: None if value is None else SCALES.get(name, 1) * value for name, value in values.items()},
        "parameters": None if info is None else stored(info.training, "parameters"),
        "size": None if info is None else pack.size(info.folder) / 10**6,
        "name": model.name,
    }
