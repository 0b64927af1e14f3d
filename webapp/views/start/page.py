"""The page Start here from top to bottom: all words at once, and the pictures one after the other."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.views.start import pictures, ways
from webapp.views.start.pictures import Shown

CARD = 410  # pixels, so that two stand side by side on a laptop


def main() -> None:
    """Words first, for they need no model; each picture then comes to its place as soon as it is drawn."""
    heading(
        t("Start here"),
        t(
            "Alignscope shows where neural networks look while they translate, judge or read a text. The models run "
            "here: point at any word or cell."
        ),
    )
    with st.container(horizontal=True, gap="large"):
        places = [_card(each) for each in pictures.ALL]
        with st.container(gap="small", width=CARD):
            ways.to_try()
            ways.readers()
    for each, place in zip(pictures.ALL, places, strict=True):
        _draw(each, place)


def _card(each: Shown) -> DeltaGenerator:
    """What a picture is called and means, and the way to its page; gives the place of the picture itself."""
    with st.container(gap="xxsmall", width=CARD):
        st.header(t(each.title), anchor=False)
        place = st.empty()
        place.skeleton(height=each.height)
        st.caption(t(each.meaning))
        st.page_link(
            f"app_pages/{each.script}.py",
            label=t("Open on {page}").format(page=t(each.label)),
            icon=f":material/{each.icon}:",
            query_params=dict(each.query) or None,
        )
        st.space("small")
    return place


def _draw(each: Shown, place: DeltaGenerator) -> None:
    with place.container():
        try:
            each.draw()
        except Refused as reason:
            frame.refused(reason)
