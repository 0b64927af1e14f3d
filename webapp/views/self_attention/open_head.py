"""What the pages over texts and over pictures share: the question asked, the open head's name, and what few ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.traces import Trace
from webapp.figures.heads import Pair
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.self_attention import cell, changes
from webapp.views.self_attention import overview as all_heads

if TYPE_CHECKING:
    from engine.capture.edits import AttentionKind
    from engine.capture.overview import Overview
    from engine.inference.looked import Looked


@dataclass(frozen=True, eq=False)
class Asked:
    """What the engine said of the model as it is, and of the model as it was changed; the same where it was not."""

    name: str
    before: Looked
    now: Looked

    @property
    def changed(self) -> bool:
        return self.now is not self.before

    def head(self, kind: AttentionKind, pair: Pair) -> Trace:
        """One head whole. Raises Refused."""
        return gateway.heads.head(self.name, self.now, kind, *pair)

    def head_before(self, kind: AttentionKind, pair: Pair, now: Trace) -> Trace | None:
        """The same head of the model as it is; None where the changes left it alone."""
        if not self.changed:
            return None
        was = gateway.heads.head(self.name, self.before, kind, *pair)
        return None if np.array_equal(was.weights, now.weights) else was


def heading(view: View, overview: Overview, pair: Pair) -> str:
    """The name of the open head over its numbers; gives the name."""
    title = t("Layer {layer} · head {head}").format(layer=pair[0] + 1, head=pair[1] + 1)
    st.header(title, anchor=False)
    st.caption(all_heads.in_words(view, overview, pair))
    return title


def more(view: View, asked: Asked, kind: AttentionKind, pair: Pair, trace: Trace, at: tuple[int, int]) -> list[Picture]:
    """What few ask for: the arithmetic of the cell `at`, and changes to the head."""
    pictures = []
    cell.toggle(view)
    if view["cell"]:
        cell.choose(view, trace, at)
        arithmetic = gateway.heads.arithmetic(asked.name, asked.now, kind, (*pair, *at))
        pictures.append(cell.explain(view, arithmetic, trace, at))
    drawer = st.expander(t("Intervene on this head"), on_change="rerun", key=view.key("changing"))
    if drawer.open:
        with drawer:
            changes.panel(view, kind, pair, trace, at)
    return pictures
