"""Both levels of a hierarchical attention network, as the page shows them."""

from __future__ import annotations

import streamlit as st

from engine.inference.step_by_step.hierarchy.mistakes import MISTAKES
from engine.inference.step_by_step.hierarchy.opened import OpenedText
from engine.inference.step_by_step.hierarchy.small_case import SENTENCES
from engine.inference.step_by_step.quantities import Changes, Place
from engine.schemas import steps
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell.as_code import AsCode
from webapp.shell.typed import passage
from webapp.shell.view import View
from webapp.views.step_by_step import as_code, menus
from webapp.views.step_by_step.as_code import Made
from webapp.views.step_by_step.hierarchy import controls, equation, mistakes
from webapp.views.step_by_step.kind import SMALL, Kind


def _open(view: View, made: Changes, mistake: str) -> OpenedText:
    """Raises Refused."""
    sentence, bare = view["sentence"] - 1, view["bare"]
    if view["classifier"] == SMALL:
        return gateway.steps.small_text(sentence, made, mistake, bare=bare)
    return gateway.steps.text(view["classifier"], passage(view["review"]), sentence, made, mistake, bare=bare)


def _explain(view: View, opened: OpenedText) -> None:
    """The equations of one word, and of its sentence."""
    word = controls.word(view, opened)
    menus.words(view, "place", t("Word t"), opened.text.words[opened.sentence], word)
    for line in equation.lines(opened, word):
        st.latex(line)


def _focus(view: View, opened: OpenedText) -> Place:
    return Place("word_scores", controls.word(view, opened))


def _as_code(view: View, opened: OpenedText, made: Made) -> AsCode:
    model = None if view["classifier"] == SMALL else view["classifier"]
    return as_code.of_levels(model, passage(view["review"]), opened.sentence, opened.bare, made)


KIND: Kind[OpenedText] = Kind(
    label=N_("Both levels of a hierarchical classifier"),
    title=N_("Words make sentences, sentences make a text: number by number"),
    about=N_(
        "How a hierarchical attention network (HAN) weighs the words of each sentence, and then the sentences. Click "
        "any number to change it, and all that follows is computed anew."
    ),
    fields=controls.fields,
    model="classifier",
    text="review",
    small_text=". ".join(" ".join(words) for words in SENTENCES),
    question=("classifier", "review", "sentence"),
    mistakes=MISTAKES,
    ask=controls.ask,
    open=_open,
    choose=controls.choose,
    explain=_explain,
    focus=_focus,
    effect=mistakes.effect,
    outcome=mistakes.outcome,
    facts=steps.of_levels,
    as_code=_as_code,
    code=N_("The code of this attention"),
    way_out=controls.first_again,
)
