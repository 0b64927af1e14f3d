"""Changes that are in force, as the ids of a view's field: each a click from being taken back, and one step back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from webapp.i18n import t
from webapp.shell.fields import Field
from webapp.shell.view import View

STEPS = 50
MOST = 20  # changes at a time


def field(param: str, change: Callable[[str], object], between: str = ".", most: int = MOST) -> Field:
    """The changes of a view; none by default. `change` reads one, and raises ValueError for what is none; `between`
    stands between two of them in a link."""

    def read(value: str) -> list[str]:
        codes = value.split(between) if value else []
        if len(codes) > most:
            raise ValueError("too many changes")
        for code in codes:
            change(code)
        return codes

    return Field(param, [], read, between.join)


def take(view: View, field: str, codes: Sequence[str]) -> None:
    """Go on to these changes; those before them can be had again."""
    past = _past(view)
    past.append(list(view[field]))
    del past[:-STEPS]
    view[field] = list(codes)


def undo(view: View, field: str) -> None:
    """Back to the changes before the last step. Of those that a link brought along, which has no steps, the last one
    goes."""
    past = _past(view)
    view[field] = past.pop() if past else view[field][:-1]


def follow(view: View, field: str, question: object) -> None:
    """Changes are of one `question`: with another they go, and so do the steps back to them. Those that came with it
    out of a link or a file stay."""
    kept = view.key("question")
    asked, came = st.session_state.get(kept, (question, view.came))
    if asked != question and came == view.came:
        only(view, field, lambda code: False)
    st.session_state[kept] = (question, view.came)


def only(view: View, field: str, stays: Callable[[str], bool]) -> None:
    """Some changes mean nothing any more: they go, and no step back brings them again."""
    past, now = _past(view), [code for code in view[field] if stays(code)]
    steps = [[code for code in codes if stays(code)] for codes in past]
    past[:] = [codes for codes, then in zip(steps, [*steps[1:], now], strict=False) if codes != then]
    view[field] = now


def made(view: View, field: str, in_words: Callable[[str], str], keys: str = "") -> None:
    """The changes of a view, said `in_words`, each with a click to take it back; and the step back, as long as there
    is one. `keys` begins those of the buttons, where the page has others to go back."""
    codes = view[field]
    if not codes and not _past(view):
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if codes:
            st.markdown(t("**Changed:**"))
        for k, code in enumerate(codes):
            st.button(
                in_words(code),
                icon=":material/close:",
                key=view.key(f"made_{k}_{code}"),
                help=t("Take this change back"),
                on_click=take,
                args=(view, field, [*codes[:k], *codes[k + 1 :]]),
            )
        _steps(view, field, keys)


def _steps(view: View, field: str, keys: str) -> None:
    back, reset = t("Undo"), t("Reset")
    st.button(
        back,
        icon=":material/undo:",
        key=view.key(f"{keys}undo"),
        on_click=undo,
        args=(view, field),
        type="tertiary",
    )
    if len(view[field]) > 1:
        st.button(
            reset,
            icon=":material/restart_alt:",
            key=view.key(f"{keys}reset"),
            on_click=take,
            args=(view, field, []),
            type="tertiary",
        )


def _past(view: View) -> list[list[str]]:
    """What was changed before each of the last steps since a link or a file came."""
    kept = view.key("past")
    if st.session_state.get(kept, (None,))[0] != view.came:
        st.session_state[kept] = (view.came, [])
    past: list[list[str]] = st.session_state[kept][1]
    return past
