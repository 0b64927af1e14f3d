"""The maps of the Mechanisms page: one sentence, a card for each model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import controls as shared
from webapp.shell import frame, view_file
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.mechanisms import as_code, cards, comparison, controls, moving, surgery
from webapp.views.mechanisms.forms import along
from webapp.views.shared import pair_reading
from webapp.views.shared.chosen_heads import Heads

TWINS = N_(
    "Additive and concat are the same function, as are linear and key-only; the gap within each pair shows how "
    "much is just training noise."
)
ALONE = N_("Of these only one is here yet. Below stands how to train the others.")
WINDOW = N_(
    "The line at the foot of a row is its window and the dot its centre; the curve is the Gaussian that the weights "
    "are multiplied by."
)
EQUALLY = N_(
    "All of them were trained equally long: {count:,} updates. The ten scoring functions were trained for {lab:,}, so "
    "compare these with each other only."
)


@st.fragment
def compare(view: View, beside: Mapping[str, Any]) -> None:
    """The sentence and its maps: another sentence draws these anew and leaves the rest of the page alone.

    `beside` is what the controls at the side stand by, as they were drawn.
    """
    if view.notes or beside != view.some(controls.BESIDE):
        st.rerun()  # a file was opened or another axis chosen: the settings at the side must follow too
    place = heading(
        t("Attention mechanisms"),
        t(
            "One sentence, read by models that differ in one part of their attention: each grid shows where that model "
            "looked, and below stands how well each one performs."
        ),
    )
    controls.axis(view)
    shared.sentence(view, "en")
    sentence = shared.to_try(view, "en")
    try:
        _maps(view, sentence, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def _maps(view: View, sentence: str, place: DeltaGenerator) -> None:
    """A card for each model: its map, formula, paper and numbers. Raises Refused."""
    chosen = controls.chosen(view.values())
    if not chosen:
        raise Refused("Choose at least one model.")
    kind = view["reading"]
    target = (
        gateway.sentences.translate(gateway.listing.default_model(), sentence).output.text
        if view["target"] == "same"
        else None
    )
    answers = comparison.ask(chosen, sentence, target=target or None, effect=kind == "effect")
    readings = [
        pair_reading.read(a.translation, kind, by_words=True, end=view["end"], heads=Heads(later=a.shown.info.later))
        for a in answers
    ]
    if target:
        st.caption(t("All models score this translation:"))
        st.text(target)
    st.caption(joined(readings[0].meaning, readings[0].note, t("All maps share one colour scale.")))
    pictures = []
    with st.container(horizontal=True, gap="small"):
        for answer, reading in zip(answers, readings, strict=True):
            note = "" if reading.note == readings[0].note else reading.note
            pictures += cards.card(view, answer, reading, own=not target, note=note)
    st.caption(_remark(view["axis"]))
    moving.show(view, answers)
    changed, more = surgery.panel(view, answers, common=bool(target))
    stamp = Stamp("en-fr", view.fingerprint(view.values()), sentence)
    query, written = view.query(whole=True), [(answer.translation, answer.shown.info) for answer in answers]
    facts = [answer.facts | surgery.facts(changed, answer) for answer in answers]
    names = [answer.shown.info.name for answer in answers]
    draws = kind == "attention" and any(answer.drawn is not None for answer in answers)
    frame.take_away(
        place,
        view,
        pictures + more,
        stamp,
        lambda: view_file.compared(written, query, facts),
        lambda: as_code.as_code(
            names, sentence, target or None, kind, end=view["end"], draws=draws, imposed=_imposed(view, changed)
        ),
    )


def _imposed(view: View, changed: Collection[str]) -> as_code.Imposing | None:
    return as_code.Imposing(tuple(view["imposed"]), tuple(changed)) if changed else None


def _remark(axis: str) -> str:
    """What must be known of the models of an axis to compare them."""
    if axis == "score":
        return t(TWINS)
    models = along(axis)
    line = t(WINDOW) if axis == "window" else ""
    lengths = [shown.info.updates for shown in (*models[:1], *along("score")[:1])]
    equally = t(EQUALLY).format(count=lengths[0], lab=lengths[-1]) if lengths[0] != lengths[-1] else ""
    return joined(line, equally, t(ALONE) if len(models) == 1 else "")
