"""Weights changed on purpose, and what the model answers then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from engine.attention.imposed import Permute, Pin, Uniform
from engine.attention.imposed_levels import Level, LevelChange, change
from engine.errors import Refused
from webapp.figures import document
from webapp.gateway.current import gateway
from webapp.i18n import joined, t
from webapp.shell import controls, frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.documents import answer, imposed
from webapp.views.shared import imposing, made

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading

FIELD = imposing.FIELD
KEYS = "imposed_"  # of the buttons, since those of the text go back and forth too


def panel(view: View, asked: answer.Asked) -> tuple[Reading | None, list[Picture]]:
    """Made once it is opened or a link brings changes along; gives what the model answers then, and what can be taken
    away of it."""
    # Before anything else, so that changes do not come to another model by way of one that offers none.
    made.follow(view, FIELD, _question(view, asked.reading))
    if asked.pooling != "attention" or asked.pieces:
        return None, []
    drawer = view.key("surgery")
    if view[FIELD]:
        st.session_state.setdefault(drawer, True)  # and it stays open once the last change is taken back
    box = st.expander(t("What if it had looked elsewhere?"), on_change="rerun", key=drawer)
    if not (box.open or view[FIELD]):
        return None, []
    with box:
        st.markdown(t("Change where the model looks, and see what that does to its answer."))
        _choose(view, asked.reading)
        made.made(view, FIELD, lambda each: imposed.in_words(each, asked.reading), KEYS)
        if not view[FIELD]:
            return None, []
        try:
            changed = gateway.documents.imposed(view["model"], asked.reading, view[FIELD])
        except Refused as reason:
            frame.refused(reason)
            return None, []
        return changed, _show(view, asked, changed)


def _question(view: View, reading: Reading) -> object:
    """What changes are of. A flat model counts its words through the sentences that are read: with others, a number
    means another word."""
    return view["model"], reading.document.text, reading.without if reading.sentences is None else None


def _choose(view: View, reading: Reading) -> None:
    """Which change, and of what."""
    kind, level = view.key("change"), view.key("level")
    st.session_state.setdefault(kind, "pin")
    st.session_state.setdefault(level, "words")
    levels: dict[str, str] = imposed.LEVELS if reading.sentences is not None else {}
    chosen: Level = st.session_state[level] if levels else "words"
    with st.container(horizontal=True, gap="medium"):
        if levels:
            controls.segments(t("Weights of"), levels, level)
        with controls.setting(t(imposed.MEANING[st.session_state[kind]])):
            controls.segments(t("Change"), imposed.CHANGES, kind)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        asked = _change(view, reading, chosen, st.session_state[kind])
        imposing.apply(view, asked, _make, view, chosen, asked)


def _make(view: View, level: Level, chosen: LevelChange) -> None:
    made.take(view, FIELD, imposed.with_change(view[FIELD], level, chosen))


def _change(view: View, reading: Reading, level: Level, kind: str) -> LevelChange | None:
    """What the controls ask for; None as long as nothing is chosen to pin."""
    if kind == "pin":
        return _pin_sentences(view, reading) if level == "sentences" else _pin_words(view, reading)
    rows: tuple[int, ...] = ()
    if level == "words" and reading.sentences is not None:
        number = _sentence(view, reading, every=True)
        rows = () if number is None else (number,)
    return Uniform(rows) if kind == "uniform" else Permute(rows, imposed.fresh_seed(view[FIELD], level, rows))


def _sentence(view: View, reading: Reading, *, every: bool) -> int | None:
    """One sentence that is read; None for all of them, where `every` offers that."""
    offered: list[int | None] = [*([None] if every else []), *reading.read]
    named = {number: imposed.sentence(reading, number) for number in reading.read}
    return st.selectbox(
        t("Sentence"),
        offered,
        format_func=lambda number: t("every sentence") if number is None else named[number],
        key=view.key(f"sentence_{'every' if every else 'one'}_{len(offered)}"),
        width=270,
    )


def _pin_words(view: View, reading: Reading) -> Pin | None:
    number = _sentence(view, reading, every=False)
    assert number is not None, "a text that is read has a sentence"
    words = reading.document.words(number)
    chosen = _several(view, t("Words"), [f"{k} · {word}" for k, word in enumerate(words, 1)], f"words_{number}")
    share = imposing.share(view)
    if reading.sentences is not None:
        return Pin((number,), tuple(chosen), share) if chosen else None
    # A flat model counts its words through all sentences that it reads.
    before = sum(len(reading.document.words(i)) for i in reading.read if i < number)
    return Pin((), tuple(before + k for k in chosen), share) if chosen else None


def _pin_sentences(view: View, reading: Reading) -> Pin | None:
    offered = [imposed.sentence(reading, number) for number in reading.read]
    chosen = _several(view, t("Sentences"), offered, "sentences")
    share = imposing.share(view)
    return Pin((), tuple(reading.read[k] for k in chosen), share) if chosen else None


def _several(view: View, label: str, offered: Sequence[str], name: str) -> list[int]:
    chosen: list[int] = st.multiselect(
        label,
        range(len(offered)),
        format_func=offered.__getitem__,
        placeholder=t("Choose what gets the weight"),
        key=view.key(f"pin_{name}_{len(offered)}"),
        width=260,
    )
    return sorted(chosen)


def _show(view: View, asked: answer.Asked, changed: Reading) -> list[Picture]:
    """The answer beside that of the model as it is, and the text under the changed weights."""
    then = replace(asked, reading=changed, before=asked.reading)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width="content"):
            st.subheader(answer.answer_in_words(changed), anchor=False)
        with st.container(width=answer.BARS):
            bars = answer.bars(then)
            frame.figure(frame.drawn(bars, group=answer.GROUP), key=view.key("bars_changed"))
    was = t("As the model is: {before}; the marks show where the bars stood.")
    st.caption(was.format(before=answer.answer_in_words(asked.reading)))
    by_effect = view["reading"] == "effect"
    whole = answer.scene(then, then_by(view), None if by_effect else asked.reading)
    drawn = document.heaviest(whole, answer.MOST_DRAWN)
    frame.figure(frame.drawn(replace(drawn, note=""), group=answer.GROUP), key=view.key("figure_changed"))
    st.caption(joined(*_told(view, asked), whole.note))
    facts = {"changes": ".".join(view[FIELD])}
    title = t("Under changed weights: {answer}").format(answer=answer.answer_in_words(changed))
    return [
        Picture("document-changed", title, drawn, whole, facts=facts),
        Picture("classes-changed", t("Probability of each class, changed"), bars, bars, facts=facts),
    ]


def then_by(view: View) -> str:
    """What the changed text is shaded by, as `answer.drawn_shade` takes it: effect is not worked out of it."""
    return "relative" if view["reading"] == "effect" else str(view["reading"])


def _told(view: View, asked: answer.Asked) -> list[str]:
    """What must be known to read the changed text beside the one above."""
    if view["reading"] != "effect":
        shaded = t("A colour here is paler than above where the scale reaches further.")
    elif asked.flat:
        shaded = t("It is shaded by attention, because effect is not worked out under changed weights.")
    else:
        shaded = t(
            "It is shaded by attention beside an even share, because effect is not worked out under changed weights."
        )
    anew = not asked.flat and any(change(code)[0] == "words" for code in view[FIELD])
    held = t("Sentences are weighed anew by what was read of their words; pin them too to hold their bars.")
    return [t("The text under the changed weights."), shaded, *([held] if anew else [])]
