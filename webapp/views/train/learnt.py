"""What a training can do by now: a few texts that it is shown at each validation, what it makes of them, and where it
looked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.errors import Refused
from engine.inference.replay.frames import Frame, Replay
from engine.runs.queue import Run
from webapp.gateway.current import gateway
from webapp.i18n import escaped, joined, t
from webapp.shell import frame
from webapp.shell.fields import VERSION
from webapp.shell.view import View
from webapp.views.shared import replayed

CLASSIFIES = "classification"
PLAYED = 4  # trainings that the page Replay shows side by side
LABEL = 60  # characters of a probe in the menu


def show(view: View, run: Run, beside: Sequence[Run]) -> None:
    """The last frame of its replay; nothing before there is one. From its first it is played with those beside it."""
    try:
        replay = gateway.replays.open(run.model)
    except Refused:
        return
    if not replay.frames:
        return
    newest = replay.frames[-1]
    st.subheader(t("What it can do after update {update:,}").format(update=newest.update), anchor=False)
    probe = _choose(view, run, replay)
    _output(replay, newest, probe)
    scene = replayed.scene(replay.about, newest, probe)
    if scene is not None:
        frame.figure(frame.drawn(scene, group="train"), key=view.key("map"))
    if scene is not None and newest.views[probe].over is not None:
        st.caption(replayed.in_two_levels(replay.about))
    st.caption(_measured(replay, newest))
    known = [name for name in (run.model, *(each.model for each in beside)) if name in gateway.replays.all()]
    st.page_link(
        "app_pages/replay.py",
        label=t("Watch from the first update"),
        icon=":material/replay:",
        query_params={"m": ".".join(known[:PLAYED]), "v": str(VERSION)},
    )


def _choose(view: View, run: Run, replay: Replay) -> int:
    probes = replay.about.probes
    labels = [each.text if len(each.text) <= LABEL else f"{each.text[:LABEL]}…" for each in probes]
    key = view.key(f"probe of {run.name}")
    return st.selectbox(
        t("Text that it never learnt from"), range(len(probes)), format_func=labels.__getitem__, key=key
    )


def _output(replay: Replay, newest: Frame, probe: int) -> None:
    written = newest.views[probe].text
    meaning = t("It answers: {text}") if replay.about.task == CLASSIFIES else t("It writes: {text}")
    st.markdown(meaning.format(text=f"**{escaped(written)}**" if written.strip() else t("nothing yet")))


def _measured(replay: Replay, newest: Frame) -> str:
    """What was measured of it then, on a sample of the development data."""
    scores, facts = newest.scores, []
    if scores.score is not None and replay.about.measure == "bleu":
        facts.append(
            t("BLEU {score:.1f} on {sample} sentences of the development data.").format(
                score=scores.score, sample=replay.about.scored
            )
        )
    elif scores.score is not None:
        facts.append(
            t("{share:.0f} % of {sample} texts of the development data are right.").format(
                share=100 * scores.score, sample=replay.about.scored
            )
        )
    if scores.aer is not None:
        facts.append(
            t("Alignment error rate {aer:.1f} % on {sample} sentences with links by people.").format(
                aer=100 * scores.aer, sample=replay.about.aligned
            )
        )
    if scores.entropy is not None:
        facts.append(t("Its rows spread over {bits:.1f} bits.").format(bits=scores.entropy))
    return joined(*facts)
