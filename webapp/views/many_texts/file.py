"""Several texts: the model, the file, what is in it, and which columns count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.data.tables.decode import ENCODINGS
from engine.data.tables.table import MAX_ROWS, Texts
from engine.errors import Refused
from webapp.gateway.current import gateway
from webapp.i18n import N_, say, t, verbatim
from webapp.shell import controls, names, uploads
from webapp.shell.view import View, choice
from webapp.views.many_texts import job
from webapp.views.many_texts.job import Opened

TASK = "classification"
ORDERS = {"file": N_("As in the file"), "unsure": N_("Least sure first"), "wrong": N_("Most wrong first")}
EXAMPLES = {"en": N_("Film reviews, English"), "zh": N_("Hotel reviews, Chinese")}
OPENED = "many opened"
NOTES = 100


def view() -> View:
    """What the page shows, with the ids that stand in its links. Raises Refused where no classifier is installed."""
    default = gateway.listing.default_classifier()
    fields = {"model": choice("m", list(gateway.listing.models(TASK)), default), "order": choice("o", list(ORDERS))}
    return View("many", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    return gateway.listing.fingerprint(values["model"])


def choose(view: View) -> Opened:
    """The model, and a file or an example; gives what is open, at first the example in the model's language."""
    known = gateway.listing.models(TASK)
    labels = {name: names.classifier(info) for name, info in known.items()}
    controls.model(view, labels)
    if OPENED not in st.session_state:
        st.session_state[OPENED] = job.example(known[view["model"]].source_language or "en")
    upload, examples = st.columns([3, 2], gap="medium")
    with upload:
        _upload(view)
    with examples:
        _examples(view)
    opened: Opened = st.session_state[OPENED]
    return opened


def _upload(view: View) -> None:
    key = view.key("upload")

    def take() -> None:
        file = st.session_state.get(key)
        if not isinstance(file, UploadedFile):
            return  # the list of files was cleared; what was read of it stays
        try:
            _open(job.opened(file.name, uploads.taken(file)))
        except Refused as reason:
            view.told = [say(reason)]

    st.file_uploader(
        t("A table of texts (CSV, TSV, or one text a line)"),
        type=["csv", "tsv", "txt"],
        key=key,
        on_change=take,
        help=t("It stays on this machine and is forgotten when you leave."),
    )


def _open(opened: Opened) -> None:
    uploads.tables.enter(opened.table, opened.size)
    st.session_state[OPENED] = opened


def _examples(view: View) -> None:
    def take(language: str) -> None:
        st.session_state[OPENED] = job.example(language)
        known = gateway.listing.models(TASK)
        now = known[view["model"]]
        if now.source_language != language:
            others = [name for name, info in known.items() if info.source_language == language]
            alike = [name for name in others if names.kind(known[name]) == names.kind(now)]
            view["model"] = next(iter(alike + others), view["model"])

    options = {language: t(said) for language, said in EXAMPLES.items()}
    marked = st.session_state[OPENED].language
    controls.offered(view, "example", t("Or an example"), options, marked, take, shown=True)


def columns(view: View, opened: Opened) -> Texts:
    """Which columns hold the texts and their labels; gives the texts, and says what was left out of them."""
    width = opened.table.width
    labels = [opened.column(place) or t("Column {number}").format(number=place + 1) for place in range(width)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        opened.text = st.selectbox(
            t("Column of texts"),
            range(width),
            index=opened.text,
            format_func=labels.__getitem__,
            key=view.key(f"text_{id(opened.table)}"),
            width=240,
        )
        label = st.selectbox(
            t("Column of labels"),
            range(-1, width),
            index=0 if opened.label is None else opened.label + 1,
            format_func=lambda place: t("none") if place < 0 else labels[place],
            key=view.key(f"label_{id(opened.table)}"),
            width=240,
        )
        opened.label = None if label < 0 else label
        _reading(view, opened)
    texts = opened.chosen()
    _counts(opened, texts)
    _other_language(view, texts)
    return texts


def _reading(view: View, opened: Opened) -> None:
    """How the bytes were understood, to be put right where the guess was wrong."""
    table = opened.table
    drawer = st.popover(
        t("How it was read"), icon=":material/tune:", on_change="rerun", key=view.key("reading"), type="tertiary"
    )
    if not drawer.open:
        return
    keys = {name: view.key(f"{name}_{id(table)}") for name in ("names", "encoding")}

    def again() -> None:
        chosen = {name: st.session_state[key] for name, key in keys.items()}
        try:
            _open(job.opened(opened.name, opened.content, **chosen))
        except Refused as reason:
            view.told = [say(reason)]

    with drawer:
        st.toggle(t("The first line names the columns"), table.names is not None, key=keys["names"], on_change=again)
        encodings = list(ENCODINGS)
        st.selectbox(
            t("Encoding"), encodings, index=encodings.index(table.encoding), key=keys["encoding"], on_change=again
        )


def _counts(opened: Opened, texts: Texts) -> None:
    """How many rows came and what became of them."""
    table = opened.table
    said = t("{file}, read as {encoding}: {rows:,} rows, {texts:,} of them texts, {skipped:,} skipped.")
    st.caption(
        said.format(
            file=verbatim(opened.name),
            encoding=table.encoding,
            rows=texts.rows_in,
            texts=texts.rows_ok,
            skipped=texts.rows_bad,
        )
    )
    if table.cut:
        st.info(
            t("The file goes on: only its first {rows:,} rows are read. Part it for the rest.").format(rows=MAX_ROWS)
        )
    if table.replaced:
        st.info(t("{count:,} characters could not be read and stand as �.").format(count=table.replaced))
    controls.read_as_meant(table.strays)
    if texts.rows_bad:
        with st.expander(t("What was skipped, and why")):
            lines = [t(note.template).format(**note.facts) for note in texts.notes[:NOTES]]
            if texts.rows_bad > len(lines):
                lines.append(t("… and {count:,} more").format(count=texts.rows_bad - len(lines)))
            st.text("\n".join(lines))


def _other_language(view: View, texts: Texts) -> None:
    """A word of warning where the texts are not in the language that the model reads."""
    sample = "".join(text[:500] for text in texts.texts[:50])
    han, letters = len(regex.findall(r"\p{Han}", sample)), len(regex.findall(r"\p{L}", sample))
    language = gateway.listing.models(TASK)[view["model"]].source_language
    if letters and (han > letters / 2) != (language == "zh"):
        st.info(
            t("This model reads {language}, which these texts do not look like.").format(
                language=names.language(language)
            )
        )
