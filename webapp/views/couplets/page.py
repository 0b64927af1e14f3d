"""The Couplets page: a question to the engine, both lines as they hang by a door, and how they answer each other."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.translation import Translation
from engine.text.couplet import form
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.couplets import as_code, controls, figures, rules


@st.fragment
def main(view: View) -> None:
    """The first line and its answer: whatever is set here leaves the rest of the page alone."""
    if view.notes:
        st.rerun()  # a file was opened: its notes stand above
    place = heading(
        t("Couplets"),
        t(
            "Give the first line of a Chinese couplet (上联): a model answers with the second (下联), character by "
            "character."
        ),
    )
    if not controls.models():
        st.info(t("No model that writes couplets is here yet; `python -m engine train` makes one."))
        view.leave()
        return
    controls.ask(view)
    try:
        _answer(view, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def ask(view: View) -> Translation:
    """The one question to the engine. Raises Refused."""
    return gateway.couplets.write(
        view["model"],
        clean(view["text"]),
        fixed=clean(view["fixed"]),
        equal=view["equal"],
        lines=controls.LINES,
        choose=view["candidate"] - 1,
    )


def _answer(view: View, place: DeltaGenerator) -> None:
    written = ask(view)
    controls.choose(view, written)
    pictures = figures.show(view, written)
    rules.show(view, written, form(written.text, written.output.text))
    info = controls.models()[view["model"]]
    query = view.query(whole=True)
    stamp = Stamp(info.name, gateway.listing.fingerprint(info.name), written.text)
    shown = frame.as_json(pictures)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.written(written, info, query, shown),
        lambda: as_code.as_code(
            info.name,
            written.text,
            clean(view["fixed"]),
            equal=view["equal"],
            lines=controls.LINES,
            candidate=written.chosen + 1,
            attends=written.trace is not None,
        ),
    )
