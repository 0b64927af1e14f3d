"""Scenes: what a figure shows, as plain numbers and words, before anybody draws it.

    scene = MatrixScene(rows=("the", "house"), columns=("la", "maison"), values=weights, shades=weights, unit="share")
    picture = svg(scene)                        # webapp.figures.drawing.svg
    table = csv(scene)                          # webapp.figures.files.export

Rows run down the side and are what looks (target); columns run across the top and are what is looked at (source).
`sides` says which sentence each of them is, so that figures of one page can light up the same word together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from webapp.figures.scenes.checks import check_shades, check_sides, frozen
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.wording import PLAIN, Wording

Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Span:
    """A window of one row: its `centre` and both its ends, in columns from 0; 1.5 is where the second column ends.

    `bell` are places with what the window multiplies weights by there, 0 to 1; empty where it multiplies none.
    """

    centre: float
    low: float
    high: float
    bell: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class MatrixScene:
    """values[row, column] in `unit`; shades of the same shape, 0..1 (or -1..1 if diverging), say how dark to draw them.

    `links`, `sure` and `possible` are sets of (row, column): the cells a reader is pointed to.
    `maximum` is the value drawn darkest; several matrices drawn with one maximum can be compared. `ends` is what the
    legend says at both its ends where that is not 0 and the maximum. `marked` rows stand out. `details`, where given,
    has one text a row and one a column, shown beside its word when it is pointed at. `windows`, where given, are those
    outside of which a row could not look.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: np.ndarray
    shades: np.ndarray
    unit: str
    title: str = ""
    note: str = ""
    maximum: float = 1.0
    links: Pairs = frozenset()
    sure: Pairs = frozenset()
    possible: Pairs = frozenset()
    diverging: bool = False
    sides: tuple[str, str] = ("target", "source")
    ends: tuple[str, str] | None = None
    marked: frozenset[int] = frozenset()
    details: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    windows: tuple[Span, ...] = ()
    wording: Wording = PLAIN

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(self.columns))
        if any(len(each) not in (0, size) for each, size in zip(self.details, shape, strict=True)):
            raise ValueError(f"details do not fit a matrix of {shape[0]} rows, {shape[1]} columns")
        if len(self.windows) not in (0, shape[0]):
            raise ValueError(f"{len(self.windows)} windows do not fit {shape[0]} rows")
        object.__setattr__(self, "values", frozen(self.values, shape, "values"))
        object.__setattr__(self, "shades", frozen(self.shades, shape, "shades"))
        check_shades(self.shades, self.diverging)
        check_sides(self.sides)
        for row, column in self.links | self.sure | self.possible:
            if not (0 <= row < shape[0] and 0 <= column < shape[1]):
                raise ValueError(f"mark ({row}, {column}) lies outside a matrix of {shape[0]} rows, {shape[1]} columns")


@dataclass(frozen=True)
class Link:
    """One line: from word `row` of the bottom sentence to word `column` of the top one."""

    row: int
    column: int
    value: float
    shade: float


@dataclass(frozen=True)
class LinesScene:
    """Two rows of words and the lines between them; lines left out are below what the reader asked to see.

    `upright` stands them in two columns: what looks on the left, what is looked at on the right. `shown` is the share
    of all mass that the drawn lines carry, 0..1.
    """

    top: tuple[str, ...]
    bottom: tuple[str, ...]
    links: tuple[Link, ...]
    unit: str
    title: str = ""
    note: str = ""
    shown: float = 1.0
    sides: tuple[str, str] = ("target", "source")
    upright: bool = False
    wording: Wording = PLAIN

    def __post_init__(self) -> None:
        check_sides(self.sides)
        for link in self.links:
            if not (0 <= link.row < len(self.bottom) and 0 <= link.column < len(self.top)):
                raise ValueError(f"line ({link.row}, {link.column}) ends outside the words")
            if not (np.isfinite(link.value) and 0 <= link.shade <= 1):
                raise ValueError(f"line ({link.row}, {link.column}) has value {link.value} and shade {link.shade}")


@dataclass(frozen=True, eq=False)
class TextScene:
    """Words in reading order, each shaded by its value. `side` says whose words they are.

    `low` is the value without shade and `maximum` the one with most, which may be the smaller of the two.
    `details`, where given, has one text a word, shown beside its value when it is pointed at.
    """

    words: tuple[str, ...]
    values: np.ndarray
    shades: np.ndarray
    unit: str
    title: str = ""
    note: str = ""
    low: float = 0.0
    maximum: float = 1.0
    diverging: bool = False
    side: str = "source"
    details: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.words),)
        object.__setattr__(self, "values", frozen(self.values, shape, "values"))
        object.__setattr__(self, "shades", frozen(self.shades, shape, "shades"))
        check_shades(self.shades, self.diverging)
        check_sides((self.side,))
        if self.details and len(self.details) != len(self.words):
            raise ValueError(f"{len(self.details)} details do not fit {len(self.words)} words")


@dataclass(frozen=True, eq=False)
class Sentence:
    """One sentence of a document. `number` counts from 1, `first` is the number of its first word, from 0.

    `spaced[k]` says whether white space stands before word k. `bar` is how long its bar is drawn, 0..1, or -1..1 in a
    diverging scene, for `weight`, the value of the whole sentence. One that is not `read` has been switched off.
    """

    number: int
    first: int
    words: tuple[str, ...]
    spaced: tuple[bool, ...]
    values: np.ndarray
    shades: np.ndarray
    weight: float
    bar: float
    read: bool = True
    details: tuple[str, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.words),)
        object.__setattr__(self, "values", frozen(self.values, shape, "values"))
        object.__setattr__(self, "shades", frozen(self.shades, shape, "shades"))
        if len(self.spaced) != len(self.words) or (self.details and len(self.details) != len(self.words)):
            raise ValueError(f"spaces and details do not fit the {len(self.words)} words of sentence {self.number}")


@dataclass(frozen=True, eq=False)
class DocumentScene:
    """Sentences in reading order, each behind a bar of its weight, its words shaded by their values in `unit`.

    `maximum` is the value drawn darkest; `bar_unit` is that of the sentences. `measures` are more numbers of every
    word, by name, for the table and the files; they are not drawn.
    """

    sentences: tuple[Sentence, ...]
    unit: str
    bar_unit: str
    title: str = ""
    note: str = ""
    maximum: float = 1.0
    diverging: bool = False
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for sentence in self.sentences:
            check_shades(sentence.shades, self.diverging)
            check_shades(np.array([sentence.bar]), self.diverging)
        for name, values in self.measures.items():
            if len(values) != self.size:
                raise ValueError(f"{name} has {len(values)} numbers for {self.size} words")

    @property
    def size(self) -> int:
        """How many words there are."""
        return sum(len(sentence.words) for sentence in self.sentences)


@dataclass(frozen=True, eq=False)
class BarsScene:
    """A bar for each label, its value from 0 to 1 written beside it; `before` marks where it stood, where given."""

    labels: tuple[str, ...]
    values: np.ndarray
    unit: str
    before: np.ndarray | None = None
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("values", "before"):
            if (numbers := getattr(self, name)) is not None:
                array = frozen(numbers, (len(self.labels),), name)
                check_shades(array, diverging=False)
                object.__setattr__(self, name, array)


@dataclass(frozen=True, eq=False)
class HeadsScene:
    """All heads of all layers at once: tiles[layer, head, row, column] from 0 to 255, which is a weight of 1.

    A tile is made of blocks of `block` (queries, keys) and holds the largest weight in each. `order` are the heads to
    show, as (layer, head) from 0, the first one first; None shows all of them, a row a layer. `measures[layer, head]`
    by name are numbers of each head, for the table and the files; `tooltip` are those shown to whoever points at one,
    by what they are called on the page. With `each`, every head is drawn strongest at its own largest weight.
    `tops[layer, head]`, where given, is the weight that 255 stands for in the tile of a head. Of a picture a tile shows
    where one place of it, called `looking`, looked: rows and columns are then those of its squares. `ends` are what
    stands at both ends of the colour scale, `wording` says how weights are written.
    """

    tiles: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    unit: str
    block: tuple[int, int] = (1, 1)
    order: tuple[tuple[int, int], ...] | None = None
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)
    tooltip: Mapping[str, np.ndarray] = field(default_factory=dict)
    each: bool = False
    tops: np.ndarray | None = None
    looking: str = ""
    title: str = ""
    note: str = ""
    ends: tuple[str, str] | None = None
    wording: Wording = PLAIN

    def __post_init__(self) -> None:
        tiles = np.array(self.tiles)
        if tiles.dtype != np.uint8 or tiles.ndim != 4:
            raise ValueError(f"tiles are uint8 in four dimensions, got {tiles.dtype} in {tiles.ndim}")
        wanted = tuple(
            -(-len(words) // size) for words, size in zip((self.rows, self.columns), self.block, strict=True)
        )
        if tiles.shape[2:] != wanted:
            raise ValueError(f"tiles of {tiles.shape[2:]} do not fit labels and blocks that ask for {wanted}")
        tiles.setflags(write=False)
        object.__setattr__(self, "tiles", tiles)
        tops = {} if self.tops is None else {"tops": self.tops}
        for name, values in (*self.measures.items(), *self.tooltip.items(), *tops.items()):
            if np.shape(values) != tiles.shape[:2]:
                raise ValueError(f"{name} is of shape {np.shape(values)} for heads in {tiles.shape[:2]}")
        for layer, head in self.order or ():
            if not (0 <= layer < tiles.shape[0] and 0 <= head < tiles.shape[1]):
                raise ValueError(f"there is no head {head} in a layer {layer}")

    @property
    def shown(self) -> tuple[tuple[int, int], ...]:
        """The heads that are shown, the first one first."""
        layers, heads = self.tiles.shape[:2]
        return self.order if self.order is not None else tuple((k, h) for k in range(layers) for h in range(heads))


Scene = MatrixScene | LinesScene | TextScene | DocumentScene | BarsScene | HeadsScene | PictureScene
