"""The Models page: a list of all models that are stored here, and what there is to know of one of them."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.shell.view import View
from webapp.views.models import as_code, card, compare, controls, listed, own, table
from webapp.views.models.listed import Listed


def main(view: View) -> None:
    """The list, and below it the card of the model that is open."""
    place = heading(
        t("Models"),
        t("Every model that is stored here: what it is, what it learnt from, how good it is, and where to use it."),
    )
    with place:
        own.bring(view)  # it closes before what came is looked at
    own.arrive(view)
    known = listed.known()
    if not known:
        st.markdown(t("There is no model here yet; `python -m engine train` makes one."))
        view.leave()
        return
    _show(view, known, place)


def _show(view: View, known: dict[str, Listed], place: DeltaGenerator) -> None:
    table.show(view, controls.filters(view, known), len(known))
    controls.opened(view, known)
    model = known[view["model"]]
    second = known.get(view["second"])
    if second is None or second.name == model.name:
        card.show(view, model)
    else:
        compare.show(model, second)
    own.deleted_lately(view)
    _take_along(place, view, model)
    view.leave()


def _take_along(place: DeltaGenerator, view: View, model: Listed) -> None:
    with place:
        if model.info is not None:
            frame.as_code(view, lambda: as_code.as_code(model.name))
        frame.link_only(view, t("Anyone with this link sees this model and this list."))
