"""From which language a multilingual translator reads, and into which it writes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls, names
from webapp.shell.fields import text
from webapp.shell.view import View

FIELDS = {"source_language": text("sl"), "target_language": text("tl")}
"""Codes as the model writes them; empty for its usual languages."""


def choose(view: View, name: str) -> None:
    """Two boxes, for a model that names languages and is loaded."""
    known = gateway.heads.languages(name)
    if known is None:
        return
    codes = list(known.ids)
    with st.container(horizontal=True, gap="medium"):
        if not known.prefix:
            with controls.setting(t("The language of the text. The model is told it by a token of its own.")):
                _box(view, "source_language", t("Source language"), codes, known.source)
        with controls.setting(t("The language that the model is to write.")):
            _box(view, "target_language", t("Target language"), ["", *codes] if known.prefix else codes, known.target)


def chosen(view: View, name: str) -> tuple[str | None, str | None]:
    """The codes of both languages, None for the usual ones."""
    if gateway.heads.languages(name) is None:
        return None, None
    return view["source_language"] or None, view["target_language"] or None


def clear(view: View) -> None:
    """Another model has other languages."""
    view["source_language"] = view["target_language"] = ""


def _box(view: View, field: str, label: str, codes: Sequence[str], usual: str | None) -> None:
    if view[field] not in codes:
        view[field] = usual if usual in codes else codes[0]
    st.selectbox(label, codes, key=view.key(field), format_func=_named, width=260)


def _named(code: str) -> str:
    return names.coded(code) if code else t("as marked in the text")
