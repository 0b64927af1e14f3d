"""What can be set for the two levels of a hierarchical classifier: whose they are, which sentence, which word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.errors import Refused
from engine.inference.step_by_step.hierarchy.levels import LongSentence
from engine.inference.step_by_step.hierarchy.opened import OpenedText
from engine.inference.step_by_step.hierarchy.text import MOST_SENTENCES, MOST_WORDS
from engine.store.catalogue import ModelInfo
from webapp.examples.reviews import NAMES, reviews
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls, names
from webapp.shell.fields import Field, choice, count, flag, text
from webapp.shell.typed import LONGEST_PASSAGE
from webapp.shell.view import View
from webapp.views.step_by_step import menus
from webapp.views.step_by_step.kind import SMALL

OPENS_WITH = "turn"


def models() -> dict[str, ModelInfo]:
    """Classifiers with attention at two levels, the usual one first."""
    known = gateway.listing.models("classification")
    hierarchical = {name: info for name, info in known.items() if names.kind(info) == ("han", "attention")}
    favourite = gateway.listing.default_classifier() if known else ""
    return dict(sorted(hierarchical.items(), key=lambda pair: pair[0] != favourite))


def fields() -> dict[str, Field]:
    """What can be set, with the ids that stand in links."""
    known = models()
    default = next(iter(known), SMALL)

    def follow(values: Mapping[str, Any]) -> str:
        info = known.get(values["classifier"])
        return reviews(info.source_language if info else "en")[OPENS_WITH]

    return {
        "classifier": choice("dm", [*known, SMALL], default),
        "review": text("dt", follow({"classifier": default}), lines=True, follows=follow),
        "sentence": count("di", 1, MOST_SENTENCES),
        "place": count("dw", 1, MOST_WORDS),
        "bare": flag("db"),
    }


def ask(view: View) -> None:
    """Whose levels: a classifier with its text, or the small case."""
    known = models()
    labels = {name: names.classifier(info) for name, info in known.items()}
    labels[SMALL] = t("Small case: 3 sentences, 4 numbers a vector")

    def follow() -> None:
        info = known.get(view["classifier"])
        shown = {text for other in known.values() for text in reviews(other.source_language).values()}
        if info is not None and view["review"] in shown:
            view["review"] = reviews(info.source_language)[OPENS_WITH]
        view["sentence"] = view["place"] = 1

    key = view.key("classifier")
    st.selectbox(t("Model"), list(labels), format_func=labels.__getitem__, key=key, on_change=follow, width=420)
    if view["classifier"] == SMALL:
        st.caption(
            t(
                "What the word encoder gives and every parameter have two decimals, so that each line can be redone "
                "with a pocket calculator. This classifier has learnt nothing: its numbers were chosen."
            )
        )
        return
    language = known[view["classifier"]].source_language
    label = t("Text in {language}").format(language=names.language(language))
    st.text_area(label, key=view.key("review"), max_chars=LONGEST_PASSAGE, height=120)
    _examples(view, language)


def _examples(view: View, language: str | None) -> None:
    offered = {name: passage for name, passage in reviews(language).items() if name in NAMES and name != "long"}

    def take(picked: str) -> None:
        view["review"] = offered[picked]
        view["sentence"] = view["place"] = 1

    marked = next((name for name, passage in offered.items() if passage == view["review"]), None)
    labels = {name: t(NAMES[name]) for name in offered}
    controls.offered(view, "review_example", t("Examples"), labels, marked, take, wrap=False)


def choose(view: View, opened: OpenedText) -> None:
    """Which sentence is open at the word level, and whether the hidden layers are there."""
    labels = [" ".join(words[:3]) + ("…" if len(words) > 3 else "") for words in opened.text.words]
    turns = (t("Previous sentence"), t("Next sentence"))
    menus.along(view, "sentence", t("Sentence i"), labels, opened.sentence, turns)
    st.toggle(
        t("Leave the hidden layers out (equations 5 and 8)"),
        key=view.key("bare"),
        disabled=not opened.text.can_be_bare,
        help=t(
            "The scores are then taken from the states themselves. The learnt queries were learnt together with the "
            "layers, so this shows what the layers do here, and not what a network trained without them would do."
        ),
    )


def first_again(view: View, reason: Refused) -> None:
    """The way back from a sentence that is too long to be taken apart, where the menu of sentences is not drawn."""
    if view["sentence"] == 1 or not isinstance(reason, LongSentence):
        return

    def go() -> None:
        view["sentence"] = view["place"] = 1

    st.button(t("Back to the first sentence"), icon=":material/arrow_back:", key=view.key("first"), on_click=go)


def word(view: View, opened: OpenedText) -> int:
    """The word that the equation is written out for, from 0."""
    return min(int(view["place"]), len(opened.text.words[opened.sentence])) - 1
