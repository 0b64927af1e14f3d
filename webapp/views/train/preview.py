"""A file that was brought, before it is used: how it was read, its first rows, what was left out, how it is parted."""

from __future__ import annotations

import streamlit as st

from engine.data.own.rows import REASONS, Usable
from engine.data.tables.decode import ENCODINGS
from webapp.i18n import N_, counted, plain, t, verbatim
from webapp.shell import controls, tables
from webapp.shell.view import View
from webapp.views.train import brought
from webapp.views.train.brought import Brought

ROWS, SHOWN = 5, 160  # of the first rows, and characters of a text
SEPARATOR = {"\t": N_("tab"), ",": N_("comma"), ";": N_("semicolon"), "|": N_("vertical bar")}
FILE = "train own file"


def show(view: View, opened: Brought) -> None:
    """May refuse, where the columns hold nothing that can be used."""
    _read_as(opened)
    _columns(view, opened)
    chosen = opened.chosen()
    _first_rows(opened)
    _left_out(chosen.usable)
    parts = chosen.parts
    if chosen.usable.rows:
        st.text(
            t("For training {train:,}, for development {dev:,}, for test {test:,}.").format(
                train=parts.train, dev=parts.dev, test=parts.test
            ),
            help=t("The hash of each text or source says where it belongs, so that no sentence is in two of them."),
        )
    if parts.shared:
        st.caption(
            counted(
                "{count:,} pair shares a side with development or test, and is not learnt from.",
                "{count:,} pairs share a side with development or test, and are not learnt from.",
                parts.shared,
            ).format(count=parts.shared)
        )


def _read_as(opened: Brought) -> None:
    """In what encoding, and what parts the columns."""
    about = opened.table.about
    facts = {"file": verbatim(opened.name), "sheet": verbatim(about.sheet), "encoding": about.encoding}
    if about.encoding is None:
        sentence = t("{file}, sheet {sheet}.")
    elif about.separator is None:
        sentence = t("{file}, read as {encoding}.")
    else:
        facts["separator"] = (
            t(SEPARATOR[about.separator]) if about.separator in SEPARATOR else verbatim(about.separator)
        )
        sentence = t("{file}, read as {encoding}, columns parted by: {separator}.")
    st.caption(sentence.format(**facts))
    if about.cut:
        rows = opened.table.rows_in
        st.info(
            t("The file is longer: only its first {rows:,} rows were read. Split it to read the rest.").format(
                rows=rows
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


def _columns(view: View, opened: Brought) -> None:
    """Which count, and how the file is to be read where the guess was wrong."""
    places = range(opened.table.width)
    labels = opened.columns(t("Column {number}"))
    mark = id(opened)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        pairs = opened.kind == "pairs"
        opened.first = st.selectbox(
            t("Column of the source") if pairs else t("Column of texts"),
            places,
            opened.first,
            format_func=labels.__getitem__,
            key=view.key(f"own first {mark}"),
            width=200,
        )
        others = list(places) if pairs else [-1, *places]
        second = st.selectbox(
            t("Column of the target") if pairs else t("Column of labels"),
            others,
            others.index(-1 if opened.second is None else opened.second),
            format_func=lambda place: t("none") if place < 0 else labels[place],
            key=view.key(f"own second {mark}"),
            width=200,
        )
        opened.second = None if second < 0 else second
        _reading(view, opened)


def _reading(view: View, opened: Brought) -> None:
    about, mark = opened.table.about, id(opened)
    keys = {name: view.key(f"own {name} {mark}") for name in ("names", "encoding", "sheet")}

    def again() -> None:
        how = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
        st.session_state[FILE] = brought.read(opened.name, opened.content, opened.kind, **how)

    with st.popover(t("How it was read"), icon=":material/tune:", type="tertiary"):
        st.toggle(
            t("The first line names the columns"), opened.table.names is not None, key=keys["names"], on_change=again
        )
        if about.sheet is not None:
            place = about.sheets.index(about.sheet)
            st.selectbox(t("Sheet"), about.sheets, place, key=keys["sheet"], on_change=again)
        if about.encoding is not None:
            place = ENCODINGS.index(about.encoding)
            st.selectbox(t("Encoding"), ENCODINGS, place, key=keys["encoding"], on_change=again)


def _first_rows(opened: Brought) -> None:
    """As they would be learnt from, the beginning of each text."""
    rows = opened.chosen().usable.rows[:ROWS]
    first, second = ([_short(row[side]) for row in rows] for side in (0, 1))
    if not rows:
        return
    if opened.kind == "pairs":
        tables.show({t("Source"): first, t("Target"): second})
    else:
        tables.show({t("Text"): second} | ({t("Label"): first} if opened.second is not None else {}))


def _short(text: str) -> str:
    line = " ".join(text[: 4 * SHOWN].split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def _left_out(usable: Usable) -> None:
    """How many rows came and what became of them, by reason and by line."""
    left_out = sum(usable.left_out.values())
    st.text(
        t("Rows {rows:,}, used {used:,}, left out {left_out:,}.").format(
            rows=usable.rows_in, used=len(usable.rows), left_out=left_out
        )
    )
    if usable.labels:
        count = len(usable.labels)
        st.caption(counted("{count} label", "{count} labels", count).format(count=count))
    if left_out:
        with st.expander(t("What was left out, and why")):
            st.text("\n".join(f"{t(REASONS[reason])}: {count:,}" for reason, count in usable.left_out.items()))
            lines = [plain(note) for note in usable.notes]
            if left_out > len(lines):
                lines.append(t("… and {count:,} more").format(count=left_out - len(lines)))
            st.text("\n".join(lines))
