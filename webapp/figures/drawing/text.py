"""Running text, each word on a ground as dark as its value."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.figures.drawing.marks import Drawing, heading, note, number, scale, short, tag, whole, word
from webapp.figures.drawing.theme import SWITCH, paint
from webapp.figures.drawing.typeset import Label, is_cjk, is_spaced, runs_right_to_left
from webapp.figures.scenes.scene import TextScene

LONGEST = 240.0
ROOM = 720.0
PALE = 0.2  # up to this shade a word keeps the ink of all others
Box = tuple[float, float, float]
"""Left, top and width."""


def draw(scene: TextScene, compact: bool, large: bool = False) -> Drawing:
    """Words in lines as a text has them, each shaded."""
    size = 20.0 if large else 12.0 if compact else 15.0
    room, line = (360.0 if compact and not large else ROOM), size * 2
    labels = [Label.of(w, LONGEST, size) for w in scene.words]
    boxes = _boxes(labels, room, size, whole(line) if scene.title else 4)
    across = max(max((left + wide for left, _, wide in boxes), default=0.0) + 4, 160.0)
    bottom = boxes[-1][1] if boxes else float(whole(line) if scene.title else 4)
    if runs_right_to_left(scene.words):
        boxes = [(across - left - wide, high, wide) for left, high, wide in boxes]
    drawing = Drawing(whole(across), whole(bottom + line + 4), size)
    drawing.parts = [heading(scene.title, size)]
    drawing.parts += [
        _shaded(scene, k, label, box, size) for k, (label, box) in enumerate(zip(labels, boxes, strict=True))
    ]
    drawing.facts = {"data_kind": "text", "data_sides": scene.side, "data_rows": 1, "data_columns": len(labels)}
    if not (compact or large):
        _legend(drawing, scene)
    return drawing


def _boxes(labels: Sequence[Label], room: float, size: float, top: float) -> list[Box]:
    """Where each word stands, from left to right and line after line, two sizes of the script high."""
    boxes: list[Box] = []
    x, y = 4.0, float(top)
    for label in labels:
        wide, gap = label.width + size * 0.5, 1.0 if is_cjk(label.shown) else size * 0.22
        if x > 4 and x + wide > room:
            x, y = 4.0, y + size * 2
        boxes.append((x, y, wide))
        x += wide + gap
    return boxes


def _shaded(scene: TextScene, k: int, label: Label, box: Box, size: float) -> str:
    """One word on its ground."""
    left, high, wide = box
    height = size * 2 - 6
    shade = float(scene.shades[k])
    ground = tag(
        "rect",
        x=left,
        y=high + 2,
        width=wide,
        height=height,
        rx=4,
        fill=paint("weight" if shade >= 0 else "negative"),
        fill_opacity=abs(shade) if abs(shade) >= 0.005 else 0,
    )
    written = word(
        label,
        x=left + wide / 2,
        y=high + 2 + height / 2 + size * 0.36,
        text_anchor="middle",
        fill=paint("reverse" if abs(shade) >= SWITCH else "word" if abs(shade) >= PALE else "ink"),
        data_side=scene.side,
        data_index=k,
        data_axis="column",
        data_value=number(scene.values[k]),
        data_space=1 if k and is_spaced(label.shown) else None,
        data_detail=scene.details[k] if scene.details else None,
    )
    return tag("g", ground, written)


def _legend(drawing: Drawing, scene: TextScene) -> None:
    """The scale of the shades and what is to be known of them, below the text."""
    low = f"−{short(scene.maximum)}" if scene.diverging else short(scene.low)
    part, end = scale(low, f"{short(scene.maximum)} {scene.unit}", scene.diverging, 4, drawing.height + 4.0)
    drawing.width = max(drawing.width, whole(end) + 4)
    text, height = note(scene.note, 4, drawing.height + 24.0, drawing.width - 8)
    drawing.parts += [part, text]
    drawing.height = whole(drawing.height + 24 + height)
