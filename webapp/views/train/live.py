"""One training as it goes on: how it stands, what can be done with it, its curves."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine.errors import Refused
from engine.runs import queue
from engine.runs.queue import GOING, Run
from engine.training.config import TrainConfig
from engine.training.written import written
from webapp.figures.charts.learning import Learning, learning, spoken
from webapp.gateway.current import gateway
from webapp.i18n import N_, escaped, say, t
from webapp.shell.fields import VERSION
from webapp.shell.view import View
from webapp.views.train import controls, learnt, states

EVERY = 2.0  # seconds between two looks at a training that goes on
DELETED = "train deleted"
PAGES = {
    "translation": ("translate", N_("Translate")),
    "classification": ("documents", N_("Documents")),
    "couplet": ("couplets", N_("Couplets")),
    "conversation": ("chat", N_("Chat")),
    "language": ("self_attention", N_("Self-attention")),
}
"""Where the model of each task is shown, and what that page is called."""


def show(view: View) -> None:
    """The run that is open; looked at again and again as long as it goes on, or waits."""
    _undo(view)
    run = controls.opened(view)
    if run is None:
        st.caption(t("Nothing has been trained here yet. What you start goes on when this page is closed."))
        return
    if view["run"] not in ("", run.name):
        st.warning(
            t("The training {name} is not here: it may have been deleted. Another one is shown.").format(
                name=escaped(view["run"])
            )
        )
    going = run.state in (*GOING, "waiting", "interrupted")
    st.fragment(_run, run_every=EVERY if going else None)(view, run.name, going)


def _run(view: View, name: str, going: bool) -> None:
    try:
        run = gateway.runs.find(name)
    except Refused:
        st.rerun()
    if going and run.state not in (*GOING, "waiting", "interrupted"):
        st.rerun()  # it has ended: nothing is to be looked at again, and its model is in all menus
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(escaped(controls.title(run)), anchor=False)
        st.badge(t(states.STATE[run.state]), color="blue" if going else "red" if run.state == "failed" else "green")
    if run.point is not None:
        st.progress(min(1.0, run.point.step / max(1, run.point.updates)))
    st.markdown(states.sentence(run))
    if run.request.note:
        st.caption(escaped(run.request.note))
    _actions(view, run)
    beside = _beside(view, run)
    _curves(view, run, beside)
    learnt.show(view, run, beside)


def _actions(view: View, run: Run) -> None:
    config = gateway.runs.config(run.name)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.stored and config is not None:
            page, label = PAGES[config.data.task]
            st.page_link(
                f"app_pages/{page}.py",
                label=t("Open on {page}").format(page=t(label)),
                icon=":material/open_in_new:",
                query_params={"m": run.model, "v": str(VERSION)},
            )
            st.page_link(
                "app_pages/models.py",
                label=t("Its card, to download"),
                icon=":material/inventory_2:",
                query_params={"m": run.model, "v": str(VERSION)},
            )
        if gateway.runs.may(run.name, *controls.keys()):
            _changes(view, run)
        if config is not None:
            _settings(view, config)
    if not gateway.runs.may(run.name, *controls.keys()):
        st.caption(t("Somebody else began this training: only they can stop it or delete it."))


def _changes(view: View, run: Run) -> None:
    """What its owner can do with it."""
    if run.state in ("running", "starting", "waiting", "interrupted"):
        meaning = t(
            "It ends after the update that it is at. The best model until then is stored, and it can go on later."
        )
        if _button(view, run, "stop", t("Stop"), ":material/stop:", queue.stop, meaning):
            st.rerun()
    left = run.state in ("stopped", "failed") or (run.state == "interrupted" and not run.place)
    if left and _button(view, run, "resume", t("Go on"), ":material/play_arrow:", queue.resume):
        st.rerun()
    if run.state not in GOING and _button(view, run, "delete", t("Delete"), ":material/delete:", queue.delete):
        st.session_state[DELETED] = (run.name, run.request.title)
        view["run"] = ""
        st.rerun()
    with st.popover(t("Rename"), icon=":material/edit:"):
        title = st.text_input(t("Title"), run.request.title, max_chars=100, key=view.key(f"title of {run.name}"))
        note = st.text_area(t("Note"), run.request.note, max_chars=1000, key=view.key(f"note of {run.name}"))
        saved = st.button(t("Save"), key=view.key(f"save {run.name}"))
        if saved and _change(lambda name: queue.rename(name, title, note), run.name):
            st.rerun()


def _button(
    view: View, run: Run, name: str, label: str, icon: str, change: Callable[[str], None], meaning: str | None = None
) -> bool:
    """A button that changes the run; whether it did."""
    pressed = st.button(label, icon=icon, key=view.key(f"{name} {run.name}"), help=meaning)
    return pressed and _change(change, run.name)


def _change(change: Callable[[str], None], name: str) -> bool:
    try:
        gateway.runs.change(change, name, *controls.keys())
    except Refused as reason:
        st.toast(say(reason))
        return False
    return True


def _settings(view: View, config: TrainConfig) -> None:
    with st.popover(t("Settings"), icon=":material/tune:"):
        st.caption(t("By this file it is trained; `python -m engine train` does the same with it."))
        st.code(written(config), language="toml")


def _undo(view: View) -> None:
    """For whoever deleted a run just now."""
    if DELETED not in st.session_state:
        return
    name, title = st.session_state[DELETED]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("{title} was deleted.").format(title=escaped(title)))
        if st.button(t("Undo"), key=view.key("undo"), icon=":material/undo:"):
            del st.session_state[DELETED]
            try:
                gateway.runs.restore(name, *controls.keys())
            except Refused as reason:
                st.toast(say(reason))
            view["run"] = name
            st.rerun()


def _beside(view: View, run: Run) -> list[Run]:
    """The runs that are to be seen beside the open one."""
    known = gateway.runs.all()
    return [known[name] for name in dict.fromkeys(view["beside"].split(".")) if name in known and name != run.name]


def _curves(view: View, run: Run, beside: list[Run]) -> None:
    """The losses of the run, and of those beside it."""
    trainings = [_learning(each) for each in (run, *beside)]
    trainings = [each for each in trainings if each.losses]
    if not trainings:
        return
    x_title, y_title = t("Updates"), t("Loss (nats)")
    figure = learning(trainings, x_title=x_title, y_title=y_title)
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=spoken(trainings), key=view.key("curves"))
    st.caption(
        t(
            "Faint: the loss on what it learns from. Strong: on development data, which it never learns from; the "
            "model of its lowest point is the one that is stored."
        )
    )


def _learning(run: Run) -> Learning:
    points = gateway.runs.curve(run.name).points
    losses = [(point.step, point.loss) for point in points]
    return Learning(controls.title(run), losses, [(p.step, p.validation) for p in points if p.validation is not None])
