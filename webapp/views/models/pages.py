"""The pages that can use a model, each with the link that opens it there."""

from __future__ import annotations

from typing import NamedTuple

from engine.store import replying
from engine.store.catalogue import ModelInfo
from webapp.i18n import N_
from webapp.shell import names
from webapp.views.models.listed import OTHERS, Listed


class Use(NamedTuple):
    """A page: its script, what it is called, its icon, where its links name the model, and what else they say."""

    script: str
    label: str
    icon: str
    model: str = "m"
    also: tuple[tuple[str, str], ...] = ()

    def query(self, name: str) -> dict[str, str]:
        """What the link says that opens a model there."""
        return {**dict(self.also), self.model: name}


HEADS = Use("self_attention", N_("Self-attention"), "blur_on")
FIRST = {
    "translation": (Use("translate", N_("Translate"), "translate"),),
    "classification": (
        Use("documents", N_("Documents"), "article"),
        Use("many_texts", N_("Batch"), "table_rows"),
    ),
    "couplet": (Use("couplets", N_("Couplets"), "history_edu"),),
    "conversation": (Use("chat", N_("Chat"), "forum"),),
}
"""The pages made for models of each task."""


def uses(model: Listed) -> list[Use]:
    """Where a model can be opened, the pages made for its task first."""
    if model.info is None:
        return [HEADS] if model.task == OTHERS else []
    info = model.info
    first = [] if replying.backwards(info) else list(FIRST.get(info.task, ()))
    return [*first, *_by_hand(info), *([HEADS] if _has_heads(info) else [])]


def _has_heads(info: ModelInfo) -> bool:
    return info.heads and info.task in ("translation", "classification", "language")


def _by_hand(info: ModelInfo) -> list[Use]:
    """Step by step, where it takes this kind of model apart, and what its links call it there."""
    kind = None
    if info.task == "translation" and info.design:
        kind, model = "recurrent", "m"
    elif info.task == "classification" and names.kind(info) == ("han", "attention"):
        kind, model = "hierarchy", "dm"
    elif _has_heads(info):
        kind, model = "self_attention", "tm"
    return [Use("step_by_step", N_("Step by step"), "calculate", model, (("a", kind),))] if kind else []
