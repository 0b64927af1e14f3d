"""From what a classifier read to what a figure shows.

    document(reading, "relative")              p_s p_w as a multiple of an even share, so that length does not count
    document(reading, "combined")              √(p_s p_w) of Yang et al. 2016, section 3.3
    document(reading, "words")                 each word's own weight p_w
    document(reading, "effect")                by how much the answer leans on each word and sentence, in two hues
    heaviest(scene, 2500)                      the sentences with the longest bars, for a text too long to draw

`unit`, `bar_unit`, `note` and the sentences of a detail are shown to the visitor as they are given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from webapp.figures.drawing.marks import number
from webapp.figures.scenes.scene import DocumentScene, Sentence

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading, Shade
    from engine.text.document import Document

SHARE, NATS = "share", "nats"
FAINT = 0.02  # nats: an effect below changes nothing that anybody would notice, and is not made to look as if it did


@dataclass(frozen=True, eq=False)
class _Numbers:
    """What is drawn: of every word, of every sentence; not a number where there is nothing to tell.

    `least_top` and `least_longest` are values that may be drawn darkest and longest, or higher ones.
    """

    words: np.ndarray
    sentences: np.ndarray
    least_top: float
    least_longest: float
    diverging: bool = False


def document(
    reading: Reading,
    shade: Shade,
    *,
    unit: str = SHARE,
    bar_unit: str = SHARE,
    title: str = "",
    note: str = "",
    beside: Reading | None = None,
) -> DocumentScene:
    """All sentences, those that were switched off too.

    Darkest, and longest, is the highest value of this very text; but where all are much alike, none is made to stand
    out: an even share is never drawn darker than a third, nor its bar longer than half. Where it stands `beside` the
    same text read otherwise, the scales reach as far as that one's at least, so that nothing looks risen that is not.
    """
    drawn = _numbers(reading, shade)
    both = (drawn,) if beside is None else (drawn, _numbers(beside, shade))
    top = max(max(float(np.nanmax(np.abs(each.words), initial=0)), each.least_top) for each in both)
    longest = max(max(float(np.nanmax(np.abs(each.sentences), initial=0)), each.least_longest) for each in both)
    counts = [len(sentence.words) for sentence in reading.document.sentences]
    firsts = [0, *accumulate(counts)]
    return DocumentScene(
        tuple(_sentence(reading, drawn, i, firsts[i], top, longest) for i in range(len(counts))),
        unit,
        bar_unit,
        title,
        note,
        top,
        drawn.diverging,
        measures(reading),
    )


def heaviest(scene: DocumentScene, most: int) -> DocumentScene:
    """The sentences with the longest bars in reading order, as many as fit `most` words, and one at least."""
    if scene.size <= most:
        return scene
    kept: list[Sentence] = []
    words = 0
    for sentence in sorted(scene.sentences, key=lambda s: -abs(s.bar)):
        if kept and words + len(sentence.words) > most:
            break
        kept.append(sentence)
        words += len(sentence.words)
    return replace(scene, sentences=tuple(sorted(kept, key=lambda s: s.number)), measures={})


def measures(reading: Reading) -> Mapping[str, np.ndarray]:
    """All numbers of every word by the names that papers give them; the effect where it was asked for."""
    named = {"p_w": reading.word_weights, "sqrt(p_s p_w)": reading.combined, "times even": reading.relative}
    if reading.effect is not None and reading.effect.words is not None:
        named["effect (nats)"] = reading.effect.words
    return {name: np.asarray(values, dtype=np.float64) for name, values in named.items()}


def spaced(text: Document, i: int) -> tuple[bool, ...]:
    """Whether white space stands before each word of sentence `i`; never before its first."""
    spans = text.sentences[i].words
    between = [text.text[end:start] for (_, end), (start, _) in pairwise(spans)]
    return (False, *(any(character.isspace() for character in gap) for gap in between))


def _numbers(reading: Reading, shade: Shade) -> _Numbers:
    text, numbers = reading.document, reading.shades(shade)
    sentences = len(text.sentences) - len(reading.without)
    words = text.size - sum(len(text.sentences[i].words) for i in reading.without)
    if shade == "effect":
        return _Numbers(*numbers, FAINT, FAINT, diverging=True)
    if shade == "relative":
        return _Numbers(*numbers, 3.0, min(2 / sentences, 1.0))
    even = sentences / words if shade == "words" else 1 / words
    if shade == "combined" and reading.sentences is not None:
        even = math.sqrt(even)
    return _Numbers(*numbers, min(3 * even, 1.0), min(2 / sentences, 1.0))


def _sentence(reading: Reading, drawn: _Numbers, i: int, first: int, top: float, longest: float) -> Sentence:
    text = reading.document
    words = text.words(i)
    values = drawn.words[first : first + len(words)]
    known = np.nan_to_num(np.asarray(values, dtype=np.float64))
    weight = float(np.nan_to_num(drawn.sentences[i]))
    read = i not in reading.without
    return Sentence(
        number=i + 1,
        first=first,
        words=words,
        spaced=spaced(text, i),
        values=known,
        shades=np.clip(known / top, -1.0 if drawn.diverging else 0.0, 1.0),
        weight=weight,
        bar=float(np.clip(weight / longest, -1.0 if drawn.diverging else 0.0, 1.0)),
        read=read,
        details=_details(reading, first, len(words), i) if read else (),
        text=text.text[text.sentences[i].start : text.sentences[i].end],
    )


def _details(reading: Reading, first: int, count: int, i: int) -> tuple[str, ...]:
    """The parts of a word's value, for whoever points at it."""
    if reading.sentences is None:
        return ()
    weight = number(float(reading.sentence_weights[i]))
    return tuple(f"p_s {weight} · p_w {number(float(w))}" for w in reading.word_weights[first : first + count])
