"""All runs of this server in one table: sorted by a click on a column, filtered by words, opened by a row."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from engine.attention import SCORES
from engine.runs.queue import ENDED, Run
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import names
from webapp.shell.view import View
from webapp.views.train import controls, states

EVERY = 5.0  # seconds between two looks at trainings that go on


def show(view: View) -> None:
    """The table, and above it the box that filters; nothing where there is no run yet."""
    going = any(run.state not in ENDED for run in gateway.runs.all().values())
    st.fragment(_show, run_every=EVERY if going else None)(view)


def _show(view: View) -> None:
    runs = list(gateway.runs.all().values())
    if not runs:
        return
    st.header(t("All trainings"), anchor=False)
    words = ""
    if len(runs) > 5:
        words = st.text_input(t("Filter"), key=view.key("filter"), placeholder=t("a word of title, state or network"))
    rows = [(run, row) for run in runs if _fits(row := _row(run), words)]
    if not rows:
        st.caption(t("No training fits these words."))
        return
    state = st.dataframe(
        pd.DataFrame([row for _, row in rows]),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=_columns(),
        placeholder="–",
        alt=t("All trainings"),
        key=view.key("table"),
    )
    st.caption(t("Tick rows to open trainings: the first is shown in full, and the curves of the others beside it."))
    chosen = [rows[place][0].name for place in state["selection"]["rows"] if place < len(rows)]
    if chosen and chosen != st.session_state.get("train chosen"):
        st.session_state["train chosen"] = chosen
        view["run"], view["beside"] = chosen[0], ".".join(chosen[1 : controls.MOST_BESIDE + 1])
        st.rerun()


def _fits(row: dict[str, object], words: str) -> bool:
    text = " ".join(map(str, row.values())).casefold()
    return all(word in text for word in words.casefold().split())


def _row(run: Run) -> dict[str, object]:
    config, point = gateway.runs.config(run.name), run.point
    curve = gateway.runs.curve(run.name)
    validations = [p.validation for p in curve.points if p.validation is not None]
    mine = gateway.runs.may(run.name, *controls.keys())
    return {
        "title": run.request.title,
        "state": t(states.STATE[run.state]),
        "task": t(controls.TASK[config.data.task]) if config else "",
        "network": _network(config.model) if config else "",
        "update": point.step if point else None,
        "loss": min(validations, default=None),
        "begun": run.request.created.replace("T", " ").removesuffix("Z"),
        "mine": t("yes") if mine else "",
    }


def _network(model: dict[str, object]) -> str:
    """The kind of network, and its scoring function where it is named."""
    kind = str(model.get("kind") or ("no_attention" if "design" in model else "attention"))
    label = t(controls.NETWORK[kind]) if kind in controls.NETWORK else kind
    score = str(model.get("score", ""))
    return f"{label} · {names.score(score)}" if score in SCORES else label


def _columns() -> dict[str, Any]:
    return {
        "title": st.column_config.TextColumn(t("Title"), width="medium"),
        "state": st.column_config.TextColumn(t("State")),
        "task": st.column_config.TextColumn(t("Task")),
        "network": st.column_config.TextColumn(t("Network")),
        "update": st.column_config.NumberColumn(t("Update"), format="localized"),
        "loss": st.column_config.NumberColumn(
            t("Best loss"),
            format="%.3f",
            help=t("On the development data, in nats per subword or text; less is better."),
        ),
        "begun": st.column_config.TextColumn(t("Put in the queue (UTC)")),
        "mine": st.column_config.TextColumn(t("Yours")),
    }
