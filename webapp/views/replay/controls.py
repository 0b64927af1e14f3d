"""What can be set on the Replay page: which trainings are played, over which text; the player itself says when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine.inference.replay.frames import Probe, Replay
from engine.inference.replay.listing import SHIPPED
from engine.runs.queue import Run
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import names
from webapp.shell.fields import Field, count
from webapp.shell.view import View

MOST = 4  # trainings side by side
MOST_PROBES = 64
FIRST = 2  # trainings that the page opens with
PLAYER = "player"  # what the component's key ends with
END = -1
WIDE = 420  # pixels of a box, which stand one below the other on a small screen


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    fields = {
        "runs": _runs(gateway.replays.all()),
        "probe": count("p", 1, MOST_PROBES),
        "update": _update(),
    }
    return View("replay", fields, lambda values: "")


def _runs(known: Sequence[str]) -> Field:
    """Some of the trainings that there are, in the order in which they were chosen; those that come along at first."""
    shipped = [name for name in known if name.startswith(f"{SHIPPED}/")]

    def read(value: str) -> list[str]:
        wanted = list(dict.fromkeys(value.split(".")))
        if not 1 <= len(wanted) <= MOST or not set(wanted) <= set(known):
            raise ValueError("a training that is not there")
        return wanted

    def holds(value: Any) -> bool:
        return set(value) <= set(known)

    return Field("m", (shipped or list(known))[:FIRST], read, ".".join, holds)


def _update() -> Field:
    """The update at which the player stands, as u400; the end unless one is named."""

    def read(value: str) -> int:
        if not re.fullmatch(r"u[0-9]{1,10}|end", value):
            raise ValueError("no update")
        return END if value == "end" else int(value[1:])

    def write(value: int) -> str:
        return "end" if value == END else f"u{value}"

    return Field("u", END, read, write, lambda value: type(value) is int)


def label(name: str, replay: Replay | None = None) -> str:
    """What a training is called on the page."""
    run = gateway.runs.all().get(name.removeprefix("run:"))
    short = name.removeprefix(f"{SHIPPED}/") if run is None else _titled(run)
    if replay is None or replay.about.source_language is None or replay.about.target_language is None:
        return short
    languages = (names.language(code) for code in (replay.about.source_language, replay.about.target_language))
    return f"{short} ({' → '.join(languages)})"


def _titled(run: Run) -> str:
    """As it is called on the page Train; its name stands behind, for several may bear one title."""
    return t("{title} ({name})").format(title=run.request.title, name=run.name)


def runs(view: View) -> None:
    """Which trainings are played."""
    st.multiselect(
        t("Trainings"),
        gateway.replays.all(),
        format_func=label,
        key=view.key("runs"),
        max_selections=MOST,
        placeholder=t("Choose a training"),
        width=WIDE,
    )


def probe(view: View, probes: Sequence[Probe]) -> Probe:
    """Which of the texts that the first training looked at is shown."""
    if view["probe"] > len(probes):
        view["probe"] = 1
    written = {number: _written(each) for number, each in enumerate(probes, 1)}
    st.selectbox(t("Text"), list(written), format_func=written.__getitem__, key=view.key("probe"), width=WIDE)
    return probes[view["probe"] - 1]


def _written(probe: Probe) -> str:
    return probe.text if probe.target is None else f"{probe.text} → {probe.target}"


def moved(view: View) -> None:
    """The player came to rest at an update, as the browser says: what is no update is left out."""
    act = st.session_state.get(view.key(PLAYER), {}).get("act")
    update = act.get("update") if isinstance(act, dict) else None
    if type(update) is int and 0 <= update < 10**10:
        view["update"] = update
