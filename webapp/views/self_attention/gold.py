"""The alignment finder on links that a visitor brings: the file, the search with its progress, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.data.pairs import gold_file
from engine.data.pairs.gold_file import MAX_PAIRS, GoldFile, Note
from engine.errors import Refused
from engine.evaluation.heads import Measured
from webapp.gateway.current import gateway
from webapp.i18n import counted, plain, say, t, verbatim
from webapp.shell import uploads
from webapp.shell.view import View
from webapp.views.self_attention import gold_search
from webapp.views.self_attention.gold_search import Search

OPENED = "attention gold"
TICK = 0.1  # seconds between two parts of a search
Rows = Sequence[Mapping[str, Any]]


@dataclass
class Opened:
    """A visitor's file, and the searches over it by model and weights; or why it could not be read."""

    name: str
    file: GoldFile | None = None
    reason: Refused | None = None
    searches: dict[tuple[str, str], Search] = field(default_factory=dict)


def choose(view: View) -> None:
    """Where a file is brought in."""
    key = view.key("gold")

    def take() -> None:
        upload = st.session_state.get(key)
        if not isinstance(upload, UploadedFile):
            return  # the list of files was cleared; what was read of it stays
        try:
            st.session_state[OPENED] = Opened(upload.name, gold_file.parse(uploads.claimed(upload), upload.name))
        except Refused as reason:
            st.session_state[OPENED] = Opened(upload.name, reason=reason)

    st.file_uploader(
        t("Your own links (TSV or JSON Lines)"),
        type=["tsv", "txt", "jsonl", "json"],
        key=key,
        on_change=take,
        max_upload_size=uploads.MEGABYTES,
        help=t("Kept on this machine and deleted when you leave."),
    )
    st.caption(
        t(
            "A line for each pair: source, tab, target, tab, links such as `0-0 1-2?`. Words are parted by spaces and "
            "counted from 0; a question mark makes a link possible instead of sure. Or JSON lines with src, tgt, sure "
            "and possible. The first {most} pairs are read."
        ).format(most=MAX_PAIRS)
    )


def measured(view: View, name: str) -> Rows:
    """The search over the open file, going on while the page is looked at; its rows once there are some, best first."""
    opened: Opened | None = st.session_state.get(OPENED)
    if opened is None:
        return []
    if opened.file is None:
        if opened.reason is not None:
            st.info(say(opened.reason), icon=":material/info:")
        return []
    _told(opened.name, opened.file)
    if not opened.file.pairs:
        st.info(t("No line of this file holds two sentences and their links."), icon=":material/info:")
        return []
    search = opened.searches.setdefault((name, gateway.heads.fingerprint(name)), Search(opened.file))
    # A part of the page that runs again and again does a little each time, so the rest of it stays in use.
    st.fragment(_work, run_every=TICK if search.running else None)(view, name, search)
    if search.running or not search.measured:
        return []
    ranked = search.ranked()
    _download(view, name, search, ranked)
    return [_row(row) for row in ranked]


def _told(name: str, file: GoldFile) -> None:
    """How many lines came and what became of them."""
    sentence = t("{file}: lines {rows:,}, read {pairs:,}, skipped {bad:,}, beyond the first {most} pairs {beyond:,}.")
    st.caption(
        sentence.format(
            file=verbatim(name),
            rows=file.rows_in,
            pairs=len(file.pairs),
            bad=file.rows_bad,
            beyond=file.beyond,
            most=MAX_PAIRS,
        )
    )
    if file.first:
        st.warning(
            t("These links count words from 1: none has a 0, and some name a word past the last. They were put right.")
        )
    if file.doubtful:
        st.warning(
            t("No link of this file has a 0. If it counts words from 1, take 1 from every number: it was read from 0.")
        )
    _skipped(file.notes, file.rows_bad)


def _skipped(notes: Sequence[Note], count: int) -> None:
    if not count:
        return
    with st.expander(t("What was skipped, and why")):
        line = t("Line {line}: {reason}")
        lines = [line.format(line=note.line, reason=plain(note.reason)) for note in notes]
        if count > len(notes):
            lines.append(t("… and {count:,} more").format(count=count - len(notes)))
        st.text("\n".join(lines))


def _work(view: View, name: str, search: Search) -> None:
    """A few pairs, and how far it is; the button that starts it or stops it."""
    if search.running:
        begun = search.done > 0
        try:
            search.step(lambda pairs: gateway.sentences.heads_many(name, pairs, let_in=begun))
        except Refused as reason:  # too many are waiting
            search.running = False
            st.info(say(reason), icon=":material/info:")
        if not search.running:
            st.rerun()
    progress = counted("{done:,} of {count:,} pair", "{done:,} of {count:,} pairs", search.size)
    progress = progress.format(done=search.done, count=search.size)
    if search.running:
        st.progress(search.done / search.size, progress)
        if st.button(t("Cancel"), icon=":material/stop:", key=view.key("gold_cancel")):
            search.running = False
            st.rerun()
    elif search.done < search.size:
        if search.done:
            st.info(t("Stopped after {done:,} of {all:,} pairs.").format(done=search.done, all=search.size))
        label = t("Go on") if search.done else _start(search.size)
        if st.button(label, icon=":material/play_arrow:", type="primary", key=view.key("gold_start")):
            search.running = True
            st.rerun()


def _start(count: int) -> str:
    label = counted("Measure every head on {count:,} pair", "Measure every head on {count:,} pairs", count)
    return label.format(count=count)


def _download(view: View, name: str, search: Search, ranked: Sequence[Measured]) -> None:
    _skipped(search.refused[: gold_file.MAX_NOTES], len(search.refused))
    note = counted("Measured on {count:,} pair.", "Measured on {count:,} pairs.", search.measured)
    st.caption(note.format(count=search.measured))
    weights = gateway.heads.fingerprint(name)
    st.download_button(
        "CSV",
        gold_search.table(ranked, search.measured, name, weights),
        f"heads-{name.rpartition('/')[2]}-{weights}.csv",
        "text/csv",
        icon=":material/download:",
        key=view.key("gold_csv"),
        on_click="ignore",
    )


def _row(row: Measured) -> dict[str, Any]:
    reading = row.reading
    return {
        "layer": reading.layer,
        "head": reading.head,
        "shift": reading.shift,
        "end": reading.end,
        "aer": {"value": row.aer},
    }
