"""The figures of the Translate page: attention at once, and effect beside it as soon as it has been worked out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.errors import Refused
from engine.inference.sentence_maps import words_of
from engine.inference.translation import Translation
from engine.traces import NOWHERE, Effect, Trace
from webapp.components import ROOM
from webapp.figures.drawing import panels
from webapp.figures.scenes.scene import MatrixScene
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import frame
from webapp.shell.frame import Picture
from webapp.shell.view import View
from webapp.views.shared import in_a_sentence, pair_reading
from webapp.views.shared.pair_reading import Kind, Reading
from webapp.views.translate import controls

GROUP = "translate"
LEAST = 380  # pixels a figure takes, for the sentences under it
EDGE = 8  # pixels around a figure
NO_ATTENTION = N_("This model has no attention: it knows the sentence by one vector alone, so there is no map to draw.")
LONGER = 30  # pixels that what stands below the cells takes more of an effect's figure than of attention's


def show(view: View, translation: Translation, drawn_first: Callable[[], None]) -> tuple[Translation, list[Picture]]:
    """What was asked for side by side; gives the translation with its effect, where that was asked for, and all that
    can be taken away. `drawn_first` is called once the first of it is there. Raises Refused where there is nothing to
    show at all."""
    size = (LEAST, LEAST)
    pictures: list[Picture] = []
    wanted = kinds(view, translation)
    if translation.trace is None:
        st.caption(
            joined(t(NO_ATTENTION), t("What each source word does to the translation can be shown all the same."))
        )
    with st.container(horizontal=True, gap="medium"):
        if "attention" in wanted:
            # This goes to the browser while the effect, which takes longer, is worked out.
            picture, size = _drawn(view, _read(view, translation, "attention"), st.container, None)
            pictures.append(picture)
        if (kind := wanted[-1]) != "attention":
            spot = st.empty()
            slow = not _known(view, translation, kind)
            if slow:
                _promise(view, kind, spot, *size)
            drawn_first()
            try:
                if kind == "effect":
                    translation = gateway.sentences.with_effect(view["model"], translation)
                reading = _read(view, translation, kind)
                if slow:
                    gateway.give_way()
                pictures.append(_drawn(view, reading, spot.container, pictures[0] if pictures else None)[0])
            except Refused as reason:
                with spot.container(width=size[0]):
                    frame.refused(reason)
    return translation, pictures


def kinds(view: View, translation: Translation) -> list[Kind]:
    """What is read: attention first, where the model has any."""
    attends = translation.trace is not None
    first: list[Kind] = ["attention"] if view["reading"] != "effect" and attends else []
    later: Kind = "consensus" if view["reading"] == controls.BEST else "effect"
    return [*first, later] if view["reading"] != "attention" or not attends else first


def _promise(view: View, kind: Kind, spot: DeltaGenerator, width: int, height: int) -> None:
    """The place that a slower reading will take, so that nothing moves when it comes."""
    alone = kind != "consensus" and controls.back(view, kind) is None
    title, meaning = (
        (pair_reading.TITLE, pair_reading.MEANING) if alone else (pair_reading.BOTH_TITLE, pair_reading.BOTH_MEANING)
    )
    with spot.container(gap="xxsmall", width=width):
        st.header(t(title[kind]), anchor=False)
        st.skeleton(height=height + LONGER)
        st.caption(t(meaning[kind]))


def _known(view: View, translation: Translation, kind: Kind) -> bool:
    """Whether the effect, read as it was asked for, or the consensus is there at once."""
    if kind == "consensus":
        return gateway.sentences.knows_consensus(view["model"], *_sides(translation))
    if not gateway.sentences.knows_effect(view["model"], translation):
        return False
    back = controls.back(view, "effect")
    rows, keys = words_of(translation)
    return back is None or gateway.sentences.knows_alignment(back, rows, keys, "effect")


def _drawn(
    view: View, reading: Reading, container: Callable[..., DeltaGenerator], attention: Picture | None
) -> tuple[Picture, tuple[int, int]]:
    """One reading in a `container` of its own: its name, the figure or its table, and below it what is to be seen,
    beside `attention` where that is shown, what it means and what the end of the sentence took. Gives also the pixels
    that the figure takes across and down."""
    picture = _picture(view, reading)
    table = view["shape"] == "table"
    svg = "" if table else frame.drawn(picture.scene, group=GROUP)
    width, height = (LEAST, LEAST) if table else panels.size(svg)
    # As wide as the figure, so that two stand side by side where there is room and one below the other elsewhere.
    wide = max(LEAST, width + EDGE)
    with container(gap="xxsmall", width="stretch" if table else wide):
        st.header(picture.title, anchor=False)
        if not table:
            frame.figure(svg, key=view.key(f"figure_{picture.name}"))
        elif isinstance(picture.numbers, MatrixScene):
            frame.table(picture.numbers, title=picture.title, key=view.key(f"table_{picture.name}"))
            st.caption(f"{picture.numbers.unit}. {picture.numbers.note}")
        if shows := _shows(reading, picture, attention):
            st.markdown(shows)
        st.caption(joined(reading.meaning, reading.heads, _end(view, reading)))
    return picture, (wide, height + ROOM)


def _shows(reading: Reading, picture: Picture, attention: Picture | None) -> str:
    """What a figure shows, and where it differs from that of attention."""
    numbers, both_ways = picture.numbers, reading.both_ways
    assert isinstance(numbers, MatrixScene)
    differs = ""
    if attention is not None and isinstance(attention.numbers, MatrixScene):
        differs = in_a_sentence.difference(attention.numbers, numbers, both_ways=both_ways)
    return joined(in_a_sentence.sentence(numbers, reading.kind, both_ways=both_ways), differs)


def _end(view: View, reading: Reading) -> str:
    """What the end of the sentence took of the attention; empty where nothing is known of it."""
    shares = reading.end_shares
    if shares is None or not len(shares):
        return ""
    sentence = t(
        "On average {mean} % of the attention goes to the end-of-sentence mark `</s>` (at most {most} % in a row)."
    )
    sentence = sentence.format(mean=round(100 * shares.mean()), most=round(100 * shares.max()))
    nowhere = reading.nowhere_shares
    null_key = t("On average {mean} % goes nowhere, to the null key {mark} (at most {most} % in a row).")
    further = (
        null_key.format(mean=round(100 * nowhere.mean()), most=round(100 * nowhere.max()), mark=f"`{NOWHERE}`")
        if nowhere is not None
        else ""
    )
    left_out = t("It is left out here.") if nowhere is None else t("Both are left out here.")
    return joined(sentence, further, "" if view["end"] else left_out)


def _sides(translation: Translation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the source and those of the translation."""
    target, source = words_of(translation)
    return source, target


def _read(view: View, translation: Translation, kind: Kind) -> Reading:
    """Attention or effect, in one direction or in both, or what several models say together."""
    if kind == "consensus":
        return pair_reading.consensus(gateway.sentences.consensus(view["model"], *_sides(translation)))
    back = controls.back(view, kind)
    heads = controls.heads(view)
    by_words = view["unit"] == "words" or back is not None
    reading = pair_reading.read(translation, kind, by_words=by_words, end=view["end"], heads=heads)
    if back is None:
        return reading
    whole: Trace | Effect | None = translation.trace if kind == "attention" else translation.effect
    assert whole is not None
    words = (heads.of(whole) if isinstance(whole, Trace) else whole).by_words()
    rows, keys = words_of(translation)
    backward = gateway.sentences.align(back, rows, keys, kind, later=kind == "effect")
    return pair_reading.both_ways(reading, words, backward)


def _picture(view: View, reading: Reading) -> Picture:
    numbers = pair_reading.matrix(reading)
    drawn = pair_reading.lines(reading, view["mass"] / 100) if view["shape"] == "lines" else numbers
    facts = _facts(view, reading)
    marks = [f"{name}-{facts[name]}" for name in ("beam", "layer", "head") if name in facts]
    both = ["both-directions"] if reading.both_ways and reading.kind != "consensus" else []
    return Picture(
        reading.kind, reading.title, drawn, numbers, frozenset(reading.links), facts=facts, marks=(*both, *marks)
    )


def _facts(view: View, reading: Reading) -> dict[str, str]:
    """What the numbers are and by which settings, for whoever opens a file later."""
    facts = {
        "reading": reading.kind,
        "unit": pair_reading.UNIT["attention" if reading.both_ways else reading.kind],
        "directions": f"both, joined with {controls.back(view, reading.kind)}" if reading.both_ways else "one",
        "end of sentence": "shown" if view["end"] and not reading.both_ways else "left out",
    }
    if reading.kind == "consensus":
        facts["directions"] = "both"
        facts["models"] = ", ".join(gateway.sentences.consensus_of(view["model"]))
    facts |= {"translation": "typed"} if view["own"] else {"beam": str(view["beam"])}
    if not view["own"] and view["hypothesis"] > 1:
        facts["candidate"] = str(min(view["hypothesis"], view["beam"]))
    if reading.kind == "attention" and reading.place is not None:
        layer, head = reading.place
        facts |= {"layer": str(layer + 1), "head": "average" if head is None else str(head + 1)}
    if reading.kind == "attention":
        facts |= {"step": ("same", "next", "next but one")[controls.heads(view).later]}
    return facts
