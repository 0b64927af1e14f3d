"""All that can be set on the Translate page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.attention import imposed_codes
from engine.errors import Refused
from engine.inference.translation import Translation
from webapp.examples.sentences import EXAMPLES, examples
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import controls, names
from webapp.shell.fields import choice, count, flag, text
from webapp.shell.typed import LONGEST_TEXT
from webapp.shell.view import View
from webapp.views.shared import best_head, imposed, made
from webapp.views.shared.chosen_heads import Heads
from webapp.views.translate import as_read

BEAMS, BEAM = 10, 5  # the widest, and the one a page opens with
MOST_HEADS = 64
MOST_PARTS = 999
# What the controls at the side stand by.
BESIDE = ("model", "unit", "end", "both_ways", "own", "beam", "hypothesis", "layer", "head", "later")
BEST = "best"
READINGS = {
    "both": N_("Attention + effect"),
    "attention": N_("Attention"),
    "effect": N_("Effect"),
    BEST: N_("Best alignment"),
}
# Which of them are read in both directions; the ids are those of links.
JOINED = {"effect": N_("Effect"), "1": N_("Both figures"), "0": N_("Neither")}
SHAPES = {"map": N_("Heat map"), "lines": N_("Lines"), "table": N_("Table")}
AS_TRAINED = "own"
STEPS = {0: N_("Same step"), 1: N_("One step later"), 2: N_("Two steps later")}
UNITS = {"words": N_("Words"), "pieces": N_("Subwords")}


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    known = gateway.listing.models()
    default = gateway.listing.default_model()

    def example(values: Mapping[str, Any]) -> str:
        return examples(known[values["model"]].source_language)[0]

    fields = {
        "model": choice("m", list(known), default),
        "text": text("t", example({"model": default}), follows=example),
        "exact": replace(flag("x"), formerly=True, earlier=("1", "2")),
        "part": count("p", 1, MOST_PARTS),
        "own": flag("o"),
        "target": text("y"),
        "beam": replace(count("b", 1, BEAMS, BEAM), formerly=1),
        "hypothesis": count("n", 1, BEAMS),
        "reading": replace(choice("r", list(READINGS)), formerly="attention"),
        "shape": choice("s", list(SHAPES)),
        "unit": choice("u", list(UNITS)),
        "end": flag("e"),
        "both_ways": replace(choice("j", list(JOINED)), formerly="0"),
        "mass": count("k", 5, 100, 75, step=5),
        "layer": count("l", 0, MOST_HEADS, 0),
        "head": count("a", 0, MOST_HEADS, 0),
        "later": choice("i", [AS_TRAINED, *map(str, STEPS)]),
        "imposed": made.field("w", imposed_codes.change),
        "decoded": choice("f", list(imposed.DECODED)),
    }
    return View("translate", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that translates."""
    return gateway.listing.fingerprint(values["model"])


def ask(view: View) -> None:
    """The model, the sentence, and sentences to try."""
    known = gateway.listing.models()
    labels = names.models(known)  # asked for many times in one run
    source = known[view["model"]].source_language
    with st.container(horizontal=True, gap="small"):
        controls.model(view, labels, _follow_language, width=260)
        controls.sentence(view, source)
    controls.to_try(view, source)
    as_read.other_language(view, labels, _follow_language)
    as_read.note(view)
    as_read.parts(view)
    if view["own"]:
        st.text_input(t("Your translation"), key=view.key("target"), max_chars=LONGEST_TEXT)


def _follow_language(view: View) -> None:
    """An example becomes the same one in the language of the new model; what somebody typed stays."""
    view["own"] = False
    source = gateway.listing.models()[view["model"]].source_language
    for sentences in EXAMPLES.values():
        if view["text"] in sentences:
            view["text"] = examples(source)[sentences.index(view["text"])]
            return


def look(view: View) -> None:
    """What is drawn, and how."""
    info = gateway.listing.models()[view["model"]]
    known = {name: label for name, label in READINGS.items() if name != BEST or (info.consensus and info.attends)}
    if view["reading"] not in known:
        view["reading"] = "both"
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if info.attends:
            controls.segments(t("Show"), known, view.key("reading"))
        controls.segments(t("View as"), SHAPES, view.key("shape"))
        if view["shape"] == "lines":
            meaning = t("For each word, draw the strongest lines that together carry this much of its attention.")
            st.slider(t("Attention shown (%)"), 5, 100, step=5, key=view.key("mass"), help=meaning, width=260)


def settings(view: View) -> None:
    """What few need every time."""
    with controls.setting(t("The model works on subwords; “Words” merges them back into words.")):
        controls.segments(t("Unit"), UNITS, view.key("unit"))
    favours = names.favours(gateway.listing.models()[view["model"]])
    rescaled = t("When hidden, the other weights are rescaled to add up to 100 %.")
    as_they_are = t("When hidden, the other weights stay as they are: the window has taken a part of each row.")
    with controls.setting(as_they_are if favours else rescaled):
        st.toggle(t("Show end-of-sentence mark"), key=view.key("end"))
    _heads(view)
    _step(view)
    _joining(view)
    with controls.setting(t("Score a translation you type and see where the model would look while writing it.")):
        st.toggle(t("Use my own translation"), key=view.key("own"), on_change=_begin_own, args=(view,))
    if view["own"]:
        return
    with controls.setting(
        t("How many candidate translations are kept at each step; 1 always takes the likeliest next subword (greedy).")
    ):
        st.slider(t("Beam width"), 1, BEAMS, key=view.key("beam"))
    if view["beam"] > 1:
        if view["hypothesis"] > view["beam"]:
            view["hypothesis"] = view["beam"]
        with controls.setting(t("The search returns as many candidates as the beam is wide, best first.")):
            st.slider(t("Candidate"), 1, view["beam"], key=view.key("hypothesis"))


def _joining(view: View) -> None:
    """Which figures combine both directions, where there is a model of the other one."""
    back = gateway.listing.reverse(view["model"])
    if back is None:
        return
    meaning = t("Also align with the reverse model ({model}) and keep what both agree on.")
    with controls.setting(meaning.format(model=names.models(gateway.listing.models())[back])):
        controls.segments(t("Combine both directions"), JOINED, view.key("both_ways"))


def back(view: View, kind: str) -> str | None:
    """The model of the other direction with which a reading is combined, None where it stands by itself."""
    combined = view["both_ways"] == "1" or view["both_ways"] == kind
    return gateway.listing.reverse(view["model"]) if combined else None


def _heads(view: View) -> None:
    """Which head is drawn, for a model that has several; 0 leaves it to the rule."""
    info = gateway.listing.models()[view["model"]]
    layers, heads = info.cross_heads
    if (layers, heads) == (1, 1):
        return
    best = best_head.best(info)
    first = t("Second to last") if best is None else t("Best on average (layer {layer})").format(layer=best.layer + 1)
    layered = {0: first, **{i: str(i) for i in range(1, layers + 1)}}
    every = {0: t("Average of all heads"), **{i: str(i) for i in range(1, heads + 1)}}
    with controls.setting(t("This Transformer has several attention heads in each layer.")):
        for name, label, options in (("layer", t("Layer"), layered), ("head", t("Head"), every)):
            if view[name] not in options:
                view[name] = 0
            st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name))


def _step(view: View) -> None:
    """At which step the attention to a word is read; the model's own way is none of the others."""
    info = gateway.listing.models()[view["model"]]
    if not info.attends:
        return
    if view["later"] == str(info.later):
        view["later"] = AS_TRAINED
    options = {AS_TRAINED if later == info.later else str(later): label for later, label in STEPS.items()}
    meaning = t(
        "Some models attend to a source word only at the step after its translation was written, or at the next."
    )
    trained = t("This model was trained to be read later.") if info.later else ""
    with controls.setting(joined(meaning, trained, best_head.sentence(info))):
        controls.segments(t("Read attention at"), options, view.key("later"))


def heads(view: View) -> Heads:
    """Whose attention is asked for, and how many steps later than the word it is read."""
    layer, head, later = view["layer"], view["head"], view["later"]
    info = gateway.listing.models()[view["model"]]
    best = best_head.best(info)
    by_itself = None if best is None else best.layer
    steps = info.later if later == AS_TRAINED else int(later)
    return Heads(layer - 1 if layer else by_itself, head - 1 if head else None, steps)


def _begin_own(view: View) -> None:
    """One's own translation begins with the one that stands there."""
    if view["own"] and not view["target"]:
        try:
            view["target"] = translated(view).output.text
        except Refused:
            view["target"] = ""


def translated(view: View, *, all_candidates: bool = False) -> Translation:
    """The model's own translation that is shown, with all others of its search where they are asked for.
    Raises Refused."""
    beam = view["beam"]
    choose = min(view["hypothesis"], beam) - 1
    nbest = beam if all_candidates else choose + 1
    return gateway.sentences.translate(view["model"], as_read.text(view), beam=beam, nbest=nbest, choose=choose)
