"""The decoders side by side: what each wrote, how likely it holds that and the common translation, and its maps."""

from __future__ import annotations

import hashlib

import streamlit as st

from engine.traces import Read
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import frame, names
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.shared import pair_reading
from webapp.views.shared.chosen_heads import Heads
from webapp.views.shared.formulas import stacked
from webapp.views.shared.output_tokens import signed
from webapp.views.without_attention.answers import Answer

WIDTH = 262  # pixels of a card
NO_ATTENTION = N_("No attention, so there is no map of where it looked.")


def show(view: View, answers: list[Answer]) -> list[Picture]:
    """A card for each; gives the maps to take along."""
    pictures = []
    with st.container(horizontal=True, gap="small"):
        for answer in answers:
            with st.container(width=WIDTH, gap="xxsmall"):
                pictures += _card(view, answer)
    return pictures


def _card(view: View, answer: Answer) -> list[Picture]:
    form, output = answer.form, answer.own.output
    st.header(form.label, anchor=False)
    st.text(output.text)
    figures = t("log-prob: its own {own}, common {common}")
    st.caption(figures.format(own=signed(output.logprob), common=signed(answer.common.output.logprob)))
    pictures = [_map(view, answer, reading) for reading in _readings(view, answer)]
    if answer.own.trace is None and view["reading"] != "effect":
        st.caption(t(NO_ATTENTION))
    trick = form.trick
    if trick is not None:
        st.latex(trick.formula)
    st.latex(stacked(form.decoder.formula))
    meaning, paper = (trick.meaning, trick.source) if trick else (form.decoder.meaning, form.decoder.source)
    st.caption(f"{t(meaning)}  \n{names.source(paper)}")
    return pictures


def _readings(view: View, answer: Answer) -> list[Read]:
    """What is drawn of an answer, effect first, since all have it."""
    wanted: list[Read] = ["effect"] if view["reading"] != "attention" else []
    return [*wanted, "attention"] if answer.own.trace is not None and view["reading"] != "effect" else wanted


def _map(view: View, answer: Answer, kind: Read) -> Picture:
    """One map, drawn, with what its files say of it."""
    info = gateway.listing.models()[answer.model]
    reading = pair_reading.read(answer.own, kind, by_words=True, end=view["end"], heads=Heads(later=info.later))
    scene = pair_reading.matrix(reading)
    # The sentence lights up in all maps, a translation only in those that stand over the same words.
    group = f"without-{hashlib.sha256(answer.own.output.text.encode()).hexdigest()[:8]}"
    st.caption(reading.title)
    drawn = frame.drawn(scene, group=group, column_group="without", compact=True)
    frame.figure(drawn, key=view.key(f"{kind}_{answer.form.name}"))
    facts = {
        "reading": kind,
        "unit": pair_reading.UNIT[kind],
        "directions": "one",
        "end of sentence": "shown" if view["end"] else "left out",
        "translation": answer.own.output.text,
        "beam": "1",
    }
    return Picture(
        f"{answer.form.name}-{kind}",
        joined(f"{answer.form.label} –", reading.title),
        scene,
        scene,
        frozenset(reading.links),
        Stamp(answer.model, gateway.listing.fingerprint(answer.model), answer.own.text),
        facts,
    )
