"""A document: each sentence behind a bar of its weight, its words on grounds as dark as their values.

The browser lays the words out anew for the width it has (components/alignment_view/document.js), by the same rules.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from webapp.figures.drawing.marks import Drawing, heading, note, number, scale, short, tag, whole
from webapp.figures.drawing.theme import SWITCH, paint
from webapp.figures.drawing.typeset import Label, escape, is_cjk, runs_right_to_left
from webapp.figures.scenes.scene import DocumentScene, Sentence
from webapp.figures.scenes.wording import printed

LONGEST = 240.0
PALE = 0.2  # up to this shade a word keeps the ink of all others
SIDES = ("sentence", "word")
CLOSING = "，。！？；：、）》」』】〉…—·”’"
INK = {name: str(paint(name)) for name in ("weight", "negative", "muted", "reverse", "word", "ink")}


@dataclass(frozen=True)
class Measures:
    """Pixels: font, one line, between sentences, the whole width, where bars begin and end, where words begin, the
    font of the number under a bar."""

    size: float = 15.0
    line: int = 26
    between: int = 7
    room: int = 760
    bar: int = 50
    bar_end: int = 110
    left: int = 120
    small: float = 10.5


LARGE = Measures()
COMPACT = Measures(size=12.0, line=20, between=4, room=420, bar=26, bar_end=58, left=66, small=9.0)


def draw(scene: DocumentScene, compact: bool) -> Drawing:
    """The sentences one below the other, each with its weight, its words shaded."""
    m = COMPACT if compact else LARGE
    y = whole(m.size * 2) if scene.title else 4
    title = heading(scene.title, m.size)
    parts, top = [], y
    for row, sentence in enumerate(scene.sentences):
        part, lines = _sentence(sentence, row, m)
        parts.append(tag("g", *part, transform=f"translate(0 {y})", **_facts(sentence)))
        y += lines * m.line + m.between
    drawing = Drawing(m.room, y + 4, m.size, [title, *parts])
    drawing.facts = {
        "data_kind": "document",
        "data_sides": " ".join(SIDES),
        "data_rows": len(scene.sentences),
        "data_columns": scene.size,
        "data_top": top,
        "data_left": m.left,
        "data_line": m.line,
        "data_between": m.between,
        "data_gap": m.size * 0.22,
        "data_bar_unit": scene.bar_unit,
    }
    if not compact:
        _foot(scene, drawing, m)
    return drawing


def _facts(sentence: Sentence) -> dict[str, str | float | None]:
    return {
        "data_sentence": sentence.number,
        "data_off": None if sentence.read else "1",
        "data_leftward": "1" if runs_right_to_left(sentence.words) else None,
        "data_text": sentence.text or None,
    }


def _sentence(sentence: Sentence, row: int, m: Measures) -> tuple[list[str], int]:
    """Number, bar and words, and how many lines they take."""
    labels = [Label.of(w, LONGEST, m.size) for w in sentence.words]
    widths = [label.width + m.size * 0.3 for label in labels]
    glued = _glued(sentence)
    places, lines = _places(widths, sentence.spaced, glued, m)
    if runs_right_to_left(sentence.words):
        places = [(m.left + m.room - x - wide, y) for (x, y), wide in zip(places, widths, strict=True)]
    middle = m.line / 2
    parts = [
        tag(
            "text",
            str(sentence.number),
            x=m.bar - 6,
            y=middle + 4,
            text_anchor="end",
            font_size=11,
            fill=paint("muted"),
            data_side=SIDES[0],
            data_axis="row",
            data_index=row,
            data_value=number(sentence.weight) if sentence.read else None,
        )
    ]
    if sentence.read:
        parts += _bar(sentence, row, m)
    parts += [_word(sentence, k, label, widths[k], places[k], glued[k], m) for k, label in enumerate(labels)]
    return parts, lines


def _bar(sentence: Sentence, row: int, m: Measures) -> list[str]:
    """The bar, and under it what it comes to: both fit into the height of one line."""
    wide = abs(sentence.bar) * (m.bar_end - m.bar)
    colour = paint("weight" if sentence.bar >= 0 else "negative")
    thick = m.line * 0.27
    foot = m.line - 3
    return [
        tag(
            "rect",
            x=m.bar,
            y=foot - m.small - thick,
            width=max(wide, 1.0),
            height=thick,
            rx=1,
            fill=colour,
            data_row=row,
        ),
        tag("text", weight(sentence.weight), x=m.bar, y=foot, font_size=m.small, fill=paint("muted"), data_row=row),
    ]


def weight(value: float) -> str:
    """A sentence's weight in two significant digits and three decimals at most: there is room for no more."""
    rounded = round(value, 3)
    digits = f"{rounded:.2g}" if abs(rounded) < 100 else f"{rounded:.0f}"
    return printed("0" if rounded == 0 else digits)


def _glued(sentence: Sentence) -> list[bool]:
    """Whether no line may end before a word: one without a space before it that is no Chinese and opens no quote."""
    return [
        not space
        and k > 0
        and not is_cjk(text.strip(CLOSING) or "x")
        and unicodedata.category(text[0]) not in ("Ps", "Pi")
        for k, (text, space) in enumerate(zip(sentence.words, sentence.spaced, strict=True))
    ]


def _places(
    widths: list[float], spaced: tuple[bool, ...], glued: list[bool], m: Measures
) -> tuple[list[tuple[float, int]], int]:
    """Where each word begins, and how many lines they fill."""
    needed = list(widths)  # of a word with all that is glued to it
    for k in range(len(widths) - 1, 0, -1):
        needed[k - 1] += needed[k] if glued[k] else 0.0
    x, line, places = float(m.left), 0, []
    edge = m.room - 4
    for k, wide in enumerate(widths):
        x += m.size * 0.22 if spaced[k] and x > m.left else 0.0
        whole_word = needed[k] if needed[k] <= edge - m.left else wide
        if x > m.left and x + (wide if glued[k] else whole_word) > edge:
            x, line = float(m.left), line + 1
        places.append((x, line * m.line))
        x += wide
    return places, line + 1


def _word(
    sentence: Sentence, k: int, label: Label, wide: float, place: tuple[float, int], glued: bool, m: Measures
) -> str:
    """Written without `tag`, which would take most of the time of a long text."""
    shade = float(sentence.shades[k])
    strength = abs(shade) if abs(shade) >= 0.005 else 0.0
    ground = INK["weight" if shade >= 0 else "negative"]
    role = "muted" if not sentence.read else "reverse" if strength >= SWITCH else "word" if strength >= PALE else "ink"
    whole = f"<title>{escape(label.full)}</title>" if label.full is not None else ""
    attributes = f' data-value="{number(sentence.values[k])}"' if sentence.read else ' text-decoration="line-through"'
    attributes += f' data-detail="{escape(sentence.details[k])}"' if sentence.details else ""
    attributes += ' data-space="1"' if sentence.spaced[k] else ' data-glued="1"' if glued else ""
    return (
        f'<g transform="translate({place[0]:.1f} {place[1]})">'
        f'<rect class="as-ground" y="2" width="{wide:.1f}" height="{m.line - 4}" rx="3" fill="{ground}"'
        f' fill-opacity="{strength:.3g}"/>'
        f'<text x="{wide / 2:.1f}" y="{m.line / 2 + m.size * 0.36:.1f}" text-anchor="middle" fill="{INK[role]}"'
        f' unicode-bidi="plaintext" data-side="{SIDES[1]}" data-axis="column" data-index="{sentence.first + k}"'
        f"{attributes}>"
        f"{escape(label.shown)}{whole}</text></g>"
    )


def _foot(scene: DocumentScene, drawing: Drawing, m: Measures) -> None:
    """The scale of the words' shades, and what is to be said of the picture."""
    low = f"−{short(scene.maximum)}" if scene.diverging else "0"
    part, _ = scale(low, f"{short(scene.maximum)} {scene.unit}", scene.diverging, m.left, 8)
    text, height = note(scene.note, 4, 30.0, m.room - 8)
    drawing.parts.append(tag("g", part, text, transform=f"translate(0 {drawing.height})", data_foot="1"))
    drawing.height = whole(drawing.height + 30 + height)
