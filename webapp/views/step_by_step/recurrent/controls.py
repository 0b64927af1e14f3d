"""What can be set for a step of a recurrent translator: whose it is, and which word it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.models.recurrent.placements import PLACEMENTS
from engine.store.catalogue import ModelInfo
from webapp.examples.sentences import examples
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import controls, names
from webapp.shell.fields import Field, choice, count, text
from webapp.shell.view import View
from webapp.views.step_by_step.kind import SMALL

MOST_STEPS = 500


@dataclass(frozen=True)
class Classic:
    """A sentence that teachers use, and the languages it is translated between."""

    text: str
    source: str
    target: str


CLASSICS = (
    Classic("我爱中国", "zh", "en"),
    Classic("我是谁？", "zh", "en"),
    Classic("Tom chases Jerry.", "en", "fr"),
)


def models() -> dict[str, ModelInfo]:
    """Recurrent translators, those with attention first."""
    known = {name: info for name, info in gateway.listing.models().items() if info.design}
    return dict(sorted(known.items(), key=lambda pair: not pair[1].attends))


def fields() -> dict[str, Field]:
    """What can be set, with the ids that stand in links."""
    known, default = models(), _default()

    def example(values: Mapping[str, Any]) -> str:
        info = known.get(values["model"])
        source = info.source_language if info else "zh"
        return next((classic.text for classic in CLASSICS if classic.source == source), examples(source)[0])

    return {
        "model": choice("m", [*known, SMALL], default),
        "text": text("t", example({"model": default}), follows=example),
        "step": count("p", 1, MOST_STEPS),
        "word": count("j", 1, MOST_STEPS),
        "score": choice("x", list(SCORES), "additive"),
        "window": choice("g", list(WINDOWS)),
        "selection": choice("s", list(SELECTIONS)),
        "placement": choice("w", list(PLACEMENTS)),
    }


def _default() -> str:
    """The model that the page opens with; the small case where there is no other."""
    known = models()
    favourite = gateway.listing.default_model() if known else SMALL
    return favourite if favourite in known else next(iter(known), SMALL)


def ask(view: View) -> None:
    """Whose step: a model with its sentence, or the small case with its mechanism."""
    known = models()
    labels = names.models(known)
    labels[SMALL] = t("Small case: 4 words, 4 numbers a vector")
    with st.container(horizontal=True, gap="small"):
        controls.model(view, labels, _follow_language, width=300)
        if view["model"] == SMALL:
            _form(view)
        else:
            controls.sentence(view, known[view["model"]].source_language)
    _examples(view)
    if view["model"] == SMALL:
        st.caption(
            t(
                "Every parameter, every key and the first state have two decimals, so that each line can be redone "
                "with a pocket calculator. This translator has learnt nothing: its numbers were chosen."
            )
        )


def _form(view: View) -> None:
    """The mechanism of the small case."""
    placements = {name: t(part.label) for name, part in PLACEMENTS.items()}
    for name, label, options in (
        ("score", t("Scoring function"), {name: t(cls.label) for name, cls in SCORES.items()}),
        ("placement", t("Attention"), placements),
        ("window", t("Window"), {name: t(cls.label) for name, cls in WINDOWS.items()}),
        ("selection", t("Selection"), {name: t(cls.label) for name, cls in SELECTIONS.items()}),
    ):
        st.selectbox(label, list(options), format_func=options.__getitem__, key=view.key(name), width=190)


def _follow_language(view: View) -> None:
    """An example gives way to one in the language of the new model; what somebody typed stays."""
    info = models().get(view["model"])
    shown = {classic.text for classic in CLASSICS} | set(examples("en")) | set(examples("fr")) | set(examples("zh"))
    if info is not None and view["text"] in shown:
        source = info.source_language
        view["text"] = next((c.text for c in CLASSICS if c.source == source), examples(source)[0])
    view["step"] = view["word"] = 1


def _examples(view: View) -> None:
    """The classics, as far as there is a model for them, and the small case."""
    offered = {k: model for k, classic in enumerate(CLASSICS) if (model := _translator(classic))}
    labels = {k: CLASSICS[k].text for k in offered} | {len(CLASSICS): t("Small case")}
    shown = [k for k, name in offered.items() if (view["model"], view["text"]) == (name, CLASSICS[k].text)]
    marked = len(CLASSICS) if view["model"] == SMALL else next(iter(shown), None)

    def take(picked: int) -> None:
        view["model"] = offered.get(picked, SMALL)
        if picked in offered:
            view["text"] = CLASSICS[picked].text
        view["step"] = view["word"] = 1

    controls.offered(view, "example", t("Examples"), labels, marked, take, wrap=False)


def _translator(classic: Classic) -> str | None:
    """The model that a classic is shown with: the additive one of its languages, else any with attention."""
    wanted = (classic.source, classic.target)
    fitting = [
        name
        for name, info in models().items()
        if (info.source_language, info.target_language) == wanted and info.attends
    ]
    return next((name for name in fitting if name.endswith("additive")), next(iter(fitting), None))
