"""All that can be set on the page Without attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.errors import Refused
from engine.evaluation.by_length import JOINED
from engine.store.catalogue import ModelInfo
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import controls
from webapp.shell.fields import choice, count, flag, several, text
from webapp.shell.typed import LONGEST_TEXT, clean
from webapp.shell.view import View
from webapp.views.without_attention import forms
from webapp.views.without_attention.forms import FORMS

READINGS = {"both": N_("Attention + effect"), "attention": N_("Attention"), "effect": N_("Effect")}
FIGURES = {"bleu": N_("BLEU"), "logprob_per_piece": N_("Log-probability per subword")}
BESIDE = ("forms", "reading", "end", "own")  # what the controls at the side stand by
MOST = max(JOINED)  # sentences in a row, as many as are joined where it is measured
AT_FIRST = 2
BEAM = 5  # of the translation that all are asked about


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    compared = forms.models()
    fields = {
        "text": text("t", examples(source_language(compared))[0]),
        "own": flag("o"),
        "target": text("y"),
        "forms": several("x", list(compared)),
        "reading": choice("r", list(READINGS)),
        "end": flag("e"),
        "sentences": count("n", 1, MOST, AT_FIRST),
        "figure": choice("c", list(FIGURES)),
    }
    return View("without", fields, fingerprint)


def source_language(compared: Mapping[str, ModelInfo]) -> str | None:
    """The language that the compared models read; English where none is there."""
    return next((info.source_language for info in compared.values()), "en")


def fingerprint(values: Mapping[str, Any]) -> str:
    """One for all the models shown together, and the one whose translation they are asked about."""
    compared = forms.models()
    shown = [compared[name].name for name in values["forms"] if name in compared]
    judge = forms.referee(compared)
    return gateway.listing.fingerprint_of_all([*shown, *([judge.name] if judge else [])])


def settings(view: View) -> None:
    """Which decoders, reading what."""
    compared = forms.models()
    if not compared:
        return
    st.pills(
        t("Decoders"),
        list(compared),
        selection_mode="multi",
        format_func=lambda name: FORMS[name].label,
        key=view.key("forms"),
    )
    with controls.setting(t("Attention: where a model looked. Effect: which words actually mattered to it.")):
        controls.segments(t("Show"), READINGS, view.key("reading"))
    with controls.setting(t("When hidden, the other weights are rescaled to add up to 100 %.")):
        st.toggle(t("Show end-of-sentence mark"), key=view.key("end"))
    with controls.setting(t("Type the translation that all decoders are asked about, in place of a better model's.")):
        st.toggle(t("Use my own translation"), key=view.key("own"), on_change=_begin_own, args=(view, compared))


def _begin_own(view: View, compared: Mapping[str, ModelInfo]) -> None:
    """One's own translation begins with the one that stands there."""
    if view["own"] and not view["target"]:
        try:
            view["target"] = common_translation(view, compared)
        except Refused:
            view["target"] = ""


def common_translation(view: View, compared: Mapping[str, ModelInfo]) -> str:
    """The translation of the sentence that all are asked about, where none was typed. May refuse."""
    return best_translation(compared, clean(view["text"]))


def best_translation(compared: Mapping[str, ModelInfo], sentence: str) -> str:
    """What the referee makes of a sentence. May refuse."""
    judge = forms.referee(compared)
    assert judge is not None  # there are models to compare
    text = gateway.sentences.translate(judge.name, sentence, beam=BEAM).output.text
    if not text:
        raise Refused("{model} writes nothing for this sentence; use your own translation.", model=judge.name)
    return text


def ask(view: View, compared: Mapping[str, ModelInfo]) -> str:
    """The sentence, sentences to try, and one's own translation where that was wanted."""
    language = source_language(compared)
    controls.sentence(view, language)
    sentence = controls.to_try(view, language)
    if view["own"]:
        st.text_input(t("Your translation"), key=view.key("target"), max_chars=LONGEST_TEXT)
    return sentence
