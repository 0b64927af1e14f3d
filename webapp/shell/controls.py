"""Controls that several pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from engine.text import given
from engine.text.words import unparted
from webapp.examples.sentences import examples
from webapp.i18n import counted, t
from webapp.shell import names
from webapp.shell.typed import LONGEST_TEXT, clean
from webapp.shell.view import View

Id = TypeVar("Id", str, int)


def segments(label: str, options: Mapping[str, str], key: str, meaning: str | None = None) -> None:
    """One of a few, all in sight; `options` give the English name of each id; `meaning` is said on demand."""
    shown = {name: t(english) for name, english in options.items()}
    st.segmented_control(label, list(shown), format_func=shown.__getitem__, key=key, required=True, help=meaning)


@contextmanager
def setting(meaning: str) -> Iterator[None]:
    """A control with a sentence under it that says what it does."""
    with st.container(gap="xxsmall"):
        yield
        st.caption(meaning)


def model(
    view: View, labels: Mapping[str, str], changed: Callable[[View], None] | None = None, width: int = 420
) -> None:
    """Which model the view uses; `labels` name them, and `changed` follows a choice."""
    key, args = view.key("model"), (view,) if changed else ()
    st.selectbox(
        t("Model"), list(labels), format_func=labels.__getitem__, key=key, on_change=changed, args=args, width=width
    )


def sentence(view: View, language: str | None) -> None:
    """The box for the view's `text` in a language, given by its code."""
    label = t("Sentence in {language}").format(language=names.language(language))
    st.text_input(label, key=view.key("text"), max_chars=LONGEST_TEXT)
    read_as_meant(0, given.controls(view["text"]))


def offered(
    view: View,
    name: str,
    label: str,
    options: Mapping[Id, str],
    marked: Id | None,
    take: Callable[[Id], None],
    *,
    shown: bool = False,
    wrap: bool = True,
) -> None:
    """Pills that put something in its place once they are pressed; what is there already is `marked`.

    Where the mark changes by itself, other pills take their place: a message on its way may still tell which of the
    old ones was marked, and must not pass for somebody who presses it.
    """
    turns = view.key(f"{name} turn")
    turn: int = st.session_state.setdefault(turns, 0)
    if st.session_state.get(_of_turn(view, name, turn), marked) != marked:
        turn = st.session_state[turns] = turn + 1
    key = _of_turn(view, name, turn)
    if key not in st.session_state:
        st.session_state[key] = marked

    def pressed() -> None:
        picked = st.session_state[key]
        if picked is not None and turn == st.session_state[turns]:
            take(picked)

    st.pills(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        label_visibility="visible" if shown else "collapsed",
        wrap=wrap,
        on_change=pressed,
    )


def _of_turn(view: View, name: str, turn: int) -> str:
    return view.key(f"{name}_{turn}" if turn else name)


def to_try(view: View, language: str | None) -> str:
    """Six sentences one click away, the one in the box marked; gives the sentence in the box."""
    sentences = examples(language)

    def take(picked: int) -> None:
        view["text"] = sentences[picked]
        if "own" in view.fields:
            view["own"] = False

    marked = sentences.index(view["text"]) if view["text"] in sentences else None
    offered(view, "example", t("Examples"), dict(enumerate(sentences)), marked, take, wrap=False)
    return clean(view["text"])


def read_as_meant(strays: int, left_out: int) -> None:
    """Say so where characters of a text were read as what they were meant to be, or not at all."""
    if strays:
        note = counted(
            "{count:,} character left over from an old Windows encoding is read as meant there, such as ’ or –.",
            "{count:,} characters left over from an old Windows encoding are read as meant there, such as ’ or –.",
            strays,
        )
        st.caption(note.format(count=strays))
    if left_out:
        note = t("Invisible control characters were left out: {count:,}. No model can read them.")
        st.caption(note.format(count=left_out))


def doubtful(doubtful: bool, encoding: str | None) -> None:
    """Say so where the encoding of a file is hardly more than a guess."""
    if doubtful:
        st.info(
            t(
                "The encoding of this file is uncertain: it was read as {encoding}, and another one would fit nearly "
                "as well. Look whether the letters are right; if not, choose another encoding or save the file as "
                "UTF-8."
            ).format(encoding=encoding),
            icon=":material/info:",
        )


def other_language(text: str, language: str | None) -> None:
    """A word of warning where a text is not in the language that the model reads."""
    if language is not None and not given.looks_like(text, language):
        st.info(
            t("This model reads only {language}, and this text does not look like it.").format(
                language=names.language(language)
            ),
            icon=":material/info:",
        )


def pieces_as_words(*texts: str) -> None:
    """Say so where a text is in a script that nothing here cuts into words."""
    if any(map(unparted, texts)):
        st.caption(
            t(
                "Part of this text is in a script without spaces that cannot be cut into words here (Chinese can), so "
                "there each row and column is a subword."
            )
        )
