"""Numbers put in the place of others, as ids that stand in links: "scores:2:-1.5~keys:13:0.25".

A change names its quantity, the place in it counted from 1, its rows laid end to end, and the new number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from engine.inference.step_by_step.quantities import Place
from engine.inference.step_by_step.terms import TERMS
from webapp.i18n import t
from webapp.shell.view import Field, View

MOST = 50  # changes at a time
STEPS = 50  # that can be undone
LARGEST = 1e6
_CODE = re.compile(r"([a-z_]{2,20}):([1-9]\d{0,6}):(-?\d{1,7}(?:\.\d{1,6})?)", re.ASCII)


def field(param: str) -> Field:
    """The changes of a view; none by default."""

    def read(value: str) -> list[str]:
        codes = value.split("~") if value else []
        if len(codes) > MOST or len(set(map(_place, codes))) < len(codes):
            raise ValueError("too many changes, or two of one number")
        return codes

    return Field(param, [], read, "~".join)


def _parts(code: str) -> tuple[Place, float]:
    match = _CODE.fullmatch(code)
    if match is None or match[1] not in TERMS or abs(float(match[3])) > LARGEST:
        raise ValueError("no change")
    return Place(match[1], int(match[2]) - 1), float(match[3])


def _place(code: str) -> Place:
    return _parts(code)[0]


def numbers(codes: Sequence[str]) -> dict[Place, float]:
    """What the ids stand for."""
    return dict(map(_parts, codes))


def put(view: View, place: Place, number: float) -> None:
    """Another number at a place, whatever stood there."""
    digits = f"{max(-LARGEST, min(LARGEST, number)):.6f}".rstrip("0").rstrip(".")
    kept = [code for code in view["changes"] if _place(code) != place]
    _take(view, [*kept, f"{place.quantity}:{place.index + 1}:{digits}"][-MOST:])


def _take(view: View, codes: Sequence[str]) -> None:
    past: list[list[str]] = st.session_state.setdefault(view.key("past"), [])
    past.append(list(view["changes"]))
    del past[:-STEPS]
    view["changes"] = list(codes)


def _undo(view: View) -> None:
    past: list[list[str]] = st.session_state.get(view.key("past"), [])
    view["changes"] = past.pop() if past else view["changes"][:-1]


def forget(view: View) -> None:
    """Something else is looked at: its numbers are others."""
    st.session_state.pop(view.key("past"), None)
    view["changes"] = []


def made(view: View) -> None:
    """The changes that are in force, each a click from being taken back."""
    if not view["changes"]:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(t("**Changed:**"))
        for k, code in enumerate(view["changes"]):
            place, number = _parts(code)
            left = [other for other in view["changes"] if other != code]
            label = f"{t(TERMS[place.quantity].label)} [{place.index + 1}] = {number:g}"
            back = t("Take this change back")
            key = view.key(f"made_{k}_{code}")
            st.button(label, icon=":material/close:", key=key, help=back, on_click=_take, args=(view, left))
        undo, reset = view.key("undo"), view.key("reset")
        st.button(t("Undo"), icon=":material/undo:", key=undo, on_click=_undo, args=(view,), type="tertiary")
        label, icon = t("Reset all"), ":material/restart_alt:"
        st.button(label, icon=icon, key=reset, on_click=_take, args=(view, []), type="tertiary")
