"""The Chat page: a message to the engine, its replies with what ranks them, and where the model looked."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.conversation import Answer
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.chat import as_code, controls, figures, scores


@st.fragment
def main(view: View) -> None:
    """The message and its replies: whatever is set here leaves the rest of the page alone."""
    if view.notes:
        st.rerun()  # a file was opened: its notes stand above
    place = heading(
        t("Chat"),
        t(
            "Say something: a small model, taught by everyday dialogues, replies. It has no memory: of the "
            "conversation it knows this one message and nothing else."
        ),
    )
    if not controls.models():
        st.info(t("No model that replies is here yet; `python -m engine train` makes one."))
        view.leave()
        return
    controls.ask(view)
    try:
        _answer(view, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def ask(view: View) -> Answer:
    """The one question to the engine. Raises Refused."""
    return gateway.conversation.reply(
        view["model"], clean(view["text"]), weighed=view["weighed"], choose=view["candidate"] - 1
    )


def _answer(view: View, place: DeltaGenerator) -> None:
    answer = ask(view)
    info = controls.models()[view["model"]]
    controls.choose(view, answer)
    pictures = figures.show(view, answer)
    scores.show(view, answer, info)
    scores.measured(info)
    written, query = answer.translation, view.query(whole=True)
    stamp = Stamp(info.name, view.fingerprint(view.values()), written.text)
    shown = frame.as_json(pictures)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.replied(answer, info, query, shown),
        lambda: as_code.as_code(
            info.name,
            written.text,
            weighed=view["weighed"],
            candidate=written.chosen + 1,
            attends=written.trace is not None,
        ),
    )
