"""The card of one model: where to open it, what it is, what was measured of it, how it was made."""

from __future__ import annotations

import streamlit as st

from engine.evaluation.cards.card import PUBLISHED
from webapp.i18n import language, t, unlinked, verbatim
from webapp.shell import tables
from webapp.shell.view import View
from webapp.views.models import described, figures, own, pages, prose
from webapp.views.models.listed import Listed
from webapp.views.shared.stored_figures import stored


def show(view: View, model: Listed) -> None:
    """All of it."""
    st.header(unlinked(model.label), anchor=False)
    st.caption(t("{name} · {origin}").format(name=verbatim(model.name), origin=_origin(model)))
    _first(model)
    _open_on(view, model)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.subheader(t("What it is"), anchor=False)
        large = (t("Parameters"), t("Size on disk")) if model.info else ()
        facts = {label: value for label, value in described.facts(model).items() if label not in large}
        st.markdown("\n".join(f"- **{label}:** {unlinked(value)}" for label, value in facts.items()))
        _fingerprint(model)
    with right:
        _figures(model)
    _made(view, model)


def _origin(model: Listed) -> str:
    if model.info is None:
        return t("made by others")
    return t("trained or brought here") if model.own else t("comes with Alignscope")


def _first(model: Listed) -> None:
    """What stands for all of it, in large numbers."""
    if model.info is None:
        return
    best = figures.best(model.info.task, model.info.metrics)
    parameters = stored(model.info.training, "parameters")
    with st.container(horizontal=True, gap="large"):
        if best is not None:
            help_text = t("95 % interval: {within}").format(within=best.within) if best.within else None
            st.metric(best.name, best.value, help=help_text, width="content")
        if parameters is not None:
            million = t("{count:,.1f} million").format(count=parameters / 1e6)
            st.metric(t("Parameters"), million, width="content")
        st.metric(t("Size on disk"), described.facts(model)[t("Size on disk")], width="content")


def _open_on(view: View, model: Listed) -> None:
    """What can be done with it: download, delete, and a link for each page that can use it."""
    uses = pages.uses(model)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        own.take_along(view, model)
        if not uses:
            st.caption(t("No page here opens it by itself."))
        for use in uses:
            st.page_link(
                f"app_pages/{use.script}.py",
                label=t("Open on {page}").format(page=t(use.label)),
                icon=f":material/{use.icon}:",
                query_params=use.query(model.name),
            )


def _fingerprint(model: Listed) -> None:
    """The hash of the weights, whole and to copy."""
    if model.info is not None and model.info.weights_sha256:
        st.caption(t("Fingerprint of the weights (SHA-256):"))
        st.code(described.short(model.info.weights_sha256), language=None, wrap_lines=True)


def _figures(model: Listed) -> None:
    """All that was measured, each beside its rival."""
    st.subheader(t("What was measured"), anchor=False)
    rows = figures.figures(model.task, described.metrics(model))
    if not rows:
        st.caption(t("Nothing has been measured of this model yet; `python -m engine evaluate` does."))
        return
    columns = {
        t("Figure"): [row.name for row in rows],
        t("Value"): [row.value for row in rows],
        t("95 % interval"): [row.within for row in rows],
        t("For comparison"): [row.beside for row in rows],
    }
    tables.show({label: column for label, column in columns.items() if any(column)})
    if described.claimed(model):
        st.caption(t("These figures came with the model; they were not measured here."))
    others = _published(model)
    if others:
        st.caption(
            t(
                "Other programs on the same links drawn by people, AER in %: {others}. They learnt from the text that "
                "these links come from, this model did not."
            ).format(others=unlinked(others))
        )


def _published(model: Listed) -> str:
    """What other programs come to by the links that people drew, for whoever was measured by them."""
    info, metrics = model.info, described.metrics(model)
    if info is None or stored(metrics, "alignment", "gold", "effect", "aer", "value") is None:
        return ""
    languages = (info.source_language or "", info.target_language or "")
    listed = PUBLISHED.get(languages) or PUBLISHED.get(languages[::-1]) or ()
    return "; ".join(f"{other.name} {other.aer}" for other in listed)


def _made(view: View, model: Listed) -> None:
    """The file that trains it, and the card in the engine's own words; each once somebody opens it."""
    if model.info is None:
        return
    recipe, card = described.recipe(model.info), described.card(model.info)
    if recipe:
        drawer = st.expander(t("How it was trained: train.toml"), on_change="rerun", key=view.key("recipe"))
        if drawer.open:
            with drawer:
                st.caption(t("Save it as a file and train the model again with `python -m engine train FILE`."))
                st.code(recipe, language="toml")
    if card:
        drawer = st.expander(t("The whole card"), on_change="rerun", key=view.key("card"))
        if drawer.open:
            with drawer:
                if language() != "en":
                    st.caption(t("The engine writes its cards in English."))
                prose.show(card)
