"""The three pictures: a translation, a review and all heads of a Transformer, each of a model that ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from engine.errors import Refused
from webapp.components import show
from webapp.examples.for_model import example
from webapp.examples.reviews import REVIEWS
from webapp.figures import canvas, document, heads
from webapp.figures.drawing.bars import percent
from webapp.figures.scenes.wording import Wording
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import frame, names
from webapp.views.shared import pair_reading

if TYPE_CHECKING:
    from engine.inference.document_reading import Shade

GROUP = "start"
BEAM = 5  # as wide as the search that Translate opens with, so that its answer is there already
REVIEW = REVIEWS["en"]["turn"]


class Shown(NamedTuple):
    """A picture: its title, what it shows, the script of the page that shows more of it with that page's name and
    icon, the pixels that it takes down, what draws it, and what the link to that page says so that it opens with this
    very picture. `draw` raises Refused where there is no model for it."""

    name: str
    title: str
    meaning: str
    script: str
    label: str
    icon: str
    height: int
    draw: Callable[[], None]
    query: Mapping[str, str] = MappingProxyType({})


def translation() -> None:
    """Where the translator that Translate opens with looked, as that page asks it."""
    name = gateway.listing.default_model()
    answered = gateway.sentences.translate(name, example(gateway.listing.models()[name]), beam=BEAM)
    kind = pair_reading.KINDS[answered.trace is None]
    if kind == "effect":
        answered = gateway.sentences.with_effect(name, answered)
    scene = pair_reading.matrix(pair_reading.read(answered, kind, by_words=True, end=False))
    frame.figure(frame.drawn(replace(scene, note=""), group=GROUP), key="start_translation")


def review() -> None:
    """What the classifier of Documents answers to a review, and the words and the sentences that it looked at."""
    reading = gateway.documents.read(gateway.listing.default_classifier(), REVIEW)
    best = reading.predicted
    share = t("{value} %").format(value=percent(reading.probabilities[best]))
    verdict = t("{label}, {share}").format(label=names.label(reading.labels[best]), share=share)
    shade: Shade = "combined" if reading.sentences is None else "relative"  # what is flat has no sentences
    scene = document.document(reading, shade, unit=t("× even"), bar_unit=t("share"))
    st.markdown(f"**{verdict}**")
    frame.figure(frame.drawn(replace(scene, note=""), group=f"{GROUP}_review", compact=True), key="start_review")


def all_heads() -> None:
    """Every head of every layer of the Transformer that Self-attention opens with."""
    info = next(iter(gateway.heads.models().values()), None)
    if info is None:
        raise Refused("There is no Transformer here yet; `python -m engine train` makes one.")
    overview, share = gateway.heads.look(info.name, example(info)).overviews[0], t("{value} %")
    tooltip = {t("entropy"): overview.entropy, t("distance"): overview.distance}
    scene = heads.grid(overview, unit=t("weight"), tooltip=tooltip, title=t("All heads"))
    scene = replace(scene, ends=(share.format(value=0), share.format(value=100)), wording=Wording(value=share))
    show([canvas.heads(scene, group=f"{GROUP}_heads", t=t)], key="start_heads", t=t)


ALL = (
    Shown(
        "translation",
        N_("A translation"),
        N_(
            "Each row is a word that the model wrote; the stronger a cell's colour, the more it looked at that word of "
            "the sentence above."
        ),
        "translate",
        N_("Translate"),
        "translate",
        380,
        translation,
    ),
    Shown(
        "review",
        N_("A review"),
        N_(
            "A network that reads words into sentences and sentences into an answer (HAN): the stronger the colour of "
            "a word and the longer the bar of a sentence, the more they counted."
        ),
        "documents",
        N_("Documents"),
        "article",
        240,
        review,
        {"v": "2", "t": REVIEW},
    ),
    Shown(
        "heads",
        N_("All heads of a Transformer"),
        N_("Each small picture is one attention head: a row for each layer, a column for each head."),
        "self_attention",
        N_("Self-attention"),
        "blur_on",
        420,
        all_heads,
    ),
)
