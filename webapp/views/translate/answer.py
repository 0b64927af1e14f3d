"""What the Translate page answers: the words with how sure they are, and the alignment read as the visitor asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.translation import GUESSING, Translation
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, view_file
from webapp.shell.controls import pieces_as_words
from webapp.shell.heading import heading
from webapp.shell.stamp import Stamp
from webapp.shell.typed import clean
from webapp.shell.view import View
from webapp.views.shared import output_tokens
from webapp.views.shared.pair_reading import Kind
from webapp.views.translate import as_code, as_read, controls, figures, surgery, trust
from webapp.views.translate.as_code import Figure, Shown


@st.fragment
def main(view: View, beside: Mapping[str, Any]) -> None:
    """The sentence and its answer: another sentence draws these anew and leaves the rest of the page alone.

    `beside` is what the controls at the side stand by, as they were drawn.
    """
    if view.notes or beside != view.some(controls.BESIDE):
        st.rerun()  # another model was chosen or a file opened: the rest must follow
    place = heading(
        t("Translate and see the attention"),
        t("The grid shows which source words the model looked at while it wrote each word of the translation."),
    )
    controls.ask(view)
    try:
        with ExitStack() as hurry:
            hurry.enter_context(gateway.hurrying())
            translation = ask(view)
            words(view, translation)
            whole = st.empty()
            controls.look(view)
            surgery.follow(view, translation)
            view.leave()
            alignment(view, translation, place, hurry.close)
            as_read.whole(view, translation, whole)
    except Refused as reason:
        frame.refused(reason)
        view.leave()


def ask(view: View) -> Translation:
    """The one question to the engine, effect left aside. Raises Refused."""
    if not view["own"]:
        return controls.translated(view)
    return gateway.sentences.translate(view["model"], as_read.text(view), target=clean(view["target"]))


def words(view: View, translation: Translation) -> None:
    """The output, each word the darker the less sure the model was of it."""
    scene = output_tokens.surprise(translation, by_words=view["unit"] == "words", end=view["end"])
    with st.container(gap="xxsmall"):
        frame.figure(frame.drawn(scene, group=figures.GROUP, large=True), key=view.key("words"))
        st.caption(
            t(
                "Stronger colour = the model was less sure. Hover, tap or use the arrow keys for the probability and "
                "the runners-up."
            )
        )
        if not translation.forced and translation.output.sureness < GUESSING:
            st.caption(f":orange[:material/help:] {_guessing(translation)}")


def _guessing(translation: Translation) -> str:
    """That the model was not sure, by a number."""
    return t(
        "The model is guessing: on average it gave the subwords that it wrote {share} % (geometric mean). Of "
        "translations below {limit} %, about half are bad; words it never learnt, typing errors and other languages "
        "lead there."
    ).format(share=round(100 * translation.output.sureness), limit=round(100 * GUESSING))


def alignment(view: View, translation: Translation, place: DeltaGenerator, drawn_first: Callable[[], None]) -> None:
    """What was asked for side by side, what it means, and everything that can be taken away of it; `drawn_first` is
    called once there is something to see."""
    translation, pictures = figures.show(view, translation, drawn_first)
    drawn_first()  # what follows may wait for others
    imposition, changed = surgery.panel(view, translation)
    pictures += changed
    judged = trust.panel(view, translation)
    if view["unit"] == "words":
        pieces_as_words(translation.text, translation.output.text)
    info = gateway.listing.models()[view["model"]]
    query = view.query(whole=True)
    stamp = Stamp(info.name, gateway.listing.fingerprint(info.name), translation.text)
    shown = frame.as_json(pictures)
    written = partial(view_file.written, translation, info, query, shown, imposition, judged)
    code = as_shown(view, translation, changed=imposition is not None)
    if judged is not None:
        code = replace(code, judged=trust.place(view, translation), shuffles=judged[1] is not None)
    frame.take_away(place, view, pictures, stamp, written, lambda: as_code.as_code(code))
    _more(view, translation)


def as_shown(view: View, translation: Translation, *, changed: bool) -> Shown:
    """The question and the figures of the page, as they are written as code; `changed` where attention was."""
    kinds = figures.kinds(view, translation)
    drawn = tuple(_figure(view, translation, kind) for kind in kinds)
    beam, codes = view["beam"], tuple(view["imposed"]) if changed else ()
    shown = Shown(view["model"], translation.text, drawn, imposed=codes, searched=beam)
    if view["own"]:
        return replace(shown, target=clean(view["target"]))
    return replace(shown, beam=beam, candidate=min(view["hypothesis"], beam))


def _figure(view: View, translation: Translation, kind: Kind) -> Figure:
    info, back = gateway.listing.models()[view["model"]], controls.back(view, kind)
    by_words = view["unit"] == "words"
    if kind != "attention" or translation.trace is None:
        return Figure(kind, None if kind == "consensus" else back, by_words, view["end"])
    heads, trace = controls.heads(view), translation.trace
    layer, head = heads.place(trace) if trace.weights.shape[:2] != (1, 1) else (None, None)
    layer = None if layer == trace.chosen else layer
    return Figure(kind, back, by_words, view["end"], layer, head, heads.later, info.later)


def _more(view: View, translation: Translation) -> None:
    """What few need, made once it is opened."""
    plain = st.expander(t("Plain text and subword details"), on_change="rerun", key=view.key("plain"))
    if plain.open:
        with plain:
            output = translation.output
            st.code(output.text, language=None, wrap_lines=True)
            pieces = output_tokens.candidates(translation)
            alt = t("Every subword, its probability and its alternatives")
            st.dataframe(pieces, hide_index=True, height="content", alt=alt, key=view.key("candidates"))
            whole = t("Log-probability of the whole sentence: {logprob}")
            st.caption(whole.format(logprob=output_tokens.signed(output.logprob)))
    if view["beam"] > 1 and not view["own"]:
        label = t("All beam-search candidates")
        others = st.expander(label, on_change="rerun", key=view.key("others"))
        if others.open:
            with others:
                rows = output_tokens.hypotheses(controls.translated(view, all_candidates=True))
                st.dataframe(rows, hide_index=True, height="content", alt=label, key=view.key("all"))
