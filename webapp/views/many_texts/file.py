"""Batch: the model, the file, what is in it, and which columns count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.data.tables.decode import ENCODINGS
from engine.data.tables.table import Texts
from engine.errors import Refused
from webapp.gateway.current import gateway
from webapp.i18n import N_, counted, plain, say, t, verbatim
from webapp.shell import controls, names, uploads
from webapp.shell.fields import choice
from webapp.shell.view import View
from webapp.views.many_texts import job
from webapp.views.many_texts.job import Opened, Unreadable

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
    """The weights of the model that classifies."""
    return gateway.listing.fingerprint(values["model"])


def choose(view: View) -> Opened:
    """The model, and a file or an example; gives what is open, at first the example in the model's language.

    Raises Refused where the file that was brought last cannot be used.
    """
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
    opened: Opened | Unreadable = st.session_state[OPENED]
    if isinstance(opened, Unreadable):
        raise Refused("{file} was not read. {reason}", file=opened.name, reason=opened.reason)
    return opened


def _upload(view: View) -> None:
    key = view.key("upload")

    def take() -> None:
        file = st.session_state.get(key)
        if not isinstance(file, UploadedFile):
            return  # the list of files was cleared; what was read of it stays
        try:
            _open(job.opened(file.name, uploads.claimed(file)))
        except Refused as reason:
            st.session_state[OPENED] = Unreadable(file.name, reason)

    st.file_uploader(
        t("A table of texts: Excel, CSV, TSV, JSON lines, or one text a line"),
        type=uploads.TABLE_TYPES,
        key=key,
        on_change=take,
        max_upload_size=uploads.MEGABYTES,
        help=t("Kept on this machine and deleted when you leave."),
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

    options = {language: t(name) for language, name in EXAMPLES.items()}
    marked = getattr(st.session_state[OPENED], "language", None)
    controls.offered(view, "example", t("Or an example"), options, marked, take, shown=True)


def columns(view: View, opened: Opened) -> Texts:
    """Which columns hold the texts and their labels; gives the texts, and says what was left out of them."""
    width = opened.table.width
    labels = opened.columns(t("Column {number}"))
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
    sample = "".join(text[:500] for text in texts.texts[:50])
    controls.other_language(sample, gateway.listing.models(TASK)[view["model"]].source_language)
    return texts


def _reading(view: View, opened: Opened) -> None:
    """How the file was understood, to be put right where the guess was wrong; nothing where there is no choice."""
    about = opened.table.about
    drawer = st.popover(
        t("How it was read"), icon=":material/tune:", on_change="rerun", key=view.key("reading"), type="tertiary"
    )
    if not drawer.open:
        return
    turns = view.key("reading turn")  # where another choice was refused, new boxes show the old one again
    turn = st.session_state.setdefault(turns, 0)
    keys = {name: view.key(f"{name}_{id(opened.table)}_{turn}") for name in ("names", "encoding", "sheet")}

    def again() -> None:
        chosen = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
        try:
            _open(job.opened(opened.name, opened.content, **chosen))
        except Refused as reason:
            view.notes = [say(reason)]
            st.session_state[turns] += 1

    with drawer:
        st.toggle(
            t("The first line names the columns"), opened.table.names is not None, key=keys["names"], on_change=again
        )
        if about.sheet is not None:
            st.selectbox(
                t("Sheet"), about.sheets, index=about.sheets.index(about.sheet), key=keys["sheet"], on_change=again
            )
        if about.encoding is not None:
            encodings = list(ENCODINGS)
            st.selectbox(
                t("Encoding"), encodings, index=encodings.index(about.encoding), key=keys["encoding"], on_change=again
            )


def _counts(opened: Opened, texts: Texts) -> None:
    """How many rows came and what became of them."""
    table = opened.table
    facts = {
        "file": verbatim(opened.name),
        "rows": texts.rows_in,
        "texts": texts.rows_ok,
        "skipped": texts.rows_bad,
    }
    about = table.about
    if about.encoding is None:
        sentence = t("{file}, sheet {sheet}: rows {rows:,}, with text {texts:,}, skipped {skipped:,}.")
    else:
        sentence = t("{file}, read as {encoding}: rows {rows:,}, with text {texts:,}, skipped {skipped:,}.")
    st.caption(sentence.format(sheet=verbatim(about.sheet), encoding=about.encoding, **facts))
    if about.cut:
        st.info(
            t("The file is longer: only its first {rows:,} rows were read. Split it to read the rest.").format(
                rows=texts.rows_in
            )
        )
    if about.replaced:
        note = counted(
            "{count:,} character could not be read and is shown as �.",
            "{count:,} characters could not be read and are shown as �.",
            about.replaced,
        )
        st.info(note.format(count=about.replaced))
    controls.doubtful(about.doubtful, about.encoding)
    controls.read_as_meant(about.strays, about.controls)
    if texts.rows_bad:
        with st.expander(t("What was skipped, and why")):
            lines = [plain(note) for note in texts.notes[:NOTES]]
            if texts.rows_bad > len(lines):
                lines.append(t("… and {count:,} more").format(count=texts.rows_bad - len(lines)))
            st.text("\n".join(lines))
