"""A corpus of one's own: the file, how it was read, what of it can be used, and the button that stores it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.data.own.kinds import Kind
from engine.data.own.parts import check
from engine.errors import Refused
from engine.training import recipes
from webapp.gateway.current import gateway
from webapp.i18n import counted, t
from webapp.shell import frame, names, uploads
from webapp.shell.view import View
from webapp.views.train import brought, controls, preview
from webapp.views.train.brought import Brought, Unreadable
from webapp.views.train.preview import FILE

OPEN, UPLOADS = "train own open", "train own uploads"
PROBLEM, UNDELETED = "train own problem", "train own undeleted"
ONE_LANGUAGE = ("couplet", "conversation")
"""Tasks whose pairs are in one language."""
# fmt: off
LANGUAGES = (
    "en", "fr", "zh", "de", "ja", "es", "it", "pt", "nl", "ru", "uk", "ko", "el", "ar", "he", "sv", "da", "nb", "fi",
    "pl", "cs", "hu", "ro", "tr", "vi", "id", "th", "hi", "fa", "la",
)
# fmt: on


def kind_for(task: str) -> Kind:
    return "texts" if task in ("classification", "language") else "pairs"


def options(view: View) -> dict[str, str]:
    """What this visitor brought and the task can be learnt from, as menus call it."""
    fitting = recipes.own_corpora(view["task"], gateway.own_corpora.of(controls.keys()[0]))
    return {corpus.called: controls.corpus(corpus.called) for corpus in fitting}


def button(view: View) -> None:
    """What opens and shuts it."""

    def turn() -> None:
        st.session_state[OPEN] = not st.session_state.get(OPEN, False)

    st.button(t("Own corpus…"), icon=":material/upload_file:", key=view.key("own"), on_click=turn)


def show(view: View) -> None:
    """Nothing is stored before its button is pressed, and nothing begins then."""
    if not st.session_state.get(OPEN, False):
        return
    with st.container(border=True, key="train_own_corpus"):
        st.subheader(t("Own corpus"), anchor=False)
        _upload(view)
        opened: Brought | Unreadable | None = st.session_state.get(FILE)
        if isinstance(opened, Brought) and opened.kind != kind_for(view["task"]):
            opened = st.session_state[FILE] = brought.read(opened.name, opened.content, kind_for(view["task"]))
        if isinstance(opened, Unreadable):
            frame.refused(Refused("{file} was not read. {reason}", file=opened.name, reason=opened.reason))
        elif opened is not None:
            _use(view, opened)
        _brought_before(view)


def _upload(view: View) -> None:
    key = f"{view.key('own upload')}_{st.session_state.get(UPLOADS, 0)}"

    def take() -> None:
        file = st.session_state.get(key)
        if isinstance(file, UploadedFile):
            try:
                st.session_state[FILE] = brought.read(file.name, uploads.claimed(file), kind_for(view["task"]))
            except Refused as reason:  # too large
                st.session_state[FILE] = Unreadable(file.name, reason)

    st.file_uploader(
        t("A table of pairs, a source and a target in each row: Excel, CSV, TSV or JSON lines")
        if kind_for(view["task"]) == "pairs"
        else t("A table of texts, each with its label if there is one: Excel, CSV, TSV or JSON lines"),
        type=uploads.TABLE_TYPES,
        key=key,
        on_change=take,
        help=t("Its usable rows are stored on this server once you press “Use this corpus”, and no earlier."),
    )


def _use(view: View, opened: Brought) -> None:
    """What can be used of the file, in which languages, and under which title."""
    try:
        preview.show(view, opened)
        chosen = opened.chosen()
        languages = _languages(view, opened)
        title = st.text_input(
            t("Title of the corpus"),
            opened.title,
            max_chars=100,
            key=view.key(f"own title {id(opened)}"),
            width=320,
            help=t("Models that learn from it name it so, and everybody on this server can read that."),
        )
        check(chosen.usable, chosen.parts)
    except Refused as reason:
        return frame.refused(reason)
    if view["task"] == "translation" and languages[0] == languages[1]:
        return frame.refused(Refused("A translator needs pairs in two languages: choose another one for a side."))

    def use() -> None:
        try:
            corpus = gateway.own_corpora.add(chosen.usable, title, languages, controls.keys()[0])
        except Refused as reason:
            st.session_state[PROBLEM] = reason
            return
        view["corpus"] = corpus.called
        st.session_state[OPEN] = False
        st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1
        del st.session_state[FILE]

    st.button(t("Use this corpus"), type="primary", key=view.key("own use"), on_click=use, icon=":material/check:")
    if problem := st.session_state.pop(PROBLEM, None):
        frame.refused(problem)


def _languages(view: View, opened: Brought) -> tuple[str, str]:
    """Those of both columns: guessed, and the visitor's to change."""
    guessed = [language or LANGUAGES[0] for language in opened.chosen().usable.languages]
    key = f"own language {id(opened)} {opened.first} {opened.second}"
    with st.container(horizontal=True, gap="medium"):
        if opened.kind == "texts" or view["task"] in ONE_LANGUAGE:
            language = "zh" if view["task"] == "couplet" else _language(view, t("Language"), guessed[0], key)
            return language, language
        source = _language(view, t("Language of the source"), guessed[0], f"{key} source")
        return source, _language(view, t("Language of the target"), guessed[1], f"{key} target")


def _language(view: View, name: str, guessed: str, key: str) -> str:
    place = LANGUAGES.index(guessed)
    return st.selectbox(name, LANGUAGES, place, format_func=names.coded, key=view.key(key), width=240)


def _brought_before(view: View) -> None:
    """What this visitor has here, and a way to be rid of it."""
    corpora = gateway.own_corpora.of(controls.keys()[0])
    if not corpora:
        return
    st.caption(t("Your corpora on this server"))
    for corpus in corpora:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            rows = counted("{count:,} row", "{count:,} rows", corpus.rows).format(count=corpus.rows)
            st.text(f"{controls.spoken(*corpus.languages)} · {corpus.title} · {rows}", width="content")
            key = view.key(f"own rid {corpus.name}")
            with st.popover(t("Delete"), icon=":material/delete:", type="tertiary", key=key, on_change="rerun"):
                st.text(t("Delete {title} for good? Models that learnt from it stay.").format(title=corpus.title))
                st.button(
                    t("Delete for good"),
                    key=view.key(f"own delete {corpus.name}"),
                    on_click=_delete,
                    args=(corpus.called,),
                )
    if problem := st.session_state.pop(UNDELETED, None):
        frame.refused(problem)


def _delete(name: str) -> None:
    try:
        gateway.own_corpora.delete(name, controls.keys()[0])
    except Refused as reason:
        st.session_state[UNDELETED] = reason
