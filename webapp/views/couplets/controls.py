"""All that can be set on the page Couplets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.inference.translation import Translation
from engine.store.catalogue import ModelInfo
from engine.text.couplet import MAX_LINE
from webapp.examples.couplets import FIRST_LINES
from webapp.gateway.current import gateway
from webapp.i18n import escaped, t
from webapp.shell import controls, names
from webapp.shell.fields import choice, count, flag, text
from webapp.shell.typed import LONGEST_TEXT
from webapp.shell.view import View

LINES = 6  # second lines that are followed, and offered
FIRST = "couplet/global"  # the model that the page opens with, where it is there


def models() -> dict[str, ModelInfo]:
    """The model that the page opens with, and after it the others."""
    known = gateway.listing.models("couplet")
    return dict(sorted(known.items(), key=lambda pair: (pair[0] != FIRST, not pair[1].attends)))


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    fields = {
        "model": choice("m", list(models()) or [""]),
        "text": text("t", FIRST_LINES[0]),
        "fixed": text("y"),
        "equal": flag("e", default=True),
        "candidate": count("n", 1, LINES),
    }
    return View("couplets", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that writes."""
    return gateway.listing.fingerprint(values["model"])


def ask(view: View) -> None:
    """The model, the first line, what is fixed of the second, and lines to try."""
    labels = names.writers(models())
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        controls.model(view, labels, _begin, width=230)
        st.text_input(t("First line"), key=view.key("text"), max_chars=LONGEST_TEXT, on_change=_begin, args=(view,))
        st.text_input(
            t("Fixed characters"),
            key=view.key("fixed"),
            on_change=_begin,
            args=(view,),
            max_chars=MAX_LINE,
            width=190,
            placeholder="_风__春",
            help=t(
                "Characters that must stand in the second line, each at its place; _ leaves a place free. “_风” fixes "
                "the second character."
            ),
        )
        st.toggle(
            t("Equal length"),
            key=view.key("equal"),
            on_change=_begin,
            args=(view,),
            help=t("Second lines are as long as the first."),
        )
    _to_try(view)


def _begin(view: View) -> None:
    """Another question has other second lines: the best one is shown."""
    view["candidate"] = 1


def _to_try(view: View) -> None:
    """First lines one click away."""

    def take(picked: int) -> None:
        view["text"], view["fixed"], view["candidate"] = FIRST_LINES[picked], "", 1

    marked = FIRST_LINES.index(view["text"]) if view["text"] in FIRST_LINES else None
    controls.offered(view, "example", t("Examples"), dict(enumerate(FIRST_LINES)), marked, take, wrap=False)


def choose(view: View, written: Translation) -> None:
    """All second lines of the search, best first; the one that is drawn is marked."""

    def take(picked: int) -> None:
        view["candidate"] = picked

    lines = {place: escaped(each.text) for place, each in enumerate(written.hypotheses, 1)}
    label = t("Second lines, the likeliest first (beam {beam})").format(beam=LINES)
    controls.offered(view, "second", label, lines, written.chosen + 1, take, shown=True)
