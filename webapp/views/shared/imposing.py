"""The controls that change attention: which change, and of what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from engine.attention.imposed import Change, Mute, Permute, Pin, Uniform
from engine.attention.imposed_codes import code
from engine.traces import Axis
from webapp.i18n import t
from webapp.shell import controls
from webapp.shell.view import View
from webapp.views.shared import imposed, made

FIELD = "imposed"
Offered = list[tuple[str, tuple[int, ...]]]
"""What can be chosen: how it is called, and its positions."""


def choose(view: View, rows: Offered, columns: Offered, kinds: Sequence[str] = tuple(imposed.CHANGES)) -> None:
    """A change of one of the `kinds`, taken to the field once it is applied; without `rows` of all rows alone."""
    kind = view.key("change")
    if st.session_state.get(kind) not in kinds:
        st.session_state[kind] = kinds[0]
    name: str = st.session_state[kind]
    with controls.setting(t(imposed.MEANING[name])):
        controls.segments(t("Change"), {each: imposed.CHANGES[each] for each in kinds}, kind)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        change = _change(view, name, rows, columns)
        apply(view, change, _make, view, change)


def apply(view: View, change: object | None, make: Callable[..., None], *arguments: object) -> None:
    """The button that makes a change, `make` called with these `arguments`; a `change` of None cannot be made."""
    st.button(
        t("Apply"),
        icon=":material/tune:",
        key=view.key("make"),
        disabled=change is None or len(view[FIELD]) >= made.MOST,
        on_click=make,
        args=arguments,
    )


def share(view: View) -> float:
    """How much a pin gives, 0 to 1."""
    return float(st.slider(t("Share (%)"), 0, 100, 100, key=view.key("pin_share"), width=140)) / 100


def offered(axis: Axis, *, by_words: bool) -> Offered:
    """Words or pieces with their numbers, for a sentence may have one twice, and the positions of each."""
    labels = axis.words().labels if by_words else axis.labels
    positions = [imposed.places(axis, k) if by_words else (k,) for k in range(len(labels))]
    return [(f"{k} · {label}", places) for k, (label, places) in enumerate(zip(labels, positions, strict=True), 1)]


def _make(view: View, change: Change) -> None:
    made.take(view, FIELD, imposed.with_change(view[FIELD], code(change)))


def _change(view: View, kind: str, rows: Offered, columns: Offered) -> Change | None:
    """What the controls ask for; None as long as nothing is chosen to look at."""
    if kind == "pin":
        return _pin(view, rows, columns)
    if kind == "mute":
        return Mute(_one(view, "mute_key", t("Source word"), columns))
    offered = [(t("every row"), ()), *rows]
    steps = _one(view, f"{kind}_row", t("Word of the translation"), offered) if rows else ()
    return Uniform(steps) if kind == "uniform" else Permute(steps, imposed.fresh_seed(view[FIELD], steps))


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
    portion = share(view)
    keys = sorted({place for k in chosen for place in columns[k][1]})
    return Pin(steps, tuple(keys), portion) if keys else None


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
