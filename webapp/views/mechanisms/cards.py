"""The card of one model: its map, how it might have looked instead, and what it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import streamlit as st

from engine.inference.drawn import DRAWS
from engine.traces import Trace
from webapp.figures.scenes.scene import MatrixScene
from webapp.figures.scenes.wording import Wording
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import frame, names
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.mechanisms.comparison import Answer
from webapp.views.shared import pair_reading
from webapp.views.shared.formulas import stacked
from webapp.views.shared.output_tokens import signed
from webapp.views.shared.pair_reading import Reading

WIDTHS = {"score": 262}  # pixels, for formulas of one short line
WIDTH = 288
DRAWN = N_(
    "Where {count} draws at each step fell, from the probabilities that the model gives to the words while it writes "
    "this translation. Two draws of one step differ in {differ} % of cases."
)


def card(view: View, answer: Answer, reading: Reading, *, own: bool, note: str) -> list[Picture]:
    """The map, under it formula, paper and numbers; `note` is what is said of this map alone. Gives its pictures."""
    shown, output = answer.shown, answer.translation.output
    picture = _picture(view, answer, reading)
    # The sentence lights up in all maps, a translation only in those that stand over the same words.
    group = f"mechanisms-{hashlib.sha256(output.text.encode()).hexdigest()[:8]}"
    key = shown.id.replace("-", "_")
    with st.container(width=WIDTHS.get(view["axis"], WIDTH), gap="xxsmall"):
        st.header(shown.title, anchor=False)
        if own:
            st.text(output.text)
        _draw(picture, group, view.key(f"map_{key}"))
        st.latex(stacked(shown.formula))
        figures = t("log-prob {logprob} · spread {bits} bits (0 = one word) · moves {moves} %").format(
            logprob=signed(output.logprob), bits=f"{answer.bits:.2f}", moves=f"{100 * answer.moves:.0f}"
        )
        st.caption("  \n".join(line for line in (shown.meaning, note, figures, names.source(shown.source)) if line))
        if answer.drawn is None or reading.kind != "attention":
            return [picture]
        drawn = _draws(view, answer, picture)
        _draw(drawn, group, view.key(f"draws_{key}"))
        st.caption(t(DRAWN).format(count=DRAWS, differ=f"{100 * answer.drawn.differ():.0f}"))
        return [picture, drawn]


def _draw(picture: Picture, group: str, key: str) -> None:
    frame.figure(frame.drawn(picture.scene, group=group, column_group="mechanisms", compact=True), key=key)


def _picture(view: View, answer: Answer, reading: Reading) -> Picture:
    """The map of one model, with what its files say of it."""
    shown, scene = answer.shown, pair_reading.matrix(reading)
    facts = {
        "reading": reading.kind,
        "unit": pair_reading.UNIT[reading.kind],
        "directions": "one",
        "end of sentence": "shown" if view["end"] else "left out",
        "translation": answer.translation.output.text,
        "beam": "given" if answer.translation.forced else "1",
    }
    stamp = Stamp(shown.info.name, gateway.listing.fingerprint(shown.info.name), answer.translation.text)
    links = frozenset(reading.links)
    return Picture(shown.id, shown.title, scene, scene, links, stamp, facts=facts, marks=(reading.kind,))


def _draws(view: View, answer: Answer, map_: Picture) -> Picture:
    """The share of the draws that each word got, in place of the map's weights."""
    trace = answer.translation.trace
    assert trace is not None and answer.drawn is not None
    shares = Trace("cross", trace.queries, trace.keys, answer.drawn.frequencies()[None, None])
    reading = pair_reading.read(replace(answer.translation, trace=shares), "attention", by_words=True, end=view["end"])
    title = t("{name}, {count} draws").format(name=map_.title, count=DRAWS)
    facts = {**map_.facts, "reading": f"{DRAWS} draws at each step, given the output"}
    scene = _said(pair_reading.matrix(reading))
    return Picture(map_.name, title, scene, scene, None, map_.stamp, facts=facts, marks=("draws",))


def _said(scene: MatrixScene) -> MatrixScene:
    cell = t("“{column}” got {value} of the draws for “{row}”")
    wording = Wording(rows=t("Translation"), columns=t("Source"), cell=cell, value=t("{value} %"))
    return replace(scene, wording=wording, ends=(t("0 %"), t("100 % of the draws")), note="")
