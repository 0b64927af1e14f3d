"""A few bars with their labels: how likely each class is."""

from __future__ import annotations

from collections.abc import Callable

from webapp.figures.drawing.marks import Drawing, heading, note, number, tag, whole, word
from webapp.figures.drawing.theme import paint
from webapp.figures.drawing.typeset import Label, escape
from webapp.figures.scenes.scene import BarsScene

LONGEST = 160.0


def percent(value: float) -> str:
    """A share in per cent: whole numbers, one decimal near the ends, and never 0 or 100 for what is neither."""
    if 0 < value < 0.001:
        return "< 0.1"
    if 0.999 < value < 1:
        return "> 99.9"
    return f"{100 * value:.{0 if 0.01 <= value <= 0.99 or value in (0, 1) else 1}f}"


def draw(scene: BarsScene, compact: bool, t: Callable[[str], str]) -> Drawing:
    """The classes, a bar for each, with what it was before behind it."""
    size, line, full = (12.0, 20, 130.0) if compact else (15.0, 26, 240.0)
    labels = [Label.of(label, LONGEST, size) for label in scene.labels]
    top = whole(size * 2) if scene.title else 2
    left = whole(max((label.width for label in labels), default=0)) + 12
    drawing = Drawing(whole(left + full + size * 4.6), top + line * len(labels) + 2, size, [heading(scene.title, size)])
    for k, label in enumerate(labels):
        share = t("{value} %").format(value=percent(float(scene.values[k])))
        drawing.parts.append(_bar(scene, k, label, share, left, top + line * k, line, full, size))
    drawing.facts = {"data_kind": "text", "data_sides": "label", "data_rows": 1, "data_columns": len(labels)}
    if scene.note:
        text, height = note(scene.note, 4, drawing.height + 4.0, drawing.width - 8)
        drawing.parts.append(text)
        drawing.height = whole(drawing.height + 8 + height)
    return drawing


def _bar(
    scene: BarsScene, k: int, label: Label, share: str, left: int, y: int, line: int, full: float, size: float
) -> str:
    value, base, high = float(scene.values[k]), y + line / 2 + size * 0.36, line - 10
    box: dict[str, float] = {"x": left, "y": y + 5, "height": high, "rx": 2}
    parts = [
        tag("rect", **box, width=full, fill=paint("grid")),
        tag("rect", **box, width=max(value * full, 1.0), fill=paint("weight")),
        tag("text", escape(share), x=left + full + 8, y=base, fill=paint("ink")),
        word(
            label,
            x=left - 10,
            y=base,
            text_anchor="end",
            fill=paint("ink"),
            data_side="label",
            data_axis="column",
            data_index=k,
            data_value=number(value),
            data_detail=None if scene.before is None else f"{number(float(scene.before[k]))} →",
        ),
    ]
    if scene.before is not None:
        was = left + float(scene.before[k]) * full
        parts.append(tag("rect", x=was - 1.5, y=y + 2, width=3, height=high + 6, fill=paint("ink"), rx=1))
    return tag("g", *parts)
