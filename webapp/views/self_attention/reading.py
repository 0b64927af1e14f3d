"""Readings of all heads together: what reached a token from which other, through all layers or in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.capture.readings import READINGS, AttentionReading
from webapp.figures.drawing.matrix import EACH_CELL
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import controls, names
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.self_attention import head as one
from webapp.views.self_attention import shown
from webapp.views.self_attention.as_code import Drawn

if TYPE_CHECKING:
    from engine.capture.edits import AttentionKind
    from engine.inference.looked import Looked
    from engine.traces import Trace

NOTE = N_("Each row is rescaled to 100 %.")
NOTE_WITHOUT_ITSELF = N_("Each row is rescaled to 100 %, without what a position keeps of itself by default.")


def show(view: View, name: str, looked: Looked, kind: AttentionKind) -> tuple[Picture, Drawn]:
    """One reading, layer by layer and head by head where it has several, and which of them it is. Raises Refused."""
    asked = view["reading"]
    reading = READINGS[asked]
    of = wanted(view, looked) if reading.gradient else None
    trace = gateway.heads.reading(name, looked, asked, kind, of)
    st.caption(explained(reading))
    layer, head = _chosen(view, trace)
    one.look(view)
    part = trace.only(layer - 1, head - 1 if head else None)
    shown_reading = shown.shown(view, part, shown.answering(looked, kind, of))
    title = t(reading.label)
    if of is not None:
        title += f", {outcomes(looked)[of]}"
    if head:
        title += f", {t('Layer {layer} · head {head}').format(layer=layer, head=head)}"
    elif len(trace.weights) > 1:
        title += f", {t('layer {layer}').format(layer=layer)}"
    drawn, numbers = one.scenes(
        view, shown_reading, own=True, note=t(NOTE if part.identity is None else NOTE_WITHOUT_ITSELF)
    )
    one.figure(view, "reading", drawn, numbers, title=title)
    if view["shape"] == "table" or numbers.values.size > EACH_CELL:  # a picture says it in its own foot
        st.caption(numbers.note)
    opened = Drawn(kind, layer - 1, head - 1 if head else None, asked, of)
    return Picture(shown.called(view, asked, kind), title, drawn, numbers), opened


def explained(reading: AttentionReading) -> str:
    """What a reading means, and the paper that it comes from."""
    return f"{t(reading.meaning)} ({reading.source})"


def outcomes(looked: Looked) -> list[str]:
    """What the gradient can be taken of, by the engine's numbers: labels, or the tokens of the answer."""
    output = looked.output
    return [names.label(label) for label, _ in output.labels] or [token.text for token in output.tokens]


def wanted(view: View, looked: Looked) -> int | None:
    """Which of them the visitor chose; None leaves it to the engine."""
    output = looked.output
    named, shares = outcomes(looked), [share for _, share in output.labels]
    if len(named) < 2:
        return None
    if view["of"] > len(named):
        view["of"] = 0
    numbers = sorted(range(len(named)), key=lambda i: -shares[i]) if shares else list(range(len(named)))
    usual = t("the likeliest class: {label}") if shares else t("the last token: {label}")

    def class_name(number: int) -> str:
        if number == 0:
            return usual.format(label=named[numbers[0] if shares else numbers[-1]])
        if not shares:
            return f"{number} · {named[number - 1]}"
        value = shares[number - 1]
        share = f"{value:.4g}" if output.problem == "regression" else t("{value} %").format(value=f"{100 * value:.1f}")
        return f"{named[number - 1]} · {share}"

    with controls.setting(t("The class (or token) whose score the gradient is taken of.")):
        st.selectbox(
            t("Gradient of"),
            [0, *(number + 1 for number in numbers)],
            key=view.key("of"),
            format_func=class_name,
            width=320,
        )
    return view["of"] - 1 if view["of"] else None


def _chosen(view: View, trace: Trace) -> tuple[int, int]:
    """Which layer, and which of its heads: 0 is the mean of them all."""
    layers, heads = trace.weights.shape[:2]
    layer, head = layers, 0
    with st.container(horizontal=True, gap="medium"):
        if layers > 1:
            if not 1 <= view["layer"] <= layers:
                view["layer"] = layers
            meaning = (
                t("One layer by itself.")
                if heads > 1
                else t("Up to which layer; the last one shows what reaches the answer.")
            )
            with controls.setting(meaning):
                st.slider(t("Layer"), 1, layers, key=view.key("layer"), width=320)
            layer = view["layer"]
        if heads > 1:
            if view["head"] > heads:
                view["head"] = 0
            with controls.setting(t("One head of this layer, or the mean of all.")):
                st.select_slider(
                    t("Head"),
                    range(heads + 1),
                    key=view.key("head"),
                    format_func=lambda number: str(number) if number else t("mean of all"),
                    width=320,
                )
            head = view["head"]
    return layer, head
