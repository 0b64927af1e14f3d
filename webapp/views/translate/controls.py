"""All that can be set on the Translate page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.errors import Refused
from engine.inference.translator import Translation
from webapp.examples.sentences import EXAMPLES, examples
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import controls, names
from webapp.shell.view import LONGEST_TEXT, View, choice, clean, count, flag, text
from webapp.views.shared import best_head
from webapp.views.shared.pair_reading import Heads

BEAMS = 10
MOST_HEADS = 64
# What the controls at the side stand by.
BESIDE = ("model", "unit", "end", "both_ways", "own", "beam", "hypothesis", "layer", "head", "later")
READINGS = {"attention": N_("Attention"), "effect": N_("Effect"), "both": N_("Both")}
SHAPES = {"map": N_("Heat map"), "lines": N_("Lines"), "table": N_("Table")}
UNITS = {"words": N_("Words"), "pieces": N_("Pieces")}


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    known = gateway.listing.models()
    default = gateway.listing.default_model()

    def example(values: Mapping[str, Any]) -> str:
        return examples(known[values["model"]].source_language)[0]

    fields = {
        "model": choice("m", list(known), default),
        "text": text("t", example({"model": default}), follows=example),
        "own": flag("o"),
        "target": text("y"),
        "beam": count("b", 1, BEAMS),
        "hypothesis": count("n", 1, BEAMS),
        "reading": choice("r", list(READINGS)),
        "shape": choice("s", list(SHAPES)),
        "unit": choice("u", list(UNITS)),
        "end": flag("e"),
        "both_ways": flag("j"),
        "mass": count("k", 5, 100, 75, step=5),
        "layer": count("l", 0, MOST_HEADS, 0),
        "head": count("a", 0, MOST_HEADS, 0),
        "later": flag("i"),
    }
    return View("translate", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    return gateway.listing.fingerprint(values["model"])


def ask(view: View) -> None:
    """The model, the sentence, and sentences to try."""
    known = gateway.listing.models()
    labels = {name: names.model(info) for name, info in known.items()}  # asked for many times in one run
    source = known[view["model"]].source_language
    with st.container(horizontal=True, gap="small"):
        controls.model(view, labels, _follow_language, width=260)
        controls.sentence(view, source)
    controls.to_try(view, source)
    if view["own"]:
        st.text_input(t("Your translation"), key=view.key("target"), max_chars=LONGEST_TEXT)


def _follow_language(view: View) -> None:
    """An example becomes the same one in the language of the new model; what somebody typed stays."""
    view["own"] = False
    source = gateway.listing.models()[view["model"]].source_language
    for given in EXAMPLES.values():
        if view["text"] in given:
            view["text"] = examples(source)[given.index(view["text"])]
            return


def look(view: View) -> None:
    """What is drawn, and how."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        controls.segments(t("What to read"), READINGS, view.key("reading"))
        controls.segments(t("Shown as"), SHAPES, view.key("shape"))
        if view["shape"] == "lines":
            meaning = t("Each word keeps its strongest lines until they carry this share of its row.")
            label = t("Share drawn, %")
            st.slider(label, 5, 100, step=5, key=view.key("mass"), help=meaning, width=260)


def settings(view: View) -> None:
    """What few need every time."""
    with controls.setting(t("Models read and write pieces of words; whole words are joined from them.")):
        controls.segments(t("Rows and columns"), UNITS, view.key("unit"))
    with controls.setting(t("Show the mark `</s>`. Without it, rows are made to sum to 1 again.")):
        st.toggle(t("End of sentence"), key=view.key("end"))
    _heads(view)
    if (back := gateway.listing.reverse(view["model"])) is not None:
        said = t("Read the pair backwards too ({model}) and keep what both directions agree on.")
        with controls.setting(said.format(model=names.model(gateway.listing.models()[back]))):
            st.toggle(t("Join both directions"), key=view.key("both_ways"))
    with controls.setting(t("See how likely the model finds a translation you type, and where it would look.")):
        st.toggle(t("My own translation"), key=view.key("own"), on_change=_begin_own, args=(view,))
    if view["own"]:
        return
    with controls.setting(
        t("How many unfinished translations are kept at each step; 1 takes the likeliest piece at once.")
    ):
        st.slider(t("Beam width"), 1, BEAMS, key=view.key("beam"))
    if view["beam"] > 1:
        if view["hypothesis"] > view["beam"]:
            view["hypothesis"] = view["beam"]
        with controls.setting(t("The search gives as many translations as the beam is wide, best first.")):
            st.slider(t("Translation shown"), 1, view["beam"], key=view.key("hypothesis"))


def _heads(view: View) -> None:
    """Which head is drawn, for a model that has several; 0 leaves it to the rule."""
    info = gateway.listing.models()[view["model"]]
    layers, heads = info.cross_heads
    if (layers, heads) == (1, 1):
        return
    found = best_head.best(info)
    first = t("Last but one") if found is None else t("The best on average: {layer}").format(layer=found.layer + 1)
    layered = {0: first, **{i: str(i) for i in range(1, layers + 1)}}
    every = {0: t("Mean of all"), **{i: str(i) for i in range(1, heads + 1)}}
    with controls.setting(t("This model looks several times at once, with several heads in each of its layers.")):
        for name, label, options in (("layer", t("Layer"), layered), ("head", t("Head"), every)):
            if view[name] not in options:
                view[name] = 0
            st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name))
    with controls.setting(best_head.said(info) or t("Some heads look for a word only once it stands there.")):
        st.toggle(t("One step later"), key=view.key("later"))


def heads(view: View) -> Heads:
    """Whose attention is asked for."""
    layer, head = view["layer"], view["head"]
    found = best_head.best(gateway.listing.models()[view["model"]])
    by_itself = None if found is None else found.layer
    return Heads(layer - 1 if layer else by_itself, head - 1 if head else None, view["later"])


def _begin_own(view: View) -> None:
    """One's own translation begins with the one that stands there."""
    if view["own"] and not view["target"]:
        try:
            view["target"] = found(view).output.text
        except Refused:
            view["target"] = ""


def found(view: View, *, effect: bool = False) -> Translation:
    """The model's own translation that is shown. Raises Refused."""
    beam = view["beam"]
    choose = min(view["hypothesis"], beam) - 1
    text = clean(view["text"])
    return gateway.sentences.translate(view["model"], text, beam=beam, nbest=beam, choose=choose, effect=effect)
