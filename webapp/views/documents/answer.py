"""What the Documents page answers: how likely each class is, and where the model looked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from engine.store.catalogue import ModelInfo
from webapp.figures import document
from webapp.figures.drawing.bars import percent
from webapp.figures.scenes.scene import BarsScene, DocumentScene
from webapp.gateway.current import gateway
from webapp.i18n import N_, joined, t
from webapp.shell import frame, names
from webapp.shell.view import View
from webapp.views.documents import changes, tables

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading, Shade
    from engine.text.document import Document

GROUP = "documents"
MOST_DRAWN = 2_500  # words
BARS = 480  # pixels
CARD = 390  # pixels, so that two stand side by side on a laptop

UNIT = {"relative": N_("× even"), "combined": N_("√(p_s·p_w)"), "words": N_("share"), "effect": N_("nats")}
MEANING = {
    "relative": N_(
        "The more attention a word got, beside an even share of it (p_s · p_w, times the number of sentences and of "
        "the words in its own), the stronger its colour: no word stands out because its sentence is short. A bar is "
        "the share of attention that its sentence got."
    ),
    "combined": N_(
        "The more attention a word got within its sentence, and its sentence within the text, the stronger its colour: "
        "√(p_s · p_w). A bar is the share of attention that its sentence got."
    ),
    "words": N_(
        "A bar is the share of attention that its sentence got; a word is shaded by its share within its own sentence, "
        "p_w, however little that sentence counted."
    ),
    "effect": N_(
        "How much less likely the answer becomes without a sentence (bar) or a word (shade): blue speaks for the "
        "answer, orange-brown against it. This is what mattered, wherever the model looked."
    ),
}
WEIGHED = {
    "combined": N_(
        "A bar is the weight of its sentence; a word's colour is the stronger, the larger the root of its sentence's "
        "weight times its own: √(p_s · p_w)."
    ),
    "words": N_("A bar is the weight of its sentence; a word is shaded by its weight within its own sentence, p_w."),
}
FLAT = N_(
    "This model reads the text as one long row of words: a word's colour is the stronger, the larger its share of all "
    "attention, and a bar is the sum of its sentence's words."
)
BY = {
    "rollout": N_(
        "This model is a Transformer: its layers mix every word with the others. Rollout follows attention down "
        "through all of them, residuals counted, from the mean that the answer is read from (Abnar & Zuidema 2020)."
    ),
    "gradient": N_(
        "Attention of all layers, weighed by how much the answer hangs on it, and followed down to the words "
        "(Chefer et al. 2021): what spoke for the answer."
    ),
    "last": N_(
        "Attention of the last layer alone, the mean of its heads and places. By then every place holds words from all "
        "over the text, so this says the least about words."
    ),
}
SHARES = N_("A word's colour is the stronger, the larger its share, and a bar is the sum of its sentence's words.")
NOT_ATTENTION = {
    "average": N_(
        "This model averages: all sentences weigh the same, and so do all words of one. This is not attention."
    ),
    "max": N_(
        "This model takes the maximum: a weight is the share of the dimensions whose largest value comes from there. "
        "This is not attention."
    ),
}
NOTE = {
    "relative": N_("1 is an even share of attention. Strongest colour: {most} times even."),
    "combined": N_("p_s sums to 1 over the sentences, p_w over the words of each sentence. Strongest colour: {most}."),
    "words": N_("Weights sum to 1 over the words of each sentence. Strongest colour: {most}."),
    "effect": N_("Fall of ln p of the answer without the word or sentence. Strongest colour: {most} nats."),
}


@dataclass(frozen=True, eq=False)
class Asked:
    """A model's answer to the text as it stands, and to the text as it came where something was changed."""

    info: ModelInfo
    reading: Reading
    before: Reading | None

    @property
    def flat(self) -> bool:
        return self.reading.sentences is None

    @property
    def pooling(self) -> str:
        return names.kind(self.info)[1]

    @property
    def pieces(self) -> bool:
        return names.pieces(self.info)


def cut(name: str, text: str) -> Document:
    """The text as sentences. Raises Refused."""
    return gateway.documents.read(name, text).document


def ask(name: str, version: changes.Version, shade: str) -> Asked:
    """One question to the engine, a second one where the text was changed. Raises Refused."""
    info = gateway.listing.models("classification")[name]
    by = shade if shade in BY and names.pieces(info) else None
    count = len(cut(name, version.text).sentences) if version.off else 0
    off = frozenset(n - 1 for n in version.off if n <= count)
    reading = gateway.documents.read(name, version.text, without=off, effect=shade == "effect", by=by)
    changed = off or version.original != version.text
    before = gateway.documents.read(name, version.original) if changed else None
    return Asked(info, reading, before)


def answer_in_words(reading: Reading) -> str:
    """The answer in words."""
    best = reading.predicted
    share = t("{value} %").format(value=percent(reading.probabilities[best]))
    return t("{label}, {share}").format(label=names.label(reading.labels[best]), share=share)


def answer(view: View, asked: Asked) -> None:
    """What the model says, how sure it is, and how that came to be after what the visitor changed."""
    reading, before = asked.reading, asked.before
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width="content"):
            st.header(answer_in_words(reading), anchor=False)
        with st.container(width=BARS):
            frame.figure(frame.drawn(bars(asked), group=GROUP, large=True), key=view.key("bars"))
    facts = []
    if reading.without:
        count = len(reading.document.sentences)
        left = count - len(reading.without)
        facts.append(t("The model read {read} of {count} sentences.").format(read=left, count=count))
    if before is not None:
        was = t("Before the change: {before}; the marks show where the bars stood.")
        facts.append(was.format(before=answer_in_words(before)))
    if facts:
        st.caption(joined(*facts))


def bars(asked: Asked) -> BarsScene:
    """The probability of each class, and what it was before something was changed."""
    before = None if asked.before is None else np.array(asked.before.probabilities)
    labels = tuple(names.label(label) for label in asked.reading.labels)
    return BarsScene(labels, np.array(asked.reading.probabilities), t("probability"), before)


def drawn_shade(asked: Asked, reading: str) -> Shade:
    """By which numbers the words are shaded where the visitor chose `reading`."""
    # Whatever way its weights were read, a word has one.
    shades: dict[str, Shade] = {"relative": "relative", "words": "words", "effect": "effect"}
    # A flat model has no sentences whose length could mislead, and what averages weighs all alike.
    even = asked.flat or asked.pooling in NOT_ATTENTION
    return "combined" if even and reading == "relative" else shades.get(reading, "combined")


def scene(asked: Asked, reading: str, beside: Reading | None = None) -> DocumentScene:
    """The document as it is drawn, its note in the visitor's language; on a scale that reaches as far as that of
    the one `beside` it."""
    shade = drawn_shade(asked, reading)
    bar_unit = t("nats") if shade == "effect" else t("share")
    unit = t(UNIT["words" if asked.flat and shade == "combined" else shade])
    drawing = document.document(asked.reading, shade, unit=unit, bar_unit=bar_unit, beside=beside)
    note = (
        t(NOTE[shade])
        if not (asked.flat and shade != "effect")
        else t("Weights sum to 1 over all words. Strongest colour: {most}.")
    )
    return replace(drawing, note=note.format(most=f"{drawing.maximum:.3g}"))


def meaning(asked: Asked, shade: str) -> str:
    """What bars and shades say, in words."""
    if shade == "effect":
        return t(MEANING["effect"])
    shade = shade if shade in MEANING else "combined"
    if asked.pooling in NOT_ATTENTION:
        return joined(t(NOT_ATTENTION[asked.pooling]), t(WEIGHED.get(shade, WEIGHED["combined"])))
    if asked.pieces:
        return joined(t(BY[asked.reading.by]), t(SHARES))
    return t(FLAT if asked.flat else MEANING[shade])


def picture(view: View, asked: Asked) -> tuple[DocumentScene, DocumentScene]:
    """The document, or its table, and what that means; gives all of it, and as much of it as is drawn."""
    reading, shade = asked.reading, view["reading"]
    whole = scene(asked, shade)
    drawn = document.heaviest(whole, MOST_DRAWN)
    if reading.cut is not None:
        facts = {"first": reading.cut[0] + 1, "last": reading.cut[1], "count": reading.document.size}
        st.caption(
            t(
                "The text is longer than this model reads at once: words {first} to {last} of {count} were left out."
            ).format(**facts)
        )
    _cut_sentences(reading.document)
    if shade == "effect" and reading.effect is not None and reading.effect.words is None:
        partly = np.isfinite(reading.effect.sentences).any()
        parts = t("The text is too long to take away each word; only the sentences were.")
        st.caption(parts if partly else t("The text is too long to take away its words and sentences one by one."))
    if view["shape"] == "table":
        tables.sentences(view, reading, whole, lambda text: cut(asked.info.name, text))
        tables.words(view, whole)
        st.caption(joined(meaning(asked, shade), whole.note))
    else:
        _figure(view, whole, drawn, meaning(asked, shade))
    return whole, drawn


def _cut_sentences(document: Document) -> None:
    """Say so where a sentence was too long to be read as one."""
    parts = [len(sentence.words) for sentence in document.sentences if sentence.part[1] > 1]
    if parts:
        count = sum(sentence.part[1] > 1 and sentence.part[0] == 1 for sentence in document.sentences)
        note = t("Too long to be read as one sentence, and cut into equal parts of at most {limit} words: {count}.")
        st.caption(note.format(limit=max(parts), count=count))


def _figure(view: View, whole: DocumentScene, drawn: DocumentScene, explanation: str) -> None:
    key = view.key("figure")
    name = view["model"]

    def act() -> None:
        changes.act(view, key, lambda text: cut(name, text))

    frame.figure(frame.drawn(replace(drawn, note=""), group=GROUP), key=key, on_act=act)
    if len(drawn.sentences) < len(whole.sentences):
        short = t("Drawn: {drawn} of {count} sentences, those with the longest bars; the table and the files hold all.")
        st.caption(short.format(drawn=len(drawn.sentences), count=len(whole.sentences)))
    st.caption(
        joined(
            explanation,
            whole.note,
            t("Click the box before a sentence to switch it off; double-click it to rewrite it."),
        )
    )


def compare(view: View, asked: Asked, version: changes.Version) -> None:
    """Every model of this language on the same text, in small."""
    language, shade = asked.info.source_language, view["reading"]
    known = {
        n: info for n, info in gateway.listing.models("classification").items() if info.source_language == language
    }
    others = sorted(known, key=lambda name: names.rank(known[name]))
    st.header(t("Models side by side"), anchor=False)
    st.caption(
        t("The same text; each model's strongest colour is equally strong. Hover or tap a word: it lights up in all.")
    )
    with st.container(horizontal=True, gap="medium"):
        for k, name in enumerate(others):
            other = ask(name, version, shade)
            with st.container(width=CARD, gap="xxsmall"):
                st.subheader(names.classifier(other.info, short=True), anchor=False)
                st.markdown(f"**{answer_in_words(other.reading)}**")
                small = document.heaviest(replace(scene(other, shade), note=""), MOST_DRAWN // len(others))
                frame.figure(frame.drawn(small, group=GROUP, compact=True), key=view.key(f"small_{k}"))
                if shade != "effect" and (other.flat or other.pooling in NOT_ATTENTION):
                    st.caption(meaning(other, shade))
