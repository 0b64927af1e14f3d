"""How to train the decoders that are not here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import streamlit as st

from engine.store import names as places
from webapp.i18n import t
from webapp.views.without_attention import forms
from webapp.views.without_attention.forms import FORMS, Form


def show() -> None:
    """The command for each form that no model has, or what its `train.toml` must say; nothing where none is missing."""
    compared = forms.models()
    lacking = [form for name, form in FORMS.items() if name not in compared]
    if not lacking:
        return
    st.header(t("Decoders that are not here"), anchor=False)
    st.caption(
        t(
            "Each is trained by one file. Where none comes along, take the train.toml of another recurrent translator "
            "and let its section for the model say this:"
        )
    )
    for form in lacking:
        file = _file(form)
        st.subheader(form.label, anchor=False)
        code = f"python -m engine train {file}" if file else _settings(form)
        st.code(code, language="bash" if file else "toml")


def _file(form: Form) -> str | None:
    """The file that trains a form, where there is one."""
    for file in sorted(places.PRETRAINED.glob("translation/*/train.toml")):
        if _trains(file, form):
            return "/".join(("pretrained", *file.parts[-3:]))
    return None


def _trains(file: Path, form: Form) -> bool:
    try:
        model: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("model", {})
    except (OSError, ValueError):
        return False
    wanted = {"design": (form.design, "decoder4"), "source_order": (form.order, "as_is"), "direction": ("forward", "")}
    return all(model.get(name, usual) == value for name, (value, usual) in wanted.items())


def _settings(form: Form) -> str:
    return f'[model]\ndirection = "forward"\ndesign = "{form.design}"\nsource_order = "{form.order}"'
