"""All heads at once, and which of them is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from webapp.components import show
from webapp.figures import canvas, heads
from webapp.figures.heads import DISTANCE, PLACE, Along, Pair
from webapp.figures.scenes.scene import HeadsScene
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell.view import View
from webapp.views.self_attention.controls import TOWARD, said_of
from webapp.views.self_attention.shown import LEFT_OUT, weighed, without

if TYPE_CHECKING:
    from engine.capture.edits import AttentionKind
    from engine.capture.overview import Overview
    from engine.inference.looked import Looked

GROUP = "attention"
WIDEST = 460  # pixels of the overview beside the open head
TILE = 80  # that a head takes of it where there are few
SHORT = {
    "previous": N_("previous"),
    "next": N_("next"),
    "itself": N_("itself"),
    "twin": N_("an identical one elsewhere"),
    "first": N_("first"),
    "separator": N_("separators"),
    "rare": N_("rarest word"),
    "left": N_("to the left"),
    "right": N_("to the right"),
    "above": N_("above"),
    "below": N_("below"),
    "marks": N_("special tokens"),
}
NOTE = N_(
    "A row for each layer, a column for each head. In each small picture a row (query) is a {unit}, a column (key) a "
    "{unit} it looks at."
)
ORDERED = N_(
    "Layer · head above each small picture. In it a row (query) is a {unit}, a column (key) a {unit} it looks at."
)
BLOCKS = N_("Each dot stands for {rows} × {columns} {units} and shows the largest weight among them.")
MEASURED = N_("Entropy in nats, distance in {units}, the rest as shares of the weight.")
AWAY = N_("mean distance {value:.1f} {units}")
TAKEN = N_(
    "Left out, and rows rescaled to 100 %: {what}. They had {share} % of the weight of all heads, and {most} % in the "
    "head that looks at them most."
)
OWN = N_("what is left out had {share} % of its weight")


def kind(view: View, looked: Looked) -> AttentionKind:
    """The kind of attention that the view asks for, else the first one."""
    return next((each.kind for each in looked.overviews if each.kind == view["kind"]), looked.overviews[0].kind)


def wanted(view: View, name: str, looked: Looked) -> Overview:
    """The overview that the view asks for, by piece or word, with special tokens or without."""
    return gateway.heads.overview(
        name,
        looked,
        kind(view, looked),
        words=view["unit"] == "words",
        special=view["special"],
        first=not view["no_first"],
        diagonal=not view["no_diagonal"],
    )


def along(view: View, all_heads: Overview) -> Along:
    """What the rows and columns of these heads are."""
    if heads.of_squares(all_heads):
        return "squares"
    return "words" if view["unit"] == "words" else "pieces"


def chosen(view: View, all_heads: Overview, listed: Sequence[Pair]) -> Pair:
    """The head that is open, counted from 0: the one chosen, else of those that are listed the first, or where all are
    the one most worth a look. One that was changed stays open, whatever the change makes of its place."""
    layers, count = all_heads.tiles.shape[:2]
    pair = view["layer"] - 1, view["head"] - 1
    named = 0 <= pair[0] < layers and 0 <= pair[1] < count
    if named and (pair in listed or not listed or view["edits"]):
        return pair
    telling = heads.most_telling(all_heads)
    if view["sort"] == PLACE or not listed:
        return telling
    return listed[0]


def order(view: View, all_heads: Overview) -> tuple[Pair, ...] | None:
    """The heads in the order asked for, those left out that were not asked for; None for a row a layer."""
    by = view["sort"]
    total = all_heads.entropy.size
    ranked = heads.ranked(all_heads, by)
    if ranked is not None and by in TOWARD:
        return tuple(pair for pair in ranked if 100 * heads.measure(all_heads, by)[pair] >= view["least"])
    return None if ranked is None else ranked[: max(1, round(total * (100 - view["least"]) / 100))]


def measures(all_heads: Overview) -> dict[str, np.ndarray]:
    """What is told of a head that is pointed at, by what it is called on the page."""
    numbers = {t("entropy"): all_heads.entropy, t("distance"): all_heads.distance}
    numbers |= {t(SHORT[name]): values for name, values in all_heads.toward.items() if name in SHORT}
    return numbers if all_heads.left_out is None else numbers | {t("left out"): all_heads.left_out}


def scene(view: View, all_heads: Overview) -> HeadsScene:
    """The heads in the order asked for, each as its whole matrix."""
    listed = order(view, all_heads)
    sides = along(view, all_heads)
    notes = [said_of(NOTE if listed is None else ORDERED, sides)]
    if all_heads.block != (1, 1):
        notes.append(said_of(BLOCKS, sides, rows=all_heads.block[0], columns=all_heads.block[1]))
    if all_heads.left_out is not None:
        share, most = (f"{100 * value:.0f}" for value in (all_heads.left_out.mean(), all_heads.left_out.max()))
        what = t(", ").join(t(LEFT_OUT[name]) for name in without(view, all_heads.kind))
        notes.append(t(TAKEN).format(what=what, share=share, most=most))
    drawn = heads.grid(
        all_heads,
        unit=t("weight"),
        along=sides,
        order=listed,
        tooltip=measures(all_heads),
        each=view["each"],
        title=t("All heads"),
        note=joined(*notes),
    )
    return replace(drawn, ends=ends(own=view["each"]), wording=weighed())


def ends(*, own: bool) -> tuple[str, str]:
    """What stands at the ends of the colour scale of the grid; `own` where each head has a scale of its own."""
    form = t("{value} %")
    return form.format(value=0), t("largest weight of each head") if own else form.format(value=100)


def width(all_heads: Overview) -> int:
    """How much of the page the grid wants, in pixels."""
    return max(320, min(WIDEST, 70 + TILE * all_heads.tiles.shape[1]))


def overview(view: View, drawn: HeadsScene) -> None:
    """The grid; a click or Enter opens a head."""

    def act() -> None:
        event = st.session_state[view.key("overview")].act
        layer, head = (event.get(name) if isinstance(event, dict) else None for name in ("layer", "head"))
        layers, count = drawn.tiles.shape[:2]
        if isinstance(layer, int) and isinstance(head, int) and 0 <= layer < layers and 0 <= head < count:
            view["layer"], view["head"] = layer + 1, head + 1

    if not drawn.shown:
        st.info(t("No head puts that much of its weight there; choose a smaller share."), icon=":material/info:")
        return
    show([canvas.heads(drawn, group=GROUP, t=t)], key=view.key("overview"), on_act=act, t=t)
    st.caption(joined(drawn.note, t("Click one to open it.")))


def table(view: View, drawn: HeadsScene) -> None:
    """The numbers of all heads that are shown, once somebody asks for them."""
    drawer = st.expander(t("All heads as a table"), on_change="rerun", key=view.key("numbers"))
    if not drawer.open:
        return
    rows = [
        {
            t("Layer"): layer + 1,
            t("Head"): head + 1,
            **{name: float(v[layer, head]) for name, v in drawn.tooltip.items()},
        }
        for layer, head in drawn.shown
    ]
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in drawn.tooltip}
    with drawer:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config=numbers,
            height=320,
            alt=t("All heads as a table"),
            key=view.key("table_heads"),
        )
        st.caption(next(said_of(MEASURED, sides) for sides, named in DISTANCE.items() if named in drawn.measures))


def in_words(view: View, all_heads: Overview, pair: Pair) -> str:
    """The numbers of one head in a sentence."""
    parts = [
        t("entropy {value:.2f} nats").format(value=float(all_heads.entropy[pair])),
        said_of(AWAY, along(view, all_heads), value=float(all_heads.distance[pair])),
    ]
    shares = {name: float(values[pair]) for name, values in all_heads.toward.items() if name in SHORT}
    if shares:
        name = max(shares, key=shares.__getitem__)
        parts.append(
            t("{share} % of its weight on: {place}").format(share=round(100 * shares[name]), place=t(SHORT[name]))
        )
    if all_heads.left_out is not None:
        parts.append(t(OWN).format(share=round(100 * float(all_heads.left_out[pair]))))
    return " · ".join(parts)
