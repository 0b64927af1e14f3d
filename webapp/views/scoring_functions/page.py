"""Controls, maps and leaderboard of the Scoring functions page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.attention import SCORES
from engine.errors import Refused
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import controls, frame, names, view_file
from webapp.shell.frame import Picture
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.view import View, choice, flag, several, text
from webapp.views.scoring_functions import comparison
from webapp.views.scoring_functions.comparison import Answer
from webapp.views.shared import pair_reading
from webapp.views.shared.chosen_heads import Heads
from webapp.views.shared.output_tokens import signed
from webapp.views.shared.pair_reading import Reading

TARGETS = {"same": N_("Same translation"), "own": N_("Own translations")}
BESIDE = ("scores", "target", "reading", "end")  # what the controls at the side stand by
CARD = 262  # pixels


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    fields = {
        "text": text("t", examples("en")[0]),
        "scores": several("x", list(gateway.listing.lab())),
        "target": choice("g", list(TARGETS)),
        "reading": choice("r", list(pair_reading.TITLE)),
        "end": flag("e"),
    }
    return View("scoring", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    """One for all the models shown together."""
    models = gateway.listing.lab()
    joined = "".join(gateway.listing.fingerprint(models[score]) for score in values["scores"] if score in models)
    return hashlib.sha256(joined.encode()).hexdigest()[:8]


def settings(view: View) -> None:
    """Which functions, reading what."""
    st.pills(
        t("Scoring functions"),
        list(gateway.listing.lab()),
        selection_mode="multi",
        format_func=names.score,
        key=view.key("scores"),
    )
    with controls.setting(
        t(
            "Let all models score the additive model's translation, so the maps are comparable, or "
            "show each model's own."
        )
    ):
        controls.segments(t("Translation"), TARGETS, view.key("target"))
    with controls.setting(t("Attention: where a model looked. Effect: which words actually mattered to it.")):
        controls.segments(t("Show"), pair_reading.TITLE, view.key("reading"))
    with controls.setting(t("When hidden, the other weights are rescaled to add up to 100 %.")):
        st.toggle(t("Show end-of-sentence mark"), key=view.key("end"))


@st.fragment
def compare(view: View, beside: Mapping[str, Any]) -> None:
    """The sentence and its maps: another sentence draws these anew and leaves the rest of the page alone.

    `beside` is what the controls at the side stand by, as they were drawn.
    """
    if view.notes or beside != view.some(BESIDE):
        st.rerun()  # a file was opened: the settings at the side must follow too
    place = heading(
        t("Attention scoring functions"),
        t(
            "One sentence, one model for each way to score how well a source word fits: each grid shows where that "
            "model looked, and below stands how well each one performs."
        ),
    )
    controls.sentence(view, "en")
    sentence = controls.to_try(view, "en")
    try:
        _maps(view, sentence, place)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def _maps(view: View, sentence: str, place: DeltaGenerator) -> None:
    """A card for each function: its map, formula, paper and numbers. Raises Refused."""
    models = gateway.listing.lab()
    chosen = [score for score in models if score in view["scores"]]
    if not chosen:
        raise Refused("Choose at least one scoring function.")
    kind = view["reading"]
    target = (
        gateway.sentences.translate(gateway.listing.default_model(), sentence).output.text
        if view["target"] == "same"
        else None
    )
    answers = comparison.ask(models, chosen, sentence, target=target or None, effect=kind == "effect")
    known = gateway.listing.models()
    readings = [
        pair_reading.read(a.translation, kind, by_words=True, end=view["end"], heads=Heads(later=known[a.model].later))
        for a in answers
    ]
    pictures = [_picture(view, answer, reading, sentence) for answer, reading in zip(answers, readings, strict=True)]
    if target:
        st.caption(t("All models score this translation:"))
        st.text(target)
    st.caption(joined(readings[0].meaning, readings[0].note, t("All maps share one colour scale.")))
    with st.container(horizontal=True, gap="small"):
        for answer, picture in zip(answers, pictures, strict=True):
            _card(view, answer, picture, own=not target)
    st.caption(
        t(
            "Additive and concat are the same function, as are linear and key-only; the gap within each pair shows how "
            "much is just training noise."
        )
    )
    stamp = Stamp("en-fr", view.fingerprint(view.values()), sentence)
    known, query = gateway.listing.models(), view.query(whole=True)
    written = [(answer.translation, known[answer.model]) for answer in answers]
    frame.take_away(place, view, pictures, stamp, lambda: view_file.compared(written, query))


def _picture(view: View, answer: Answer, reading: Reading, sentence: str) -> Picture:
    """The map of one function, with what its files say of it."""
    scene = pair_reading.matrix(reading)
    stamp = Stamp(answer.model, gateway.listing.fingerprint(answer.model), sentence)
    facts = {
        "reading": reading.kind,
        "unit": pair_reading.UNIT[reading.kind],
        "directions": "one",
        "end of sentence": "shown" if view["end"] else "left out",
        "translation": answer.translation.output.text,
        "beam": "given" if answer.translation.forced else "1",
    }
    links = frozenset(reading.links)
    return Picture(
        answer.score, names.score(answer.score), scene, scene, links, stamp, facts=facts, marks=(reading.kind,)
    )


def _card(view: View, answer: Answer, picture: Picture, own: bool) -> None:
    """One function: its map, and under it formula, paper and numbers."""
    cls, output = SCORES[answer.score], answer.translation.output
    # The sentence lights up in all maps, a translation only in those that stand over the same words.
    group = f"scoring-{hashlib.sha256(output.text.encode()).hexdigest()[:8]}"
    with st.container(width=CARD, gap="xxsmall"):
        st.header(picture.title, anchor=False)
        if own:
            st.text(output.text)
        drawn = frame.drawn(picture.scene, group=group, column_group="scoring", compact=True)
        frame.figure(drawn, key=view.key(f"map_{answer.score}"))
        st.latex(cls.formula)
        figures = t("log-prob {logprob} · spread {bits} bits (0 = one word)").format(
            logprob=signed(output.logprob), bits=f"{answer.bits:.2f}"
        )
        st.caption(f"{names.meaning(answer.score)}  \n{figures}  \n{names.source(cls.source)}")
