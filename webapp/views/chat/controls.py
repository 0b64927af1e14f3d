"""All that can be set on the page Chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.inference.conversation import BEAM, Answer
from engine.store.catalogue import ModelInfo
from engine.text.given import MAX_CHARACTERS
from webapp import i18n
from webapp.examples.messages import MESSAGES, messages
from webapp.gateway.current import gateway
from webapp.i18n import N_, escaped, t
from webapp.shell import controls, names
from webapp.shell.fields import choice, count, flag, text
from webapp.shell.typed import clean
from webapp.shell.view import View

MMI = N_(
    "MMI, maximum mutual information: a reply gains if it makes the message likely, so that one which fits every "
    "message loses. Without it, the likeliest reply comes first."
)
ALONE = N_("This model names no other that could weigh its replies: the likeliest comes first.")


def models() -> dict[str, ModelInfo]:
    """Those that reply in the language of the page first, as it opens; English before any other."""
    known, own = gateway.conversation.models(), i18n.language()
    return dict(sorted(known.items(), key=lambda pair: [pair[1].source_language != each for each in (own, "en")]))


def language(name: str) -> str | None:
    """That of a model; None for no model."""
    info = models().get(name)
    return None if info is None else info.source_language


def view() -> View:
    """What the page shows, with the ids that stand in its links."""

    def example(before: Mapping[str, Any]) -> str:
        return messages(language(before["model"]))[0]

    known = list(models()) or [""]
    fields = {
        "model": choice("m", known),
        "text": text("t", example({"model": known[0]}), follows=example),
        "weighed": flag("w", default=True),
        "candidate": count("n", 1, BEAM),
    }
    return View("chat", fields, fingerprint)


def fingerprint(values: Mapping[str, Any]) -> str:
    """The weights of the model that replies; where its replies are weighed, those of the way back as well."""
    name = values["model"]
    back = gateway.conversation.reverse(name) if values["weighed"] and name in models() else ""
    return gateway.listing.fingerprint_of_all([name, back]) if back else gateway.listing.fingerprint(name)


def ask(view: View) -> None:
    """The model, what somebody says, whether replies are weighed, and messages to try."""
    reverse = view["model"] in models() and gateway.conversation.reverse(view["model"])
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        controls.model(view, names.responders(models()), _other_language, width=180)
        st.text_input(t("Message"), key=view.key("text"), max_chars=MAX_CHARACTERS, on_change=_begin, args=(view,))
        st.toggle(
            t("Weigh by MMI"),
            key=view.key("weighed"),
            on_change=_begin,
            args=(view,),
            disabled=not reverse,
            help=t(MMI if reverse else ALONE),
        )
    _to_try(view)


def _begin(view: View) -> None:
    """Another message has other replies: the best one is shown."""
    view["candidate"] = 1


def _other_language(view: View) -> None:
    """One of the messages to try turns into the same in the language of the model."""
    _begin(view)
    for known in MESSAGES.values():
        if view["text"] in known:
            view["text"] = messages(language(view["model"]))[known.index(view["text"])]
            return


def _to_try(view: View) -> None:
    """Messages one click away."""
    known = messages(language(view["model"]))

    def take(picked: int) -> None:
        view["text"], view["candidate"] = known[picked], 1

    marked = known.index(view["text"]) if view["text"] in known else None
    controls.offered(view, "example", t("Examples"), dict(enumerate(known)), marked, take, wrap=False)
    controls.other_language(clean(view["text"]), language(view["model"]))


def choose(view: View, answer: Answer) -> None:
    """All replies of the search, best first; the one that is drawn is marked."""

    def take(picked: int) -> None:
        view["candidate"] = picked

    replies = {place: escaped(reply.text) for place, reply in enumerate(answer.replies, 1)}
    marked = answer.translation.chosen + 1
    label = t("Replies, the best first")
    # In one row: the table below has all of them, and the map is to be in sight on a phone.
    controls.offered(view, "reply", label, replies, marked, take, shown=True, wrap=False)
