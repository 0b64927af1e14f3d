"""One writer for all scenes.

    picture = svg(scene, group="translate")            # for show(...) in webapp.components, and for export
    picture = svg(scene, group="translate", compact=True, t=t)    # one of several small ones, in the visitor's language

Colours are CSS variables with defaults (see theme.py). Every word bears data-side and data-index, every cell and line
data-row, data-column and data-value (three significant digits). Figures of one `group` light up the same words
together, so give one group only to figures that stand over the same words; where they have only the words across the
top in common, give that as `column_group`.
"""

from __future__ import annotations

from collections.abc import Callable

from webapp.figures.drawing import bars, columns, document, lines, matrix, picture
from webapp.figures.drawing import heads as drawing_heads
from webapp.figures.drawing import numbers as drawing_numbers
from webapp.figures.drawing import text as drawing_text
from webapp.figures.drawing.marks import Drawing, number, tag
from webapp.figures.drawing.theme import FONTS
from webapp.figures.drawing.typeset import Label, is_spaced
from webapp.figures.scenes.numbers import NumbersScene
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.scene import BarsScene, DocumentScene, HeadsScene, LinesScene, MatrixScene, Scene, TextScene

SPOKEN_ROWS = 12
Translate = Callable[[str], str]


def svg(
    scene: Scene,
    *,
    group: str = "",
    column_group: str | None = None,
    compact: bool = False,
    large: bool = False,
    t: Translate = str,
) -> str:
    """The scene as a stand-alone SVG document, without XML header.

    The grid of heads, and a matrix above 40,000 cells, hold their cells as images: for files, not for the page, which
    draws them on a canvas (webapp.figures.canvas).

    `compact` is for one of several small figures; `large` is for text that is the first thing to read.
    """
    drawing = _draw(scene, compact, large, t)
    return tag(
        "svg",
        *drawing.parts,
        xmlns="http://www.w3.org/2000/svg",
        width=drawing.width,
        height=drawing.height,
        viewBox=f"0 0 {drawing.width} {drawing.height}",
        role="img",
        aria_label=spoken(scene, t),
        font_family=FONTS,
        font_size=drawing.size,
        data_group=group,
        data_column_group=column_group,
        data_unit=scene.unit,
        **drawing.facts,
    )


def _draw(scene: Scene, compact: bool, large: bool, t: Translate) -> Drawing:
    if isinstance(scene, NumbersScene):
        return drawing_numbers.draw(scene)
    if isinstance(scene, MatrixScene):
        return matrix.draw(scene, compact, t)
    if isinstance(scene, LinesScene):
        return columns.draw(scene, compact, large) if scene.upright else lines.draw(scene, compact)
    if isinstance(scene, HeadsScene):
        return drawing_heads.draw(scene)
    if isinstance(scene, DocumentScene):
        return document.draw(scene, compact)
    if isinstance(scene, BarsScene):
        return bars.draw(scene, compact, t)
    if isinstance(scene, PictureScene):
        return picture.draw(scene, compact)
    return drawing_text.draw(scene, compact, large)


def spoken(scene: Scene, t: Translate = str) -> str:
    """What a screen reader says of the figure: for each row the column that got most; a text as it is read, then its
    strongest words."""
    if isinstance(scene, HeadsScene):
        layers, heads = scene.tiles.shape[:2]
        facts = [
            t("Layers × heads: {layers} × {heads}, {count} shown").format(
                layers=layers, heads=heads, count=len(scene.shown)
            )
        ]
    elif isinstance(scene, PictureScene) and scene.plain:
        facts = []  # the weights are said of the picture that shows them
    elif isinstance(scene, TextScene | DocumentScene | BarsScene | PictureScene):
        best = sorted(_valued(scene), key=lambda pair: -abs(pair[1]))[:SPOKEN_ROWS]
        facts = [f"{_quoted(text)} {_quantity(scene, value)}" for text, value in best]
    else:
        facts = [_peak(scene, *peak, t) for peak in _peaks(scene)]
    more = [t("more rows: {count}").format(count=len(facts) - SPOKEN_ROWS)] if len(facts) > SPOKEN_ROWS else []
    rows = t("; ").join(facts[:SPOKEN_ROWS] + more)
    return t(". ").join(part for part in (scene.title, _running(scene), rows) if part)


def _peak(scene: MatrixScene | LinesScene, row: str, column: str, value: float, t: Translate) -> str:
    if scene.wording.cell:
        return scene.wording.sentence(Label.of(row).shown, Label.of(column).shown, value)
    sentence = t("{row}: most at {column}, {value} {unit}")
    return sentence.format(row=_quoted(row), column=_quoted(column), value=number(value), unit=scene.unit)


def _running(scene: Scene) -> str:
    """The words of a text in the order in which they are read, spaces where its script has them."""
    if not isinstance(scene, TextScene):
        return ""
    words = [Label.of(word).shown for word in scene.words]
    return "".join(f" {word}" if k and is_spaced(word) else word for k, word in enumerate(words))


def _valued(scene: TextScene | DocumentScene | BarsScene | PictureScene) -> list[tuple[str, float]]:
    if isinstance(scene, DocumentScene):
        return [pair for s in scene.sentences for pair in zip(s.words, s.values.tolist(), strict=True)]
    words = scene.words if isinstance(scene, TextScene) else scene.labels
    return list(zip(words, scene.values.tolist(), strict=True))


def _peaks(scene: MatrixScene | LinesScene) -> list[tuple[str, str, float]]:
    if isinstance(scene, MatrixScene):
        if not scene.columns:
            return []
        best = scene.values.argmax(1)
        return [(row, scene.columns[best[i]], float(scene.values[i, best[i]])) for i, row in enumerate(scene.rows)]
    strongest: dict[int, tuple[str, str, float]] = {}
    for link in scene.links:
        if link.row not in strongest or link.value > strongest[link.row][2]:
            strongest[link.row] = (scene.bottom[link.row], scene.top[link.column], link.value)
    return [strongest[row] for row in sorted(strongest)]


def _quantity(scene: TextScene | DocumentScene | BarsScene | PictureScene, value: float) -> str:
    if isinstance(scene, PictureScene) and scene.wording.value:
        return scene.wording.written(value)
    return f"{number(value)} {scene.unit}"


def _quoted(word: str) -> str:
    label = Label.of(word)
    return f"“{label.shown}”"
