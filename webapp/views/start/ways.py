"""Where to go from here: three things to try, each a link that carries a view, and who finds what on which page."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from webapp.examples.reviews import REVIEWS
from webapp.examples.sentences import EXAMPLES
from webapp.i18n import N_, t


class Try(NamedTuple):
    """What to look for, the script of the page where it is seen, its icon, and the view that the link carries."""

    sentence: str
    script: str
    icon: str
    query: dict[str, str]


TRIES = (
    Try(
        N_("Red apple, pomme rouge: lines that cross"),
        "translate",
        "translate",
        {"v": "2", "t": EXAMPLES["en"][1], "s": "lines"},
    ),
    Try(
        N_("Without one sentence: another verdict"),
        "documents",
        "article",
        {"v": "2", "t": REVIEWS["en"]["turn"], "x": "5"},
    ),
    Try(
        N_("Heads that pair words, the sharpest first"),
        "self_attention",
        "blur_on",
        {"v": "2", "k": "cross", "o": "sharp"},
    ),
)
READERS = (
    N_(
        "**Students**: Step by step takes one step of attention apart, number by number, and lets you change any of "
        "them."
    ),
    N_(
        "**Teachers**: every page has a link that brings back exactly what you see; Replay plays a training again, and "
        "Train lets a class train a model of its own."
    ),
    N_(
        "**Researchers**: open any Transformer of the Hugging Face Hub on Self-attention, and take figures, numbers "
        "and the code for them along."
    ),
)


def to_try() -> None:
    """Three views that are one click away."""
    st.header(t("Three things to try"), anchor=False)
    for each in TRIES:
        st.page_link(
            f"app_pages/{each.script}.py",
            label=t(each.sentence),
            icon=f":material/{each.icon}:",
            query_params=each.query,
        )


def readers() -> None:
    """A line for each kind of reader."""
    st.header(t("Who it is for"), anchor=False)
    st.markdown("\n".join(f"- {t(sentence)}" for sentence in READERS))
