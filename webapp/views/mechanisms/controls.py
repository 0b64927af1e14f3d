"""What can be set on the Mechanisms page: which models along which axis, reading what, and any combination."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.attention import SCORES, SELECTIONS, WINDOWS, imposed_codes
from engine.models.recurrent.placements import PLACEMENTS
from engine.training.forms import USUAL, Form
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import controls, names
from webapp.shell.fields import choice, flag, several, text
from webapp.shell.view import View
from webapp.views.mechanisms.forms import AXES, Shown, along
from webapp.views.shared import made, pair_reading

TARGETS = {"same": N_("Same translation"), "own": N_("Own translations")}
FIELDS = {"score": "scores", "window": "windows", "selection": "selections", "placement": "placements"}
"""Which models are chosen along each axis."""
BESIDE = ("axis", *FIELDS.values(), "target", "reading", "end")  # what the controls at the side stand by


def view() -> View:
    """What the page shows, with the ids that stand in its links."""
    fields = {
        "axis": choice("a", list(AXES)),
        "text": text("t", examples("en")[0]),
        "scores": several("x", list(gateway.listing.lab())),
        **{FIELDS[axis]: several(axis[0], [shown.id for shown in along(axis)]) for axis in AXES if axis != "score"},
        "target": choice("g", list(TARGETS)),
        "reading": choice("r", list(pair_reading.TITLE)),
        "end": flag("e"),
        "imposed": made.field("i", imposed_codes.change),
        "own_score": choice("cx", list(SCORES), USUAL.score),
        "own_window": choice("cw", list(WINDOWS), USUAL.window),
        "own_selection": choice("cs", list(SELECTIONS), USUAL.selection),
        "own_placement": choice("cp", list(PLACEMENTS), USUAL.placement),
        "own_null": flag("cn"),
    }
    return View("mechanisms", fields, fingerprint)


def chosen(values: Mapping[str, Any]) -> list[Shown]:
    """The models that are compared, in their order."""
    return [shown for shown in along(values["axis"]) if shown.id in values[FIELDS[values["axis"]]]]


def fingerprint(values: Mapping[str, Any]) -> str:
    """One for all the models shown together."""
    return gateway.listing.fingerprint_of_all(shown.info.name for shown in chosen(values))


def settings(view: View) -> None:
    """Which models, reading what."""
    axis = view["axis"]
    titles = {shown.id: shown.title for shown in along(axis)}
    key = view.key(FIELDS[axis])
    st.pills(t(AXES[axis]), list(titles), selection_mode="multi", format_func=titles.__getitem__, key=key)
    with controls.setting(
        t(
            "Let all models score the additive model's translation, so the maps are comparable, or "
            "show each model's own."
        )
    ):
        controls.segments(t("Translation"), TARGETS, view.key("target"))
    with controls.setting(t("Attention: where a model looked. Effect: which words actually mattered to it.")):
        controls.segments(t("Show"), pair_reading.TITLE, view.key("reading"))
    favours = any(names.favours(shown.info) for shown in along(axis))
    rescaled = t("When hidden, the other weights are rescaled to add up to 100 %.")
    mostly = t(
        "When hidden, the other weights are rescaled to add up to 100 %, save where a window has taken a part of "
        "the row."
    )
    with controls.setting(mostly if favours else rescaled):
        st.toggle(t("Show end-of-sentence mark"), key=view.key("end"))


def axis(view: View) -> None:
    """What is compared."""
    controls.segments(t("Compare"), AXES, view.key("axis"))


def own(view: View) -> Form:
    """Any combination of the parts of a mechanism."""
    labels = {
        "own_score": (t("Scoring function"), {name: names.score(name) for name in SCORES}),
        "own_window": (t("Window"), {name: names.window(name, 0) for name in WINDOWS}),
        "own_selection": (t("Selection"), {name: names.selection(name) for name in SELECTIONS}),
        "own_placement": (t("Placement"), {name: t(part.label) for name, part in PLACEMENTS.items()}),
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        for name, (label, options) in labels.items():
            st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name), width=220)
        st.toggle(t("Null key"), key=view.key("own_null"))
    score, window, selection, placement = (view[name] for name in labels)
    return Form(score, window, selection, placement, null_key=view["own_null"])
