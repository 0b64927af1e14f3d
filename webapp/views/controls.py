"""Controls that several pages share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from webapp.examples import examples
from webapp.i18n import t
from webapp.state import LONGEST_TEXT, View, clean
from webapp.views import names


def segments(label: str, options: Mapping[str, str], key: str) -> None:
    """One of a few, all in sight; `options` give the English name of each id."""
    shown = {name: t(said) for name, said in options.items()}
    st.segmented_control(label, list(shown), format_func=shown.__getitem__, key=key, required=True)


@contextmanager
def setting(meaning: str) -> Iterator[None]:
    """A control with a sentence under it that says what it does."""
    with st.container(gap="xxsmall"):
        yield
        st.caption(meaning)


def sentence(view: View, language: str | None) -> None:
    """The box for the view's `text` in a language, given by its code."""
    said = t("Sentence in {language}").format(language=names.language(language))
    st.text_input(said, key=view.key("text"), max_chars=LONGEST_TEXT)


def to_try(view: View, language: str | None) -> str:
    """Six sentences one click away, the one in the box marked; gives the sentence in the box."""
    given = examples(language)
    key = view.key("example")
    st.session_state[key] = given.index(view["text"]) if view["text"] in given else None

    def take() -> None:
        if (picked := st.session_state[key]) is not None:
            view["text"] = given[picked]
            if "own" in view.fields:
                view["own"] = False

    st.pills(
        t("Examples"),
        range(len(given)),
        format_func=given.__getitem__,
        key=key,
        label_visibility="collapsed",
        wrap=False,
        on_change=take,
    )
    return clean(view["text"])
