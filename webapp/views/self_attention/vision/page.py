"""The Self-attention page over a model that reads pictures: the picture, what it is taken for, and where heads look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.capture import edit_codes
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, view_file
from webapp.shell.controls import segments
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.uploads import Photo
from webapp.shell.view import View
from webapp.views.self_attention import as_code, changes, controls, open_head
from webapp.views.self_attention import overview as all_heads
from webapp.views.self_attention import picture_choice as choice
from webapp.views.self_attention.open_head import Asked
from webapp.views.self_attention.vision import answer as output
from webapp.views.self_attention.vision import heads

if TYPE_CHECKING:
    from engine.capture.overview import Overview
    from webapp.figures.heads import Pair


@dataclass(frozen=True, eq=False)
class Seen(Asked):
    """One picture as the model saw it, and as it did before it was changed; `query` is the position that looks."""

    query: int

    @property
    def overview(self) -> Overview:
        return self.now.overviews[0]


def main(view: View, name: str, place: DeltaGenerator) -> None:
    """Raises Refused."""
    photo = choice.chosen(view)
    before = gateway.heads.look(name, "", image=photo.content)
    now = before
    if view["edits"]:
        with changes.taken_back_where_refused(view):
            now = gateway.heads.look(name, "", edits=edit_codes.edits(view["edits"]), image=photo.content)
    asked = Seen(name, before, now, heads.query(view, now))
    if now.picture is not None and now.picture.frames > 1:
        sentence = t("This picture moves: of its {count} frames the first is read.")
        st.info(sentence.format(count=now.picture.frames), icon=":material/animation:")
    pictures = output.answer(view, now, before if asked.changed else None)
    changes.made(view)
    opened, drawn = _where(view, asked)
    pictures += opened
    weights, query = gateway.heads.weights_sha256(name), view.query(whole=True)
    stamp = Stamp(name, weights[:8], f"{photo.name} (sha256 {photo.digest[:16]})")
    lacks = t(choice.LACKS) if choice.is_own(view) else ""
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.attention(now, name, weights, query),
        lambda: as_code.of_picture(_as_seen(view, asked, drawn, photo)),
        lacks,
    )


def _as_seen(view: View, asked: Seen, drawn: as_code.Drawn, photo: Photo) -> as_code.Seen:
    """What is written as code."""
    return as_code.Seen(
        asked.name,
        photo.name,
        drawn,
        None if view["drawn"] == "map" else asked.query,
        None if choice.is_own(view) else view["picture"],
        tuple(view["edits"]),
        view["special"],
        view["cell"] and drawn.reading is None,
    )


def _where(view: View, asked: Seen) -> tuple[list[Picture], as_code.Drawn]:
    """Where the model looked: all heads with the open one beside them, or a reading of all of them together; gives the
    figures, and what is open."""
    _what(view, asked)
    if view["reading"] != "heads":
        return heads.reading(view, asked.name, asked.now, asked.query)
    overview = asked.overview
    controls.sort(view, overview.toward, overview.entropy.size)
    looks = gateway.heads.looks(asked.name, asked.now, overview.kind, asked.query)
    drawn = heads.overview(view, asked.now, looks, asked.query)
    pictures = [Picture("heads", t("All heads"), drawn, drawn)]
    with st.container(horizontal=True, gap="medium"):
        with st.container(gap="xxsmall", width=all_heads.width(overview)):
            all_heads.overview(view, drawn)
        before = gateway.heads.looks(asked.name, asked.before, overview.kind, asked.query)
        pair = heads.chosen(view, asked.before, before, drawn.shown)
        with st.container(gap="xxsmall", width="stretch"):
            pictures += _head(view, asked, pair)
    all_heads.table(view, drawn)
    trace = asked.head(overview.kind, pair)
    pictures += open_head.more(view, asked, overview.kind, pair, trace, heads.cell(view, trace, asked.query))
    return pictures, as_code.Drawn(overview.kind, *pair)


def _what(view: View, asked: Seen) -> None:
    """How attention is read, and how that is shown."""
    options = heads.readings(asked.now)
    if view["reading"] not in options:
        view["reading"] = "heads"
    with st.container(horizontal=True, gap="medium"):
        segments(t("Show"), options, view.key("reading"), t(controls.EACH_OR_ALL))
        segments(t("View as"), heads.SHAPES, view.key("drawn"), t(heads.SHAPE_MEANING[view["drawn"]]))


def _head(view: View, asked: Seen, pair: Pair) -> list[Picture]:
    """The open head; what it was beside it, where it was changed."""
    title = open_head.heading(view, asked.overview, pair)
    kind = asked.overview.kind
    trace = asked.head(kind, pair)
    pictures = heads.figure(view, "head", asked.now, trace.matrix(), asked.query, title=title, opened=pair)
    was = asked.head_before(kind, pair, trace)
    if was is not None:
        st.caption(t("**As the model is**, without the change:"))
        heads.figure(view, "before", asked.before, was.matrix(), asked.query, title=t("As the model is"), alone=True)
    return pictures
