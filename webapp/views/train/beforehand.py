"""What a training will take, before it is begun: whether there is memory for it, and once somebody asks how long it
takes, from a few updates of it that are tried on this machine."""

from __future__ import annotations

import math
import secrets

import streamlit as st

from engine.errors import Refused
from engine.training.config import TrainConfig
from engine.training.estimate import Estimate, fitted
from webapp.gateway.current import gateway
from webapp.gateway.estimates import Standing
from webapp.i18n import counted, t
from webapp.shell import frame
from webapp.shell.view import View
from webapp.views.train import states

EVERY = 1.0  # seconds between two looks at what is tried
ASKER = "train asker"
MB = 10**6


def show(view: View, config: TrainConfig, parameters: int, minutes: int) -> bool:
    """What is known of it by now; `minutes` it may take, 0 for as long as its config says. Whether it can be begun."""
    shortage = gateway.estimates.shortage(parameters)
    if shortage is not None:
        frame.refused(shortage.reason)
        return not shortage.for_good
    standing = gateway.estimates.look(config, _asker())
    if standing is None or standing.state == "refused":
        if standing is not None and standing.refusal is not None:
            frame.refused(standing.refusal)
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            _parameters(parameters)
            _ask(view, config, again=standing is not None)
        return standing is None
    if standing.estimate is None:
        _parameters(parameters)
        st.fragment(_waiting, run_every=EVERY)(view, config)
    else:
        _known(standing.estimate, config, minutes)
    return True


def _parameters(count: int) -> None:
    st.metric(t("Parameters"), f"{count:,}", width="content")


def _asker() -> str:
    """By what this visit is told from others."""
    if ASKER not in st.session_state:
        st.session_state[ASKER] = secrets.token_hex(8)
    return str(st.session_state[ASKER])


def _ask(view: View, config: TrainConfig, again: bool) -> None:
    label = t("Try again") if again else t("What will it take?")
    meaning = t(
        "A few updates are tried on this machine, which takes about as long as a training needs to begin. It says how "
        "many updates fit, how much memory it takes, and begins nothing."
    )
    if st.button(label, icon=":material/timer:", key=view.key("estimate"), help=meaning):
        try:
            gateway.estimates.ask(config, _asker())
        except Refused as reason:
            frame.refused(reason)
        else:
            st.rerun()


def _waiting(view: View, config: TrainConfig) -> None:
    """What is done for it now, with a way out."""
    standing = gateway.estimates.look(config, _asker())
    if standing is None or standing.state in ("known", "refused"):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_doing(standing), width="content")
        if st.button(t("Cancel"), key=view.key("estimate_cancel"), type="tertiary"):
            gateway.estimates.give_up(_asker())
            st.rerun()


def _doing(standing: Standing) -> str:
    if standing.state == "waiting" and standing.place > 1:
        before = standing.place - 1
        return counted(
            "{count} other training is tried first.", "{count} other trainings are tried first.", before
        ).format(count=before)
    return states.doing(standing.activity)


def _known(estimate: Estimate, config: TrainConfig, minutes: int) -> None:
    memory = t("The most that was held while its updates were tried. Its weights are {weights:,.0f} MB of that.")
    with st.container(horizontal=True, gap="medium"):
        _parameters(estimate.parameters)
        memory = memory.format(weights=estimate.weights / MB)
        st.metric(t("Memory, MB"), f"{estimate.peak / MB:,.0f}", width="content", help=memory)
        if minutes:
            label = counted("Updates in {count} minute", "Updates in {count} minutes", minutes).format(count=minutes)
            st.metric(label, f"{fitted(config, minutes, estimate.stages).loop.ends:,}", width="content")
        else:
            st.metric(t("Minutes to the end"), f"{math.ceil(estimate.seconds / 60):,}", width="content")
    st.caption(_pace(estimate))


def _pace(estimate: Estimate) -> str:
    """Of the last stage, from which the model comes."""
    stage = estimate.stages[-1]
    return counted(
        "Learns from {count:,} example. One update takes {update:,.0f} ms on this machine as it is now, a validation "
        "{validation:,.1f} s.",
        "Learns from {count:,} examples. One update takes {update:,.0f} ms on this machine as it is now, a validation "
        "{validation:,.1f} s.",
        stage.examples,
    ).format(count=stage.examples, update=1000 * stage.cost.update, validation=stage.cost.validation)
