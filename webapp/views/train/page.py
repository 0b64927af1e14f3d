"""The page Train: a new training, the one that is open, and all that there are."""

from __future__ import annotations

import streamlit as st

from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.shell.view import View
from webapp.views.shared import deleted
from webapp.views.train import controls, form, live, table


def main(view: View) -> None:
    """What goes on stands above what could be begun, once there is any of it."""
    place = heading(
        t("Train"),
        t("Train a model on this machine and watch it learn. It goes on when you leave, and every page can use it."),
    )
    with place:
        _link(view)
    live.show(view)
    form.show(view)
    table.show(view)
    _deleted(view)
    _server()
    view.leave()


def _link(view: View) -> None:
    """A link to the open run, and one that always shows what is trained now."""
    run = controls.opened(view)
    if run is None:
        return
    with frame.drawer(t("Link to this view"), "link", view.key("link")):
        link = view.link() if view["run"] == run.name else None
        if link is not None:
            st.caption(t("This training:"))
            st.code(link, language=None)
        st.caption(t("Always what is trained now, or else the newest training:"))
        st.code((st.context.url or "").partition("?")[0], language=None)


def _deleted(view: View) -> None:
    """For whoever deleted trainings, now or long ago."""
    titles = {run.name: run.request.title for run in gateway.runs.deleted(*controls.keys())}
    deleted.show(view, titles, lambda name: gateway.runs.restore(name, *controls.keys()), "run")


def _server() -> None:
    """For whoever runs the server: the key that lets them stop anybody's training."""
    if not gateway.runs.all():
        return
    with st.expander(t("I run this server")):
        st.text_input(
            t("Server key"),
            type="password",
            key=controls.KEY,
            width=320,
            help=t("It was printed where the server was started. With it you can stop and delete every training."),
        )
