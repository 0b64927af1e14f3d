"""A document in numbers: its sentences, which can be switched off and rewritten here too, and its words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from webapp.figures.scenes.scene import DocumentScene
from webapp.i18n import t
from webapp.shell.view import View
from webapp.views.documents import changes

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading

FIXED = ("number", "weight", "effect")


def sentences(view: View, reading: Reading, whole: DocumentScene, cut: changes.Cut) -> None:
    """A row for each sentence: read or not, its weight and effect, and its text, to be rewritten in place."""
    version = changes.now(view)
    # What was edited lies in the widget as differences, so another version of the text needs another widget.
    shown = repr((version, view["model"], changes.steps(view).refused))
    key = view.key(f"sentences_{hashlib.sha256(shown.encode('utf-8', 'replace')).hexdigest()[:12]}")
    column = st.column_config
    config: dict[str, Any] = {
        "number": column.NumberColumn("#", width=50, pinned=True),
        "read": column.CheckboxColumn(t("Read"), width=70),
        "weight": column.NumberColumn("p_s", format="%.3f", width=80),
        "effect": column.NumberColumn(t("Effect, nats"), format="%.3f", width=100),
        "text": column.TextColumn(t("Sentence")),
    }

    def take() -> None:
        edited = st.session_state.get(key, {})
        changes.attempt(view, lambda: changes.edited(version, edited.get("edited_rows"), cut))

    st.data_editor(
        sentence_rows(reading, whole),
        hide_index=True,
        column_config=config,
        disabled=FIXED,
        alt=t("Every sentence, its weight and whether it was read"),
        key=key,
        on_change=take,
    )


def words(view: View, whole: DocumentScene) -> None:
    """A row for each word, with all that was measured of it."""
    column = st.column_config
    config: dict[str, Any] = {
        "sentence": column.NumberColumn(t("Sentence"), width=90),
        "word": column.TextColumn(t("Word")),
        "p_w": column.NumberColumn("p_w", format="%.3f"),
        "sqrt(p_s p_w)": column.NumberColumn("√(p_s p_w)", format="%.3f"),
        "times even": column.NumberColumn(t("× even"), format="%.2f"),
        "effect (nats)": column.NumberColumn(t("Effect, nats"), format="%.3f"),
    }
    alt = t("Every word, its weights and its effect")
    st.dataframe(word_rows(whole), hide_index=True, column_config=config, alt=alt, key=view.key("words"))


def sentence_rows(reading: Reading, whole: DocumentScene) -> pd.DataFrame:
    """A row for each sentence: its weight, and whether it was read."""
    weights = zip(whole.sentences, reading.sentence_weights, strict=True)
    columns: dict[str, Any] = {
        "number": [s.number for s in whole.sentences],
        "read": [s.read for s in whole.sentences],
        "weight": [float(weight) if s.read else None for s, weight in weights],
        "effect": None if reading.effect is None else reading.effect.sentences,
        "text": [s.text for s in whole.sentences],
    }
    return pd.DataFrame({name: column for name, column in columns.items() if column is not None})


def word_rows(whole: DocumentScene) -> pd.DataFrame:
    """A row for each word with all that was measured of it."""
    known: Mapping[str, Any] = {
        "sentence": [s.number for s in whole.sentences for _ in s.words],
        "word": [word for s in whole.sentences for word in s.words],
    }
    return pd.DataFrame({**known, **whole.measures})
