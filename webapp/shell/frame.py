"""What surrounds a figure, once for all pages: table twin, downloads, its link, a file opened again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from engine.data.pairs.pharaoh import to_pharaoh
from engine.errors import Refused
from engine.schemas import trace
from webapp.components import show
from webapp.figures.drawing.marks import number
from webapp.figures.drawing.panels import panels
from webapp.figures.drawing.svg import svg
from webapp.figures.files import export, fonts, offline
from webapp.figures.files.archive import archived
from webapp.figures.scenes.scene import MatrixScene, Scene
from webapp.i18n import N_, catalogue, joined, language, say, t
from webapp.shell import view_file
from webapp.shell.as_code import AsCode
from webapp.shell.fields import LONGEST_IN_LINK
from webapp.shell.stamp import Stamp
from webapp.shell.view import View

PHARAOH = "Pharaoh"
BYTE_ORDER = "\ufeff"  # without it Excel takes UTF-8 for the code page of its country
LINKED = (
    N_("Attention – the source word each target word looked at most."),
    N_("Effect – the source word whose effect is largest as a share of its row and of its column."),
    N_("Both directions – pairs that are each other's best match."),
    N_("Best alignment – the pairs that its dots mark."),
)
MOST_LISTED = 4  # figures with buttons of their own; more are downloaded together
File = tuple[str, str, str, Callable[[], str | bytes]]  # label, suffix, media type, maker


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with all that can be taken away of it. `name` goes into file names; `numbers` is what a table holds, and
    `links` those that it comes to, (source word, target word) from 0.

    `stamp` is its own where it comes from another model than the rest of the page. `facts` say how its numbers came
    about, in every file of it; `marks` are those of them that tell its files apart, in their names.
    """

    name: str
    title: str
    scene: Scene
    numbers: Scene | None = None
    links: frozenset[tuple[int, int]] | None = None
    stamp: Stamp | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        return "-".join((self.name, *self.marks))


@contextmanager
def at_the_side() -> Iterator[None]:
    """The settings that stand beside a page, parted from what every page has there."""
    with st.sidebar:
        yield
        st.divider()


def notices(notes: Sequence[str]) -> None:
    """Sentences about a link or a file that was opened, above all controls.

    They have a place of their own also where there are none: a note that came or went would otherwise move all that
    follows, the browser would build it anew, and a file on its way into a box would be lost with the box.
    """
    with st.container():
        for note in notes:
            st.info(note, icon=":material/info:")


def refused(reason: Refused) -> None:
    """One sentence about what a visitor can mend."""
    st.info(say(reason), icon=":material/info:")


def drawn(
    scene: Scene, *, group: str, column_group: str | None = None, compact: bool = False, large: bool = False
) -> str:
    """A scene as a picture for this page; those of one group light up the same words together."""
    return svg(scene, group=group, column_group=column_group, compact=compact, large=large, t=t)


def figure(picture: str, *, key: str, on_act: Callable[[], None] | None = None) -> None:
    """Show what `drawn` made, as a live figure; with `on_act` visitors can change the document that it shows."""
    show([picture], key=key, on_act=on_act, t=t)


def table(scene: MatrixScene, *, title: str, key: str) -> None:
    """The matrix as numbers of three significant digits, its rows and columns as in the picture."""
    rounded = [[float(number(value)) for value in row] for row in scene.values.tolist()]
    frame = pd.DataFrame(rounded, columns=[str(k) for k in range(len(scene.columns))])
    frame.insert(0, "word", list(scene.rows))
    config: dict[str, Any] = {
        str(k): st.column_config.NumberColumn(word, format="%.3g", width="small")
        for k, word in enumerate(scene.columns)
    }
    config["word"] = st.column_config.TextColumn("", pinned=True)
    st.dataframe(frame, hide_index=True, column_config=config, height="content", alt=title, key=key)


def as_json(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """The numbers of those of the figures that are matrices, as they are shown, for the file of a view."""
    return [
        trace.figure(p.name, p.title, (p.numbers.rows, p.numbers.columns), p.numbers.values, p.links or (), p.facts)
        for p in pictures
        if isinstance(p.numbers, MatrixScene)
    ]


def take_away(
    place: DeltaGenerator,
    view: View,
    pictures: Sequence[Picture],
    stamp: Stamp,
    record: Callable[[], str],
    code: Callable[[], AsCode],
    lacks: str = "",
    offer: Callable[[], None] = lambda: None,
) -> None:
    """Downloads, the view as code, its link and a file to open, in their `place`; each made only once somebody asks.
    `record` writes what can be opened. `offer` shows buttons for files besides those of pictures.

    `lacks` says what neither the link nor that file can bring back.
    """
    with place:
        downloads = drawer(t("Download"), "download", view.key("downloads"))
        as_code(view, code)
        link = drawer(t("Link to this view"), "link", view.key("link"))
        opener = drawer(t("Open a file"), "folder_open", view.key("opener"))
    if downloads.open:
        with downloads:
            offer()
            _downloads(view, pictures, stamp, record, lacks)
    if link.open:
        with link:
            _link(view, lacks)
    if opener.open:
        with opener:
            _open(view)


def as_code(view: View, code: Callable[[], AsCode]) -> None:
    """What the page shows as Python and as a command line, once somebody asks."""
    place = drawer(t("Same as code"), "code", view.key("as_code"))
    if not place.open:
        return
    written = code()
    with place:
        st.caption(t("Python that gives the same numbers. Run it in Alignscope's folder, with .venv/bin/python:"))
        st.code(written.python, language="python", wrap_lines=True)
        st.caption(t("The same on the command line (bash), where `python` is .venv/bin/python:"))
        st.code(written.command, language="bash", wrap_lines=True)
        for sentence in written.missing:
            st.caption(t(sentence))


def drawer(label: str, icon: str, key: str) -> PopoverContainer:
    """What opens once somebody asks; nothing of it need be made before."""
    return st.popover(label, icon=f":material/{icon}:", on_change="rerun", key=key, type="tertiary")


def _downloads(view: View, pictures: Sequence[Picture], stamp: Stamp, record: Callable[[], str], lacks: str) -> None:
    if len(pictures) > MOST_LISTED:
        _together(view, pictures, stamp)
    for picture in pictures if len(pictures) <= MOST_LISTED else ():
        if len(pictures) > 1:
            st.caption(picture.title)
        with st.container(horizontal=True, gap="small"):
            own = picture.stamp or stamp
            for label, suffix, media, make in _files(picture, own):
                _file(view, f"{picture.name}_{label}", label, make, _named(picture, own, label, suffix), media)
    for sentence in dict.fromkeys(line for p in pictures for line in fonts.warnings(export.words(svg(p.scene)), t)):
        st.caption(sentence)
    st.caption(t("Every file records the model, text and version (in a CSV: the last columns)."))
    if any(picture.links is not None for picture in pictures):
        st.caption(
            t(
                "A Pharaoh file contains only the links (source-target, counted from 0); its provenance is in the file "
                "name. Which pairs are links:"
            )
        )
        st.caption("\n".join(f"- {t(rule)}" for rule in LINKED))
    st.caption(t("Everything on this page in one file; reopen it with “Open a file”:"))
    if lacks:
        st.caption(lacks)
    _file(view, "record", "JSON", record, stamp.file("view", "json"), "application/json")


def _named(picture: Picture, stamp: Stamp, label: str, suffix: str) -> str:
    # A Pharaoh file holds links and nothing else, or programs choke on it: only its name can say the rest.
    return stamp.file(picture.file, suffix, text=label == PHARAOH)


def _together(view: View, pictures: Sequence[Picture], stamp: Stamp) -> None:
    """Many figures: all in one picture, and all files of each in one archive, in place of a button for every file."""
    translate, facts = catalogue(language()).gettext, stamp.facts()
    scenes = [(picture.title, picture.scene) for picture in pictures]

    def drawn() -> str:
        return panels(scenes, note=stamp.line(), t=translate)

    st.caption(t("All figures side by side:"))
    with st.container(horizontal=True, gap="small"):
        for label, suffix, media, make in _drawings(drawn, "Alignscope", facts):
            _file(view, f"panels_{label}", label, make, stamp.file("panels", suffix), media)
    st.caption(t("Each figure by itself, with its numbers, in one ZIP file:"))
    own = [(picture, picture.stamp or stamp) for picture in pictures]
    files = [(_named(p, s, label, suffix), make) for p, s in own for label, suffix, _, make in _files(p, s)]
    _file(view, "archive", "ZIP", lambda: archived(files), stamp.file("figures", "zip"), "application/zip")


def _file(view: View, name: str, label: str, make: Callable[[], str | bytes], file: str, media: str) -> None:
    key = view.key(f"download_{name}")
    st.download_button(label, make, file_name=file, mime=media, key=key, on_click="ignore")


def _files(picture: Picture, stamp: Stamp) -> list[File]:
    """Makers run later, where no visitor is known any more, so all that depends on the language is settled here."""
    translate, facts, scene = catalogue(language()).gettext, stamp.facts(picture.facts), picture.scene
    note = joined(scene.note, stamp.line())
    stamped = replace(scene, title=picture.title, note=note)

    def drawn() -> str:
        return svg(stamped, t=translate)

    files = _drawings(drawn, picture.title, facts)
    if (numbers := picture.numbers) is not None:
        files.append(("CSV", "csv", "text/csv", lambda: BYTE_ORDER + export.csv(numbers, facts)))
    if (links := picture.links) is not None:
        files.append((PHARAOH, "txt", "text/plain", lambda: f"{to_pharaoh(links)}\n"))
    return files


def _drawings(drawn: Callable[[], str], title: str, facts: Mapping[str, str]) -> list[File]:
    return [
        ("SVG", "svg", "image/svg+xml", lambda: export.svg_file(drawn(), facts)),
        ("PNG", "png", "image/png", lambda: export.png(drawn(), facts)),
        ("PDF", "pdf", "application/pdf", lambda: export.pdf(drawn(), facts)),
        ("HTML", "html", "text/html", lambda: offline.html(drawn(), title, facts)),
    ]


def link_only(view: View, meaning: str) -> None:
    """The link of a view that shows no figure, once somebody asks; `meaning` says what it brings back."""
    place = drawer(t("Link to this view"), "link", view.key("link"))
    if place.open:
        with place:
            _link(view, meaning)


def _link(view: View, lacks: str) -> None:
    address = view.link()
    if address is None:
        limit = LONGEST_IN_LINK // 1024
        st.info(t("The text is over {limit} kB, too long for a link. Download the JSON instead.").format(limit=limit))
        return
    st.caption(lacks or t("Anyone with this link sees this model, sentence and settings."))
    st.code(address, language=None, wrap_lines=True)


def _open(view: View) -> None:
    """The file is read before the page is drawn the next time, so that every control can follow it."""

    def take_over() -> None:
        file = st.session_state.get(view.key("file"))
        if file is None:
            return
        try:
            view.notes = view.read(view_file.opened(file.getvalue()))
        except Refused as reason:
            view.notes = [say(reason)]

    st.caption(t("Open a JSON file downloaded from Alignscope to restore its view."))
    st.file_uploader(
        t("JSON file"),
        type="json",
        key=view.key("file"),
        on_change=take_over,
        max_upload_size=view_file.LARGEST // 10**6,
        label_visibility="collapsed",
    )
