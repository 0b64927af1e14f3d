"""Colours of every figure, once: light and dark, on screen and on paper.

    paint("ink")              'var(--as-ink, #1c2733)': follows the page's theme, stands alone without one
    settled(svg, DARK)        the same picture with plain colours, for programs that know no CSS variables

A weight is the colour `weight` laid over the background as strongly as its shade says, so that zero is the background.
Mixed in sRGB the way from paper to `weight` is even to the eye in both themes (measured in the tests, in CIE L*).
Blue against orange is told apart by colour-blind eyes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

LIGHT: Mapping[str, str] = {
    "ink": "#1c2733",
    "muted": "#5b6776",
    "grid": "#dde3ea",
    "paper": "#ffffff",
    "weight": "#093184",
    "negative": "#5e2300",
    "accent": "#0b57d0",
    "word": "#000000",
    "reverse": "#ffffff",
}
DARK: Mapping[str, str] = {
    "ink": "#e6eaf0",
    "muted": "#9aa7b6",
    "grid": "#2b3340",
    "paper": "#0e1117",
    "weight": "#74aaf0",
    "negative": "#e8955f",
    "accent": "#8ab8ff",
    "word": "#ffffff",
    "reverse": "#000000",
}
FONTS = (
    "'Source Sans','Source Sans 3','Noto Sans','Noto Sans CJK SC','Noto Sans SC','WenQuanYi Zen Hei',"
    "'Noto Naskh Arabic','Noto Sans Arabic','Noto Sans Hebrew','Noto Sans Devanagari','Noto Sans Thai',"
    "'DejaVu Sans','Noto Color Emoji','Noto Emoji',sans-serif"
)
SWITCH = 0.67  # from this shade of their ground on, words are drawn in `reverse`, below it in `word`

_VARIABLE = re.compile(r"var\(--as-([a-z]+), #[0-9a-f]{6}\)")


class Paint(str):
    """A colour variable, told apart from words of a visitor that look like one."""


@cache
def paint(name: str) -> Paint:
    """The colour as a CSS variable with its light value as default."""
    return Paint(f"var(--as-{name}, {LIGHT[name]})")


def settled(svg: str, palette: Mapping[str, str] = LIGHT) -> str:
    """Every colour variable of our writer replaced by its value."""
    return _VARIABLE.sub(lambda match: palette[match.group(1)], svg)
