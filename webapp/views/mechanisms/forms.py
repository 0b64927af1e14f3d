"""Which models stand side by side: those that differ in one part of their mechanism, and are alike in all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.models.recurrent.placements import NULL_KEY, PLACEMENTS
from engine.store.catalogue import ModelInfo
from engine.training.forms import USUAL, Form
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import names

AXES = {
    "score": N_("Scoring functions"),
    "window": N_("Windows"),
    "selection": N_("Selections"),
    "placement": N_("Placements"),
}
SINGLE = {
    "score": N_("Scoring function"),
    "window": N_("Window"),
    "selection": N_("Selection"),
    "placement": N_("Placement"),
}
PARTS = {
    "score": ("score",),
    "window": ("window", "width"),
    "selection": ("selection", "null_key"),
    "placement": ("placement",),
}
"""In what forms along an axis may differ."""


@dataclass(frozen=True)
class Shown:
    """One model of a comparison: `id` stands in links, the rest is said of what it differs in."""

    id: str
    info: ModelInfo
    title: str
    meaning: str
    formula: str
    source: str


def english_french() -> dict[str, ModelInfo]:
    """All recurrent translators of the two languages that are compared here, in the order of menus."""
    models = gateway.listing.models().items()
    return {
        name: info
        for name, info in models
        if info.design and (info.source_language, info.target_language) == ("en", "fr")
    }


def along(axis: str) -> list[Shown]:
    """The models to compare along one axis, in the engine's order: the lab along scoring functions, along the others
    the set, trained equally long, that has most different ones.

    What cannot be had with the rest of that set stands at the end, with the model that it is to be compared with.
    """
    if axis == "score":
        known = gateway.listing.models()
        return [_shown(score, axis, known[name], USUAL) for score, name in gateway.listing.lab().items()]
    groups = _groups(axis)
    most = max(groups, key=lambda key: (len(groups[key]), key[1]), default=None)
    if most is None:
        return []
    listed = dict(groups.pop(most))
    base, values = next(iter(listed)), {_value(axis, form) for form in listed}
    for (_, updates), group in groups.items():
        if updates == most[1] and len(group) > 1 and {_value(axis, form) for form in group} - values:
            listed |= group
            values |= {_value(axis, form) for form in group}
    return [_shown(info.name.rpartition("/")[2], axis, info, base) for info in listed.values()]


def _groups(axis: str) -> dict[tuple[Form, int], dict[Form, ModelInfo]]:
    """Models that are alike but for one axis, and were trained equally long; of one form the first in menus."""
    groups: dict[tuple[Form, int], dict[Form, ModelInfo]] = {}
    for info in english_french().values():
        if info.attends and info.direction == "both":
            form = Form.of(info)
            rest = form._replace(**{part: getattr(USUAL, part) for part in PARTS[axis]})
            groups.setdefault((rest, info.updates), {}).setdefault(form, info)
    return {key: _ordered(axis, group) for key, group in groups.items()}


def _ordered(axis: str, group: dict[Form, ModelInfo]) -> dict[Form, ModelInfo]:
    tables = {"window": list(WINDOWS), "selection": list(SELECTIONS), "placement": list(PLACEMENTS)}
    return dict(sorted(group.items(), key=lambda pair: (pair[0].null_key, tables[axis].index(getattr(pair[0], axis)))))


def _value(axis: str, form: Form) -> tuple[object, ...]:
    return tuple(getattr(form, part) for part in PARTS[axis])


LABEL: dict[str, Callable[[Form], str]] = {
    "score": lambda form: names.score(form.score),
    "window": lambda form: names.window(form.window, form.width),
    "selection": lambda form: names.selection(form.selection, null_key=form.null_key),
    "placement": lambda form: t(PLACEMENTS[form.placement].label),
}
"""How a form is called along each axis."""


def _shown(name: str, axis: str, info: ModelInfo, base: Form) -> Shown:
    """`base` is what the comparison is about: where a model differs from it in another axis, its title says so."""
    form = Form.of(info)
    others = [other for other in AXES if other not in (axis, "score") and axis != "score"]
    also = [LABEL[other](form) for other in others if _value(other, form) != _value(other, base)]
    part = described(axis, form)
    return Shown(name, info, " · ".join([LABEL[axis](form), *also]), t(part[0]), part[1], part[2])


def labels(info: ModelInfo) -> dict[str, str]:
    """What a model is along each axis; of one without attention its decoder stands in the place of the placement."""
    if not info.attends:
        order = "" if info.source_order == "as_is" else names.order(info.source_order)
        decoder = " · ".join(part for part in (t("no attention"), names.decoder(info.design), order) if part)
        return dict.fromkeys(AXES, "") | {"placement": decoder}
    called = {axis: label(Form.of(info)) for axis, label in LABEL.items()}
    forward = [t("forward encoder")] if info.direction == "forward" else []
    supervised = [t("supervised")] if info.supervised else []
    return called | {
        "selection": " · ".join([called["selection"], *supervised]),
        "placement": " · ".join([called["placement"], *forward]),
    }


def described(axis: str, form: Form) -> tuple[str, str, str]:
    """Meaning, formula and paper of what a form is along an axis."""
    part = {
        "score": SCORES[form.score],
        "window": WINDOWS[form.window],
        "selection": NULL_KEY if form.null_key else SELECTIONS[form.selection],
        "placement": PLACEMENTS[form.placement],
    }[axis]
    return part.meaning, part.formula, part.source
