"""Where the words got lost: the sentence made longer, and what each decoder still knows of every word of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from engine.store.catalogue import ModelInfo
from webapp.figures.scenes.scene import TextScene
from webapp.gateway.current import gateway
from webapp.i18n import N_, counted, joined, t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.shared.output_tokens import signed
from webapp.views.shared.pair_reading import FULL
from webapp.views.without_attention import answers, controls
from webapp.views.without_attention.answers import Joined, Known
from webapp.views.without_attention.forms import FORMS

WIDTH = 372  # pixels of a card
MEANING = N_(
    "The stronger a word's colour, the more it still matters: by so much the common translation becomes less likely if "
    "that word is hidden (3 nats or more, 20× less likely, is strongest). Words without colour are lost."
)
COUNTED = N_(
    "A word counts as one that matters if the translation is at least 2.7× less likely without it (1 nat). How well "
    "such words are put to use is told by the log-probability."
)
UNSEEN = N_(
    "The models learnt from single sentences for the most part, so several in a row are strange to all of them."
)


def show(view: View, compared: Mapping[str, ModelInfo], chosen: list[str], sentence: str, target: str) -> list[Picture]:
    """The slider and a card for each decoder; gives the texts to take along. May refuse."""
    st.header(t("Where the words got lost"), anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.slider(t("Sentences in a row"), 1, controls.MOST, key=view.key("sentences"), width=260)
        with st.container(width="stretch", gap="xxsmall"):
            st.caption(joined(t(MEANING), t(COUNTED)))
    lengths = answers.lengthened(compared, sentence, target, view["sentences"])
    st.caption(joined(_named(view["sentences"]), t("The translation that all are asked about:")))
    st.text(lengths[-1].target)
    pictures = []
    with st.container(horizontal=True, gap="small"):
        for name in chosen:
            with st.container(width=WIDTH, gap="xxsmall"):
                pictures.append(_card(view, name, compared[name].name, lengths))
    return pictures


def _named(count: int) -> str:
    """What was joined to the sentence."""
    if count == 1:
        return t("One sentence, nothing joined to it yet.")
    sentence = counted(
        "Your sentence and {count} example sentence behind it, joined.",
        "Your sentence and {count} example sentences behind it, joined.",
        count - 1,
    )
    return joined(sentence.format(count=count - 1), t(UNSEEN))


def _card(view: View, name: str, model: str, lengths: list[Joined]) -> Picture:
    """The joined sentences as one decoder knows them, and how that was while they were shorter."""
    trail = [answers.known(model, each) for each in lengths]
    scene, label = _scene(trail[-1]), FORMS[name].label
    st.subheader(label, anchor=False)
    drawn = frame.drawn(scene, group="without-longer", compact=True)
    frame.figure(drawn, key=view.key(f"words_{name}"))
    of_words = counted("**{matter} of {count} word matters**", "**{matter} of {count} words matter**", trail[-1].count)
    matter = of_words.format(matter=trail[-1].matter, count=trail[-1].count)
    before = " → ".join(f"{known.matter}/{known.count}" for known in trail)
    by_length = t("as sentences were added: {counts}").format(counts=before) if len(trail) > 1 else ""
    piece = t("log-prob per subword {value}").format(value=signed(trail[-1].per_piece))
    st.caption(" · ".join(filter(None, (matter, by_length, piece))))
    facts = {
        "reading": "effect on the whole translation",
        "unit": scene.unit,
        "sentences joined": str(len(lengths)),
        "translation": lengths[-1].target,
        "beam": "given",
    }
    stamp = Stamp(model, gateway.listing.fingerprint(model), lengths[-1].source)
    return Picture(f"{name}-words", label, scene, scene, stamp=stamp, facts=facts)


def _scene(known: Known) -> TextScene:
    """The source, each word on a ground as strong as the translation leans on it."""
    return TextScene(
        words=known.words,
        values=known.drops,
        shades=np.clip(known.drops / FULL, 0, 1),
        unit=t("nats"),
        maximum=FULL,
        note=t(MEANING),
        side="source",
    )
