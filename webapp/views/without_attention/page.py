"""The page Without attention: one sentence through all decoders, then made longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.store.catalogue import ModelInfo
from webapp.gateway.current import gateway
from webapp.i18n import joined, t
from webapp.shell import frame, names, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.shared import pair_reading
from webapp.views.without_attention import answers, as_code, cards, controls, forms, longer


@st.fragment
def main(view: View, beside: Mapping[str, Any]) -> None:
    """The sentence and what became of it: another one draws these anew and leaves the rest of the page alone.

    `beside` is what the controls at the side stand by, as they were drawn.
    """
    if view.notes or beside != view.some(controls.BESIDE):
        st.rerun()  # a file was opened: the settings at the side must follow too
    place = heading(
        t("Without attention"),
        t(
            "Before attention, a decoder knew its sentence by one vector alone. Here is one sentence through the four "
            "decoders as they are taught, and through two tricks."
        ),
    )
    compared = forms.models()
    if not compared:
        st.info(t("None of these models is here yet. Train one of them, and it is found."), icon=":material/info:")
        view.leave()
        return
    sentence = controls.ask(view, compared)
    try:
        _answers(view, compared, sentence, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def _answers(view: View, compared: Mapping[str, ModelInfo], sentence: str, place: DeltaGenerator) -> None:
    """Cards, the longer sentence, and what can be taken along. Raises Refused."""
    chosen = [name for name in compared if name in view["forms"]]
    if not chosen:
        raise Refused("Choose at least one decoder.")
    target = clean(view["target"]) if view["own"] else controls.common_translation(view, compared)
    judge = forms.referee(compared)
    whose = t("typed by you") if view["own"] or judge is None else names.model(judge)
    answered = answers.ask(compared, chosen, sentence, target)
    st.caption(t("The common translation, so that likelihoods compare ({whose}):").format(whose=whose))
    st.text(target)
    pictures = cards.show(view, answered)
    st.caption(
        joined(
            t("Log-probabilities are in nats, of the whole translation and its end; nearer to 0 is likelier."),
            t("Effect: by how much each word of the translation becomes less likely if a source word is hidden."),
            t("All maps share one colour scale."),
        )
    )
    pictures += longer.show(view, compared, chosen, sentence, target)
    pair = next(iter(compared.values()))
    stamp = Stamp(f"{pair.source_language}-{pair.target_language}", view.fingerprint(view.values()), sentence)
    known, query = gateway.listing.models(), view.query(whole=True)
    written = [(made, known[answer.model]) for answer in answered for made in (answer.own, answer.common)]
    facts = [{"decoder": answer.form.name, "translation": whose} for answer in answered for whose in ("own", "common")]
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.compared(written, query, facts),
        lambda: as_code.as_code(_shown(view, compared, answered, (sentence, target))),
    )


def _shown(
    view: View, compared: Mapping[str, ModelInfo], answered: Sequence[answers.Answer], pair: tuple[str, str]
) -> as_code.Shown:
    """What is written as code."""
    longer = answers.lengthened(compared, *pair, view["sentences"])[-1]
    return as_code.Shown(
        tuple(answer.model for answer in answered),
        tuple(answer.model for answer in answered if answer.own.trace is not None),
        pair,
        (longer.source, longer.target),
        pair_reading.KINDS if view["reading"] == "both" else (view["reading"],),
        view["end"],
    )
