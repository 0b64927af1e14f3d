"""What the Translate page answers: the words with how sure they are, and the alignment read as the visitor asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.errors import Refused
from engine.evaluation.pharaoh import to_pharaoh
from engine.inference.translator import Translation
from engine.traces import Effect, Trace
from webapp.figures.scenes.scene import MatrixScene
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, view_file
from webapp.shell.controls import pieces_as_words
from webapp.shell.frame import Picture, Stamp
from webapp.shell.view import View, clean
from webapp.views.shared import output_tokens, pair_reading
from webapp.views.shared.pair_reading import Reading
from webapp.views.translate import controls

GROUP = "translate"
LEAST = 380  # pixels a reading takes, for the sentences over it
EDGE = 8  # pixels around a figure


@st.fragment
def main(view: View, beside: Mapping[str, Any]) -> None:
    """The sentence and its answer: another sentence draws these anew and leaves the rest of the page alone.

    `beside` is what the controls at the side stand by, as they were drawn.
    """
    if view.told or beside != view.some(controls.BESIDE):
        st.rerun()  # another model was chosen or a file opened: the rest must follow
    controls.ask(view)
    try:
        found = ask(view)
        words(view, found)
        controls.look(view)
        alignment(view, found)
    except Refused as reason:
        frame.refused(reason)
    view.leave()


def ask(view: View) -> Translation:
    """The one question to the engine. Raises Refused."""
    effect = view["reading"] != "attention"
    if not view["own"]:
        return controls.found(view, effect=effect)
    return gateway.sentences.translate(view["model"], clean(view["text"]), target=clean(view["target"]), effect=effect)


def words(view: View, found: Translation) -> None:
    """The output, each word the darker the less sure the model was of it."""
    scene = output_tokens.surprise(found, by_words=view["unit"] == "words", end=view["end"])
    with st.container(gap="xxsmall"):
        frame.figure(frame.drawn(scene, group=GROUP, large=True), key=view.key("words"))
        st.caption(
            t("The stronger the colour, the less sure. Point at a word for its probability and what else came to mind.")
        )


def alignment(view: View, found: Translation) -> None:
    """What was asked for side by side, what it means, and everything that can be taken away of it."""
    readings = _readings(view, found)
    pictures = [_picture(view, one) for one in readings]
    with st.container(horizontal=True, gap="medium"):
        for one, picture in zip(readings, pictures, strict=True):
            _shown(view, one, picture)
    if view["unit"] == "words":
        pieces_as_words(found.text, found.output.text)
    info = gateway.listing.models()[view["model"]]
    query = view.query(whole=True)
    stamp = Stamp(info.name, gateway.listing.fingerprint(info.name), found.text)
    frame.take_away(view, pictures, stamp, lambda: view_file.written(found, info, query))
    _more(view, found)


def _shown(view: View, one: Reading, picture: Picture) -> None:
    """One reading: its name, what it means, the figure or its table, and what the end of the sentence took."""
    svg = None if view["shape"] == "table" else frame.drawn(picture.scene, group=GROUP)
    # As wide as the figure, so that two stand side by side where there is room and one below the other elsewhere.
    with st.container(gap="xxsmall", width="stretch" if svg is None else max(LEAST, frame.width(svg) + EDGE)):
        st.header(picture.title, anchor=False)
        st.caption(" ".join(filter(None, (t(pair_reading.MEANING[one.kind]), one.heads))))
        if svg is not None:
            frame.figure(svg, key=view.key(f"figure_{picture.name}"))
        elif isinstance(picture.numbers, MatrixScene):
            frame.table(picture.numbers, title=picture.title, key=view.key(f"table_{picture.name}"))
            st.caption(f"{picture.numbers.unit}. {picture.numbers.note}")
        if one.end_shares is not None and len(one.end_shares):
            said = t("The end of the sentence (`</s>`) takes {mean} % of the attention, in one row {most} %.")
            mean, most = one.end_shares.mean(), one.end_shares.max()
            st.caption(said.format(mean=round(100 * mean), most=round(100 * most)))


def _readings(view: View, found: Translation) -> list[Reading]:
    kinds = [kind for kind in pair_reading.KINDS if view["reading"] in (kind, "both")]
    back = gateway.listing.reverse(view["model"]) if view["both_ways"] else None
    readings = []
    for kind in kinds:
        heads = controls.heads(view)
        by_words = view["unit"] == "words" or back is not None
        one = pair_reading.read(found, kind, by_words=by_words, end=view["end"], heads=heads)
        if back is not None:
            whole: Trace | Effect | None = heads.of(found.trace) if kind == "attention" else found.effect
            assert whole is not None
            joined = whole.by_words()
            rows, keys = pair_reading.words_of(joined)
            one = pair_reading.both_ways(one, joined, gateway.sentences.align(back, rows, keys, kind).matrix)
        readings.append(one)
    return readings


def _picture(view: View, one: Reading) -> Picture:
    numbers = pair_reading.matrix(one)
    drawn = pair_reading.lines(one, view["mass"] / 100) if view["shape"] == "lines" else numbers
    return Picture(one.kind, one.title, drawn, numbers, to_pharaoh(one.found))


def _more(view: View, found: Translation) -> None:
    """What few need, made once it is opened."""
    plain = st.expander(t("As plain text, and piece by piece"), on_change="rerun", key=view.key("plain"))
    if plain.open:
        with plain:
            st.code(found.output.text, language=None, wrap_lines=True)
            pieces = output_tokens.candidates(found)
            alt = t("Every piece, its probability and what else came to mind")
            st.dataframe(pieces, hide_index=True, height="content", alt=alt, key=view.key("candidates"))
            st.caption(t("ln p of the whole: {logprob}").format(logprob=output_tokens.signed(found.output.logprob)))
    if len(found.hypotheses) > 1:
        others = st.expander(t("All translations of this search"), on_change="rerun", key=view.key("others"))
        if others.open:
            with others:
                rows, alt = output_tokens.hypotheses(found), t("All translations of this search")
                st.dataframe(rows, hide_index=True, height="content", alt=alt, key=view.key("all"))
