"""What can be taken away of whole trainings: a table of what was measured, a GIF, and a page that plays offline."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from engine.inference.replay.frames import Replay, Scores
from webapp.figures import replay as drawn
from webapp.figures.canvas import Canvas
from webapp.figures.drawing.panels import panels
from webapp.figures.files import played
from webapp.figures.files.animated import gif
from webapp.figures.replay import Track, frame_at
from webapp.figures.scenes.wording import Wording
from webapp.i18n import catalogue, language, t
from webapp.shell.frame import BYTE_ORDER, File
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.shared import replayed

MOST_PICTURES = 40  # of a GIF


def offer(view: View, files: Sequence[File], stamp: Stamp) -> None:
    """A button for each."""
    st.caption(t("The whole training:"))
    with st.container(horizontal=True, gap="small"):
        for label, suffix, media, make in files:
            name, key = stamp.file("training", suffix), view.key(f"training_{suffix}")
            st.download_button(label, make, file_name=name, mime=media, key=key, on_click="ignore")


def of(replays: Mapping[str, Replay], tracks: Sequence[Track], canvas: Canvas, stamp: Stamp) -> list[File]:
    """Each with how it is made once it is asked for."""
    title, facts = ", ".join(track.title for track in tracks), stamp.facts()
    made: list[File] = [
        ("CSV", "csv", "text/csv", lambda: BYTE_ORDER + scores(replays)),
        ("HTML", "html", "text/html", lambda: played.html(canvas, title, stamp.line(), facts)),
    ]
    if updates := _with_maps(tracks):
        # Whatever a picture says is settled here, for it is made where no visitor is known any more.
        wording = replayed.wording()
        words = Words(wording, t("share"), t("After update {update}"), catalogue(language()).gettext)
        made.append(("GIF", "gif", "image/gif", lambda: gif(_panels(tracks, update, words) for update in updates)))
    return made


def scores(replays: Mapping[str, Replay]) -> str:
    """A row for each frame of each training; empty where nothing was measured."""
    into = io.StringIO()
    table = csv.writer(into, lineterminator="\r\n")
    table.writerow(["training", "update", *Scores._fields, "score is"])
    for name, replay in replays.items():
        for frame in replay.frames:
            values = ["" if value is None else repr(value) for value in frame.scores]
            table.writerow([name, frame.update, *values, replay.about.measure])
    return into.getvalue()


def _with_maps(tracks: Sequence[Track]) -> list[int]:
    """The updates at which there is a map of any of them, evenly thinned."""
    updates = sorted(
        {
            track.replay.frames[number].update
            for track in tracks
            if track.looked is not None and track.probe is not None
            for number in drawn.numbers_of(track.replay)
            if track.replay.frames[number].views[track.probe].cells is not None
            and len(track.replay.frames[number].views[track.probe].rows)
        }
    )
    step = -(-len(updates) // MOST_PICTURES) or 1
    return [*updates[:-1:step], *updates[-1:]]


@dataclass(frozen=True)
class Words:
    """What pictures say, in the language of whoever asked for them."""

    wording: Wording
    unit: str
    note: str
    translate: Callable[[str], str]


def _panels(tracks: Sequence[Track], update: int, words: Words) -> str:
    """The maps at one update side by side; at least one of the trainings has one."""
    named = []
    for track in tracks:
        if track.looked is None or track.probe is None:
            continue
        view = frame_at(track.replay, update).views[track.probe]
        if (
            scene := drawn.matrix(
                track.looked, view, words.wording, words.unit, sentence=words.translate(drawn.SENTENCE)
            )
        ) is not None:
            named.append((track.title, scene))
    return panels(named, note=words.note.format(update=update), t=words.translate)
