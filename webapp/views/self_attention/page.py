"""The Self-attention page from top to bottom: the text, the answer, all heads, the open one, and what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.capture import edit_codes
from engine.traces import Trace
from webapp.figures.heads import Pair
from webapp.figures.scenes.scene import MatrixScene
from webapp.gateway.current import gateway
from webapp.i18n import counted, t
from webapp.shell import frame, view_file
from webapp.shell.controls import pieces_as_words
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.self_attention import (
    as_code,
    cell,
    changes,
    controls,
    finder,
    languages,
    open_head,
    output,
    reading,
    shown,
)
from webapp.views.self_attention import head as one
from webapp.views.self_attention import overview as all_heads
from webapp.views.self_attention.as_code import Drawn
from webapp.views.self_attention.open_head import Asked
from webapp.views.self_attention.vision import page

if TYPE_CHECKING:
    from engine.capture.overview import Overview


def main(view: View, place: DeltaGenerator) -> None:
    """Raises Refused."""
    name = controls.ask(view)
    if not name:
        st.info(t("Type the name of a model, such as google-bert/bert-base-uncased."), icon=":material/info:")
        return
    if not gateway.heads.ready(name):
        controls.fetch(view, name)
        return
    if gateway.heads.sees(name):
        page.main(view, name, place)
        return
    with changes.taken_back_where_refused(view):
        asked = ask(view, name)
    cuts = asked.before.cuts
    stopped = cuts.pop("stopped", None)
    for side, count in cuts.items():
        st.info(_cut(side, count), icon=":material/content_cut:")
    pictures = _answer(view, asked)
    if stopped is not None:
        st.caption(f":material/content_cut: {_stopped(stopped)}")
    changes.made(view)
    opened, drawn = _where(view, asked)
    pictures += opened
    if view["unit"] == "words":
        pieces_as_words(asked.now.request.text, asked.now.request.pair or "", asked.now.output.text or "")
    weights, query = gateway.heads.weights_sha256(name), view.query(whole=True)
    stamp = Stamp(name, weights[:8], asked.now.request.text)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.attention(asked.now, name, weights, query),
        lambda: as_code.of_text(_as_shown(view, asked, drawn)),
    )


def _as_shown(view: View, asked: Asked, drawn: Drawn) -> as_code.Shown:
    """What is written as code."""
    request = asked.now.request
    return as_code.Shown(
        asked.name,
        request.text,
        drawn,
        request.pair,
        (request.source_language, request.target_language),
        tuple(view["edits"]),
        shown.parted(view, drawn.kind),
        view["cell"] and drawn.reading is None,
    )


def _cut(side: str, count: int) -> str:
    if side == "target_read":
        sentence = counted(
            "The second text is longer than the model reads: only its first {count} token was read.",
            "The second text is longer than the model reads: only its first {count} tokens were read.",
            count,
        )
    else:
        sentence = counted(
            "The text is longer than the model reads: only its first {count} token was read.",
            "The text is longer than the model reads: only its first {count} tokens were read.",
            count,
        )
    return sentence.format(count=count)


def _stopped(count: int) -> str:
    return counted(
        "The answer was cut off after {count} step: the model had not finished it.",
        "The answer was cut off after {count} steps: the model had not finished it.",
        count,
    ).format(count=count)


def ask(view: View, name: str) -> Asked:
    """The question to the engine, twice where something was changed. Raises Refused."""
    text, pair = clean(view["text"]), clean(view["pair"]) or None
    codes = languages.chosen(view, name)
    before = gateway.heads.look(name, text, pair, languages=codes)
    if not view["edits"]:
        return Asked(name, before, before)
    changed = edit_codes.edits(view["edits"])
    return Asked(name, before, gateway.heads.look(name, text, pair, changed, languages=codes))


def _answer(view: View, asked: Asked) -> list[Picture]:
    if not asked.changed:
        return output.answer(view, asked.now, None, ())
    by = gateway.heads.compare(asked.before, asked.now)
    return output.answer(view, asked.now, asked.before, by)


def _where(view: View, asked: Asked) -> tuple[list[Picture], Drawn]:
    """Where the model looked: all heads with the open one beside them, or a reading of all of them together; gives the
    figures, and what is open."""
    controls.what(view, [overview.kind for overview in asked.now.overviews])
    if view["reading"] != "heads":
        picture, opened = reading.show(view, asked.name, asked.now, all_heads.kind(view, asked.now))
        return [picture], opened
    overview = all_heads.wanted(view, asked.name, asked.now)
    controls.sort(view, overview.toward, overview.entropy.size)
    drawn = all_heads.scene(view, overview)
    pictures = [Picture("heads", t("All heads"), drawn, drawn)]
    with st.container(horizontal=True, gap="medium"):
        with st.container(gap="xxsmall", width=all_heads.width(overview)):
            all_heads.overview(view, drawn)
        before = all_heads.wanted(view, asked.name, asked.before) if asked.changed else overview
        pair = all_heads.chosen(view, before, drawn.shown)
        trace = asked.head(overview.kind, pair)
        wide = one.width(view, *_scenes(view, trace))
        with st.container(gap="xxsmall", width="stretch" if asked.changed else wide):
            pictures.append(_head(view, asked, overview, pair, trace))
    all_heads.table(view, drawn)
    if overview.kind == "cross":
        finder.finder(view, asked.name)
    pictures += open_head.more(view, asked, overview.kind, pair, trace, cell.place(view, trace))
    return pictures, Drawn(overview.kind, *pair)


def _head(view: View, asked: Asked, overview: Overview, pair: Pair, trace: Trace) -> Picture:
    """The open head; what it was beside it, where it was changed."""
    title = open_head.heading(view, overview, pair)
    one.look(view)
    drawn, numbers = _scenes(view, trace)
    places = shown.shown(view, trace)

    def pick(row: int, column: int) -> None:
        view["query"], view["key"] = places.rows[row] + 1, places.columns[column] + 1
        view["cell"] = True

    was = asked.head_before(overview.kind, pair, trace)
    with st.container(horizontal=True, gap="medium"):
        with st.container(gap="xxsmall", width=one.width(view, drawn, numbers)):
            one.figure(view, "head", drawn, numbers, title=title, opened=pair, pick=pick)
            st.caption(controls.said_of(one.MEANING[view["shape"]], view["unit"]))
        if was is not None:
            old, behind = _scenes(view, was)
            with st.container(gap="xxsmall", width=one.width(view, old, behind)):
                st.caption(t("**As the model is**, without the change:"))
                one.figure(view, "before", old, behind, title=t("As the model is"))
    return Picture(shown.called(view, "head", overview.kind), title, drawn, numbers)


def _scenes(view: View, trace: Trace) -> tuple[one.Drawn, MatrixScene]:
    return one.scenes(view, shown.shown(view, trace), own=view["each"])
