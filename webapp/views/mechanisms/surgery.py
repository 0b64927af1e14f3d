"""The same change of attention for every model that is compared, and what each makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.errors import Refused
from engine.schemas import trace
from webapp.figures.scenes.wording import printed
from webapp.gateway.current import gateway
from webapp.i18n import escaped, joined, t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.mechanisms.comparison import Answer
from webapp.views.shared import imposed, imposing, made, pair_reading
from webapp.views.shared.output_tokens import signed

if TYPE_CHECKING:
    from engine.inference.imposed import Imposition

FIELD = imposing.FIELD
GROUP = "mechanisms_changed"
WIDTH = 262
OF_ALL = ("mute", "uniform", "permute")  # what needs no common translation


def panel(view: View, answers: Sequence[Answer], *, common: bool) -> tuple[dict[str, Imposition], list[Picture]]:
    """Made once it is opened or a link brings changes along; gives what became of each model's translation, which is
    `common` to all or its own, and what can be taken away of it."""
    drawer = view.key("surgery")
    first = answers[0].translation
    made.follow(view, FIELD, (first.text, first.output.text if common else None))
    if view[FIELD]:
        st.session_state.setdefault(drawer, True)  # and it stays open once the last change is taken back
    box = st.expander(t("What if they had looked elsewhere?"), on_change="rerun", key=drawer)
    if not (box.open or view[FIELD]):
        return {}, []
    with box:
        st.markdown(t("Change where every one of these models looks, and see what that does to the translation."))
        columns = imposing.offered(first.keys, by_words=True)
        if common:
            imposing.choose(view, imposing.offered(first.queries, by_words=True), columns)
        else:
            imposing.choose(view, [], columns, OF_ALL)
            st.caption(t("To change the row of a single word, let all models score the same translation."))
        rows = first.queries if common else first.queries.only([])  # a row by its number, for each has its own words
        made.made(view, FIELD, lambda each: imposed.in_words(each, rows, first.keys))
        return _all(view, answers) if view[FIELD] else ({}, [])


def facts(changed: dict[str, Imposition], answer: Answer) -> dict[str, Any]:
    """What the file says of one model's change, if there is any."""
    imposition = changed.get(answer.shown.info.name)
    return {} if imposition is None else {"imposed": trace.imposition(imposition)}


def _all(view: View, answers: Sequence[Answer]) -> tuple[dict[str, Imposition], list[Picture]]:
    changed: dict[str, Imposition] = {}
    pictures: list[Picture] = []
    with st.container(horizontal=True, gap="small"):
        for answer in answers:
            name = answer.shown.info.name
            with st.container(width=WIDTH, gap="xxsmall"):
                st.header(answer.shown.title, anchor=False)
                if not answer.shown.info.imposable:
                    st.caption(
                        t("This model mixes outputs, not what it looked at, so its attention cannot be changed.")
                    )
                    continue
                try:
                    changed[name] = gateway.sentences.impose(name, answer.translation, view[FIELD], 1)
                except Refused as reason:
                    frame.refused(reason)
                    continue
                pictures.append(_card(view, answer, changed[name]))
    st.caption(
        joined(
            t("Maps are of the same words, said once more under the changes, and hold the end-of-sentence mark."),
            t("ln p in nats; translated anew: always the likeliest subword."),
        )
    )
    return changed, pictures


def _card(view: View, answer: Answer, imposition: Imposition) -> Picture:
    """What became of the translation, what the model writes instead, and its map under the changes."""
    before, after = (each.output.logprob for each in (imposition.before, imposition.same))
    rise = t("ln p {before} → {after} ({change})").format(
        before=signed(before), after=signed(after), change=printed(f"{after - before:+.2f}")
    )
    same = imposition.new.ids == imposition.before.ids
    new = t("the translation stays the same, word for word.") if same else escaped(imposition.new.output.text)
    st.markdown(f"{rise}  \n{joined(t('**Translated anew:**'), new)}")
    reading = pair_reading.read(imposition.same, "attention", by_words=True, end=True)
    scene = pair_reading.matrix(reading)
    key = view.key(f"changed_{answer.shown.id.replace('-', '_')}")
    frame.figure(frame.drawn(scene, group=GROUP, column_group=GROUP, compact=True), key=key)
    info = answer.shown.info
    stamp = Stamp(info.name, gateway.listing.fingerprint(info.name), imposition.same.output.text)
    origin = {"reading": "attention", "changes": ".".join(view[FIELD]), "translation": imposition.same.output.text}
    return Picture(f"{answer.shown.id}-changed", answer.shown.title, scene, scene, None, stamp, facts=origin)
