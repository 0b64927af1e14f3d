"""What can be set on the Models page: which models are listed, which one is open, and which one beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from engine.errors import Refused
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell.fields import choice, text
from webapp.shell.typed import LONGEST_TEXT, clean
from webapp.shell.view import View
from webapp.views.models import listed
from webapp.views.models.listed import TASKS, Listed

ANY, NONE = "any", "none"


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    known = listed.known()
    fields = {
        "task": choice("k", [ANY, *TASKS]),
        "pair": choice("p", [ANY, *_pairs(known.values())]),
        "words": text("t"),
        "model": choice("m", list(known) or [NONE], _first(known)),
        "second": choice("b", [NONE, *known]),
    }
    return View("models", fields, fingerprint)


def _first(known: Mapping[str, Listed]) -> str:
    """The model that the page opens with."""
    try:
        return gateway.listing.default_model()
    except Refused:
        return next(iter(known), NONE)


def _pairs(models: Iterable[Listed]) -> list[str]:
    return sorted({model.pair for model in models} - {""})


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that is open."""
    return gateway.listing.fingerprint(values["model"])


def filters(view: View, known: Mapping[str, Listed]) -> list[Listed]:
    """The boxes that narrow the list; gives what is left of it."""
    tasks = {task: t(label) for task, label in TASKS.items() if any(model.task == task for model in known.values())}
    pairs = {code: listed.languages(code) for code in _pairs(known.values())}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _box(view, "task", t("Kind"), {ANY: t("any kind"), **tasks})
        _box(view, "pair", t("Languages"), {ANY: t("any language"), **pairs})
        st.text_input(
            t("Words in its name or description"),
            key=view.key("words"),
            max_chars=LONGEST_TEXT,
            width=280,
            placeholder=t("such as additive, imdb or run:"),
        )
    task, pair = ("" if view[name] == ANY else view[name] for name in ("task", "pair"))
    return listed.kept(known.values(), task, pair, clean(view["words"]))


def _box(view: View, name: str, label: str, options: Mapping[str, str]) -> None:
    if view[name] not in options:
        view[name] = ANY
    st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name), width=220)


def show_all(view: View) -> None:
    """Take all filters away."""
    view["task"], view["pair"], view["words"] = ANY, ANY, ""


def opened(view: View, known: Mapping[str, Listed]) -> None:
    """Which model's card is shown, and which one it is compared with."""
    labels = {
        name: f"{model.label} · {name}" if name not in model.label else model.label for name, model in known.items()
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name, label, options in (
            ("model", t("Model"), labels),
            ("second", t("Compare with another model"), {NONE: t("none"), **labels}),
        ):
            st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name), width=420)
