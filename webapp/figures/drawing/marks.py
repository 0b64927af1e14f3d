"""The small parts that every drawing is made of: tags, words, the legend."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache, lru_cache

from webapp.figures.drawing.theme import Paint, paint
from webapp.figures.drawing.typeset import Label, escape, wrapped
from webapp.figures.scenes.wording import Wording


@dataclass
class Drawing:
    """Finished parts and the size they take, in pixels; `facts` become attributes of the picture."""

    width: int
    height: int
    size: float
    parts: list[str] = field(default_factory=list)
    facts: dict[str, str | float] = field(default_factory=dict)


def number(value: float) -> str:
    """Three significant digits, also where the last ones are noughts."""
    return f"{value:#.3g}".rstrip(".") if value else "0"


def short(value: float) -> str:
    """At most three significant digits."""
    return f"{value:.3g}"


@lru_cache(maxsize=8192)  # a picture says most of its lengths many times
def length(value: float) -> str:
    """A coordinate with at most two decimals."""
    return str(value) if isinstance(value, int) else f"{value:.2f}".rstrip("0").rstrip(".")


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """One element. Children are finished markup (`escape` makes words so), attributes are not; None falls away."""
    written = "".join([f' {_named(key)}="{_quoted(value)}"' for key, value in attributes.items() if value is not None])
    body = "".join(children)
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


@cache
def _named(key: str) -> str:
    return key if key == "viewBox" else key.replace("_", "-")


def _quoted(value: str | float) -> str:
    if isinstance(value, Paint):
        return value
    return escape(value) if isinstance(value, str) else length(value)


def word(label: Label, **attributes: str | float | None) -> str:
    """A word of a sentence, each a paragraph of its own, so that one direction of writing cannot disturb another."""
    title = () if label.full is None else (tag("title", escape(label.full)),)
    return tag("text", escape(label.shown), *title, unicode_bidi="plaintext", **attributes)


def spoken_of(wording: Wording) -> dict[str, str | float]:
    """For the browser, which says a cell once it is pointed at."""
    return {"data_says": wording.cell, "data_form": wording.value} if wording.cell else {}


def heading(title: str, size: float) -> str:
    """The title of a picture; nothing where there is none."""
    label = Label.of(title)
    return tag("text", escape(label.shown), x=4, y=size + 3, font_weight="600", fill=paint("ink")) if title else ""


def scale(low: str, high: str, diverging: bool, x: float, y: float) -> tuple[str, float]:
    """The colour scale in small steps, and where it ends on the right."""
    steps = range(-4, 5) if diverging else range(0, 6)
    most = max(steps)
    left = Label.of(low, size=11)
    parts = [tag("text", escape(left.shown), x=x, y=y + 10, font_size=11, fill=paint("muted"))]
    at = x + left.width + 6
    parts.append(
        tag("rect", x=at - 0.5, y=y + 0.5, width=len(steps) * 14 + 1, height=11, fill="none", stroke=paint("grid"))
    )
    for k, step in enumerate(steps):
        colour = paint("weight" if step >= 0 else "negative")
        parts.append(
            tag("rect", x=at + 14 * k, y=y + 1, width=14, height=10, fill=colour, fill_opacity=abs(step) / most)
        )
    at += len(steps) * 14 + 6
    parts.append(tag("text", escape(high), x=at, y=y + 10, font_size=11, fill=paint("muted")))
    return "".join(parts), at + Label.of(high, size=11).width


def note(text: str, x: float, y: float, room: float) -> tuple[str, float]:
    """Small lines below a figure, and how high they stand."""
    lines = wrapped(text, room, 11)
    parts = [
        tag("text", escape(line), x=x, y=y + 11 + 15 * k, font_size=11, fill=paint("muted"))
        for k, line in enumerate(lines)
    ]
    return "".join(parts), 15.0 * len(lines)


def whole(value: float) -> int:
    """A length in whole pixels, none of it cut off."""
    return math.ceil(value)
