"""Attention changed on purpose, and what the translation becomes: the same words once more, and those written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.attention.imposed import Change, Mute, Permute, Pin, Uniform
from engine.attention.imposed_codes import code
from engine.errors import Refused
from engine.inference.translation import Translation
from engine.traces import Axis
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls, frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared import made
from webapp.views.translate import imposed, rewritten

if TYPE_CHECKING:
    from engine.inference.imposed import Imposition

Offered = list[tuple[str, tuple[int, ...]]]
"""What can be chosen: how it is called, and its positions."""


def panel(view: View, translation: Translation) -> tuple[Imposition | None, list[Picture]]:
    """Below the figures, made once it is opened or a link brings changes along; gives what became of the translation,
    and what can be taken away of it."""
    if translation.trace is None or not gateway.listing.models()[view["model"]].imposable:
        return None, []
    drawer = view.key("surgery")
    if view["imposed"]:
        st.session_state.setdefault(drawer, True)  # and it stays open once the last change is taken back
    box = st.expander(t("What if it had looked elsewhere?"), on_change="rerun", key=drawer)
    if not (box.open or view["imposed"]):
        return None, []
    queries, keys = translation.trace.queries, translation.trace.keys
    with box:
        st.markdown(t("Change where the model looks, and see what that does to the translation."))
        _choose(view, queries, keys)
        made.made(view, "imposed", lambda each: imposed.in_words(each, queries, keys))
        if not view["imposed"]:
            return None, []
        try:
            imposition = gateway.sentences.impose(view["model"], translation, view["imposed"], view["beam"])
        except Refused as reason:
            frame.refused(reason)
            return None, []
        return imposition, rewritten.show(view, imposition)


def follow(view: View, translation: Translation) -> None:
    """Changes are of one translation: another one begins without any. Those that a link brings along stay."""
    made.follow(view, "imposed", (view["model"], translation.text, translation.ids))


def _choose(view: View, queries: Axis, keys: Axis) -> None:
    """Which change, and of what."""
    kind = view.key("change")
    st.session_state.setdefault(kind, "pin")
    name: str = st.session_state[kind]
    with controls.setting(t(imposed.MEANING[name])):
        controls.segments(t("Change"), imposed.CHANGES, kind)
    rows, columns = (_offered(axis, by_words=view["unit"] == "words") for axis in (queries, keys))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        change = {"pin": _pin, "mute": _mute, "uniform": _uniform, "permute": _permute}[name](view, rows, columns)
        st.button(
            t("Apply"),
            icon=":material/tune:",
            key=view.key("make"),
            disabled=change is None or len(view["imposed"]) >= made.MOST,
            on_click=_make,
            args=(view, change),
        )


def _make(view: View, change: Change) -> None:
    made.take(view, "imposed", imposed.with_change(view["imposed"], code(change)))


def _offered(axis: Axis, *, by_words: bool) -> Offered:
    """Words or pieces with their numbers, for a sentence may have one twice, and the positions of each."""
    labels = axis.words().labels if by_words else axis.labels
    positions = [imposed.places(axis, k) if by_words else (k,) for k in range(len(labels))]
    return [(f"{k} · {label}", places) for k, (label, places) in enumerate(zip(labels, positions, strict=True), 1)]


def _pin(view: View, rows: Offered, columns: Offered) -> Change | None:
    steps = _one(view, "pin_row", t("Word of the translation"), rows)
    chosen = st.multiselect(
        t("Looks at"),
        range(len(columns)),
        format_func=lambda k: columns[k][0],
        placeholder=t("Choose source words"),
        key=view.key(f"pin_keys_{len(columns)}"),
        width=260,
    )
    share = st.slider(t("Share (%)"), 0, 100, 100, key=view.key("pin_share"), width=140)
    keys = sorted({place for k in chosen for place in columns[k][1]})
    return Pin(steps, tuple(keys), share / 100) if keys else None


def _mute(view: View, rows: Offered, columns: Offered) -> Change:
    return Mute(_one(view, "mute_key", t("Source word"), columns))


def _uniform(view: View, rows: Offered, columns: Offered) -> Change:
    return Uniform(_one(view, "uniform_row", t("Word of the translation"), [(t("every row"), ()), *rows]))


def _permute(view: View, rows: Offered, columns: Offered) -> Change:
    return Permute(_one(view, "permute_row", t("Word of the translation"), [(t("every row"), ()), *rows]))


def _one(view: View, name: str, label: str, offered: Offered) -> tuple[int, ...]:
    """The positions of the one that is chosen; of another sentence with as many, the same number."""
    chosen: int = st.selectbox(
        label,
        range(len(offered)),
        format_func=lambda k: offered[k][0],
        key=view.key(f"{name}_{len(offered)}"),
        width=200,
    )
    return offered[chosen][1]
