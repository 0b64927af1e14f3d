"""What can be set on the Step by step page whatever is taken apart: which kind of computation, and which mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls
from webapp.shell.fields import choice, flag
from webapp.shell.view import View
from webapp.views.shared import made
from webapp.views.step_by_step import changes
from webapp.views.step_by_step.kind import NONE, SMALL, Kind
from webapp.views.step_by_step.kinds import KINDS


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    mistakes = dict.fromkeys(name for kind in KINDS.values() for name in kind.mistakes)
    shared = {"kind": choice("a", list(KINDS))}
    behind = {"mistake": choice("k", [NONE, *mistakes]), "changes": changes.field("c"), "all": flag("n")}
    own = {name: kind.fields() for name, kind in KINDS.items()}
    together = {name: field for fields in own.values() for name, field in fields.items()}
    return View(
        "step",
        shared | together | behind,
        fingerprint,
        lambda values: {*shared, *own[values["kind"]], *behind},
    )


def kind(view: View) -> Kind[Any]:
    """What is taken apart."""
    return KINDS[view["kind"]]


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that is taken apart; a small case has none."""
    name = values[KINDS[values["kind"]].model]
    return "" if name == SMALL else gateway.listing.fingerprint(name)


def what(view: View) -> None:
    """The menu of kinds."""
    controls.segments(t("What is taken apart"), {name: kind.label for name, kind in KINDS.items()}, view.key("kind"))


def forget_other_questions(view: View) -> None:
    """Changes are to the numbers of one question: with another they go, unless a link has just brought both."""
    made.follow(view, "changes", (view["kind"], *(view[name] for name in kind(view).question)))


def mistakes(view: View, possible: tuple[str, ...]) -> None:
    """The mistakes that can be made with this computation."""
    labels = {NONE: t("none"), **{name: t(kind(view).mistakes[name].label) for name in possible}}
    key = view.key("mistake")
    st.selectbox(t("Spot the mistake"), list(labels), format_func=labels.__getitem__, key=key, width=340)
