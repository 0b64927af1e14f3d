"""Any combination: the model that has it, or what trains one, or why there can be none."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from engine.store.catalogue import ModelInfo
from engine.training import forms
from engine.training.forms import Form
from engine.training.written import written
from webapp.i18n import t
from webapp.shell import frame, names
from webapp.shell.view import View
from webapp.views.mechanisms import controls
from webapp.views.mechanisms.forms import english_french


@st.fragment
def show(view: View) -> None:
    """The parts to choose from, and what follows from the choice."""
    st.header(t("Any combination"), anchor=False)
    form = controls.own(view)
    models = [info for info in english_french().values() if info.attends and info.direction == "both"]
    having = [info for info in models if Form.of(info) == form]
    if having:
        _having(view, having)
    else:
        _training(view, form)
    view.leave()


def _having(view: View, models: list[ModelInfo]) -> None:
    """The models that have it, each one click away."""
    st.caption(t("This combination is here:"))
    labels = names.models(english_french())
    for info in models:
        st.page_link(
            "app_pages/translate.py",
            label=t("Translate with {model}").format(model=labels[info.name]),
            icon=":material/translate:",
            query_params={"m": info.name, "t": view["text"]},
        )


def _training(view: View, form: Form) -> None:
    """The file that trains it, or the engine's reason why no network can have it."""
    # Training is no part of what other pages need.
    from engine.training.prepare import model_section

    config = forms.training(form)
    try:
        model_section.check(config)
    except Refused as reason:
        frame.refused(reason)
        return
    file = written(config, forms.COMMENT)
    name = f"en-fr-{form.name}.toml"
    st.caption(
        t(
            "No model here has this combination. This file trains one, in the same way and as long as those compared "
            "above; afterwards it stands here with the others."
        )
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.code(f".venv/bin/python -m engine train {name}", language="bash", width="content")
        label, icon, key = t("Download {name}").format(name=name), ":material/download:", view.key("own_file")
        st.download_button(label, file, name, "application/toml", icon=icon, key=key, on_click="ignore")
    st.code(file, language="toml")
