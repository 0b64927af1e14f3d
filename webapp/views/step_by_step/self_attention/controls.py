"""What can be set for a self-attention layer: whose it is, which layer and head, and which words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.inference.step_by_step.self_attention.layer import MOST
from engine.inference.step_by_step.self_attention.opened import OpenedHead
from engine.store.catalogue import ModelInfo
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls, names
from webapp.shell.fields import Field, choice, count, flag, text
from webapp.shell.typed import LONGEST_TEXT
from webapp.shell.view import View
from webapp.views.step_by_step import menus
from webapp.views.step_by_step.kind import SMALL

REVIEW = "The film was not bad at all."  # for what has learnt from reviews
MOST_LAYERS = 48


def example(info: ModelInfo | None) -> str:
    """A text to begin with; few words, each of which is a row and a column."""
    if info is None or info.task != "translation":
        return REVIEW
    return examples(info.source_language)[0]


def fields() -> dict[str, Field]:
    """What can be set, with the ids that stand in links."""
    known = gateway.heads.models()
    default = next(iter(known), SMALL)

    def follow(values: Mapping[str, Any]) -> str:
        return example(known.get(values["net"]))

    return {
        "net": choice("tm", [*known, SMALL], default),
        "passage": text("tt", follow({"net": default}), follows=follow),
        "causal": flag("tc"),
        "layer": count("tl", 1, MOST_LAYERS),
        "head": count("th", 1, MOST_LAYERS),
        "asking": count("ti", 1, MOST + 1),
        "asked": count("tj", 1, MOST + 1),
    }


def ask(view: View) -> None:
    """Whose layer: a model with its text, or the small case."""
    known = gateway.heads.models()
    labels = {name: names.transformer(info) for name, info in known.items()}
    labels[SMALL] = t("Small case: 4 words, 4 numbers a vector, 2 heads")

    def follow() -> None:
        shown = {example(info) for info in [*known.values(), None]}
        if view["net"] in known and view["passage"] in shown:
            view["passage"] = example(known[view["net"]])
        view["layer"] = view["head"] = view["asking"] = view["asked"] = 1

    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        key = view.key("net")
        st.selectbox(t("Model"), list(labels), format_func=labels.__getitem__, key=key, on_change=follow, width=360)
        if view["net"] == SMALL:
            st.toggle(t("Causal mask, as in a language model"), key=view.key("causal"))
        else:
            language = names.language(known[view["net"]].source_language)
            label = t("Sentence in {language}").format(language=language)
            st.text_input(label, key=view.key("passage"), max_chars=LONGEST_TEXT)
    if view["net"] == SMALL:
        st.caption(
            t(
                "What the layer reads and its matrices have one decimal, so that queries, keys and values have two, "
                "and each line can be redone with a pocket calculator. This layer has learnt nothing: its numbers "
                "were chosen."
            )
        )
    elif known[view["net"]].task == "translation":
        st.caption(t("The encoder's layers are taken apart; a text may have at most {most} tokens.").format(most=MOST))
    else:
        st.caption(t("A text may have at most {most} tokens.").format(most=MOST))


def choose(view: View, opened: OpenedHead) -> None:
    """Layer, head, and the word that asks: forward and back by button or arrow key."""
    layer = opened.layer
    with st.container(horizontal=True, gap="medium"):
        for field, label, how_many, chosen in (
            ("layer", t("Layer"), layer.layers, layer.number),
            ("head", t("Head"), layer.heads, opened.head),
        ):
            _numbers(view, field, label, how_many, chosen)
    turns = (t("Previous word"), t("Next word"))
    menus.along(view, "asking", t("Query word i"), layer.labels, words(view, opened)[0], turns)


def _numbers(view: View, field: str, label: str, how_many: int, chosen: int) -> None:
    def take(picked: int) -> None:
        view[field] = picked

    options = {k: str(k) for k in range(1, how_many + 1)}
    controls.offered(view, f"{field}s", label, options, chosen + 1, take, shown=True)


def words(view: View, opened: OpenedHead) -> tuple[int, int]:
    """The word that asks and the word that is asked, from 0."""
    last = len(opened.layer.labels)
    return min(int(view["asking"]), last) - 1, min(int(view["asked"]), last) - 1
