"""Numbers put in the place of others: which of them there are in what is shown, and how they are said.

Their ids stand in links, "scores:2:-1.5~keys:2:3:0.25", as `engine.inference.step_by_step.change_codes` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from engine.inference.step_by_step.change_codes import change, code
from engine.inference.step_by_step.quantities import Place, Stages
from engine.inference.step_by_step.terms import TERMS
from webapp.figures.scenes.wording import printed
from webapp.i18n import t
from webapp.shell.fields import Field
from webapp.shell.view import View
from webapp.views.shared import made

MOST = 50  # changes at a time


def field(param: str) -> Field:
    """The changes of a view; none by default."""
    known = made.field(param, _place, "~", MOST)

    def read(value: str) -> list[str]:
        codes: list[str] = known.read(value)
        if len(set(map(_place, codes))) < len(codes):
            raise ValueError("two changes of one number")
        return codes

    return replace(known, read=read)


def _place(code: str) -> Place:
    place = change(code)[0]
    if place.quantity not in TERMS:
        raise ValueError("no quantity")
    return place


def put(view: View, place: Place, number: float) -> None:
    """Another number at a place, whatever stood there."""
    kept = [each for each in view["changes"] if _place(each) != place]
    made.take(view, "changes", [*kept, code(place, number)][-MOST:])


def settle(view: View, stages: Stages) -> None:
    """Name row and column where an older link counts along all rows, so that a change stays where it is when rows
    become longer."""
    settled = {_settled(place, stages): number for place, number in map(change, view["changes"])}
    codes = [code(place, number) for place, number in settled.items()]
    if codes != view["changes"]:
        view["changes"] = codes


def _settled(place: Place, stages: Stages) -> Place:
    quantity = stages.get(place.quantity)
    at = None if quantity is None else place.inside(quantity.shape)
    return place if at is None else Place(place.quantity, *at)


def asked(codes: Sequence[str]) -> dict[Place, float]:
    """All changes, whether they can be made or not."""
    return dict(map(change, codes))


def numbers(codes: Sequence[str], stages: Stages) -> dict[Place, float]:
    """The changes that can be made to these quantities."""
    return {place: number for place, number in asked(codes).items() if _stands(place, stages)}


def _stands(place: Place, stages: Stages) -> bool:
    quantity = stages.get(place.quantity)
    return quantity is not None and place.inside(quantity.shape) is not None


def set_aside(codes: Sequence[str], stages: Stages) -> None:
    """Say which changes are to numbers that are not there now, as in a hidden layer that is left out."""
    aside = [in_words(each) for each in codes if not _stands(_place(each), stages)]
    if aside:
        sentence = t("Set aside, for there is no such number now: {changes}. Once it is back, so is the change.")
        st.info(sentence.format(changes=t(", ").join(aside)), icon=":material/info:")


def in_words(code: str) -> str:
    """A change as its chip says it."""
    place, _ = change(code)
    column = "" if place.column is None else f"[{place.column + 1}]"
    return f"{t(TERMS[place.quantity].label)} [{place.index + 1}]{column} = {_digits(code)}"


def _digits(code: str) -> str:
    """The new number as it was given, for a shorter one would be another."""
    return printed(code.rpartition(":")[2])
