"""Of a whole matrix what the visitor asked to see: by piece or word, some of it left out, on the scale they chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from engine.capture.part import Part, part
from engine.traces import Axis, Effect, Trace
from webapp.figures import alignment, scale
from webapp.figures.scenes.scene import LinesScene, MatrixScene
from webapp.figures.scenes.wording import Wording
from webapp.i18n import N_, t
from webapp.shell.view import View

if TYPE_CHECKING:
    from engine.capture.edits import AttentionKind
    from engine.inference.looked import Looked

LEFT_OUT = {
    "special": N_("special tokens"),
    "first": N_("the first position"),
    "diagonal": N_("the diagonal"),
}


@dataclass(frozen=True, eq=False)
class Shown(Part):
    """A part of a matrix, with the row that the answer is read from."""

    answering: int | None = None


def without(view: View, kind: str) -> list[str]:
    """What the visitor leaves out, by its id."""
    asked = {
        "special": not view["special"],
        "first": view["no_first"],
        "diagonal": view["no_diagonal"] and kind != "cross",
    }
    return [name for name, gone in asked.items() if gone]


def parted(view: View, kind: str) -> dict[str, bool]:
    """The form in which a matrix is shown, as `engine.capture.part.part` takes it."""
    gone = without(view, kind)
    return {"words": view["unit"] == "words", **{name: name not in gone for name in LEFT_OUT}}


def shown(view: View, trace: Trace, answering: int | None = None) -> Shown:
    """The first head of a trace as the visitor wants it; `answering` is a position of the whole text."""
    left = part(trace, **parted(view, trace.kind))
    row = _row(trace.queries, answering, left.rows, view["unit"] == "words")
    return Shown(**{field.name: getattr(left, field.name) for field in fields(left)}, answering=row)


def answering(looked: Looked, kind: AttentionKind, of: int | None) -> int | None:
    """The row that the answer is read from, counted from 0: of a class the mark in front, or the last token of a model
    that reads from left to right; of a token of the answer the place that it is said from. None where that is unsure.
    """
    output = looked.output
    queries = looked.overview(kind).queries
    paired = any(overview.kind == "cross" for overview in looked.overviews)
    if output.labels:
        return len(queries) - 1 if kind == "decoder" else 0 if queries.special[:1] == (True,) and not paired else None
    if not output.tokens or (paired and kind == "encoder"):
        return None
    token = output.tokens[-1 if of is None else of]
    return token.position - (kind == "decoder" and not paired)


def _row(axis: Axis, answering: int | None, rows: Sequence[int], words: bool) -> int | None:
    if answering is None:
        return None
    place = axis.starts()[axis.groups[answering] - axis.groups[0]] if words else answering
    return list(rows).index(place) if place in rows else None


def weighed() -> Wording:
    """How a weight is written that no sentence is made of."""
    return Wording(value=t("{value} %"))


def wording(view: View) -> Wording:
    """How a figure speaks of a cell: of where a head looked, or of what a reading makes of it."""
    if view["reading"] == "heads":
        return Wording(cell=t("“{row}” looked at “{column}”: {value}"), value=t("{value} %"))
    return Wording(cell=t("“{row}” draws on “{column}”: {value}"), value=t("{value} %"))


def matrix(view: View, shown_head: Shown, *, own: bool, note: str) -> MatrixScene:
    """As a heat map. `own` draws it to its own scale, else 1 is darkest; by rows each row has its own."""
    how = view["scale"]
    top = float(scale.darkest(shown_head.numbers)) if own or how == "log" else 1.0
    tops: Any = scale.darkest(shown_head.numbers, 1) if how == "rows" else top
    says = wording(view)
    ends = None
    if how == "rows":
        ends = (
            says.written(0),
            t("largest of its row, at least {times} times its mean").format(times=scale.STANDS_OUT),
        )
    elif how == "log":
        least = says.written(top / 10**scale.DECADES)
        ends = (f"≤ {least}".replace("≤ <", "< "), t("{top}, logarithmic").format(top=says.written(top)))
    return MatrixScene(
        shown_head.queries.labels,
        shown_head.keys.labels,
        shown_head.numbers,
        scale.shades(shown_head.numbers, how, tops),
        t("weight"),
        note=note,
        maximum=top,
        sides=alignment.SELF.get(shown_head.kind, ("target", "source")),
        ends=ends,
        marked=frozenset() if shown_head.answering is None else frozenset({shown_head.answering}),
        details=(details(shown_head.queries), details(shown_head.keys)),
        wording=says,
    )


def lines(view: View, shown_head: Shown, numbers: MatrixScene) -> LinesScene:
    """As lines, as dark as the cells of the heat map."""
    record = Effect(shown_head.queries, shown_head.keys, shown_head.numbers)
    drawn = alignment.lines(record, mass=view["mass"] / 100, unit=numbers.unit, note=numbers.note)
    shaded = tuple(replace(link, shade=float(numbers.shades[link.row, link.column])) for link in drawn.links)
    return replace(drawn, links=shaded, sides=numbers.sides, upright=True, wording=numbers.wording)


def details(axis: Axis) -> tuple[str, ...]:
    """Of each position the vocabulary's entry and its number, where it has them."""
    if not axis.ids or not axis.tokens:
        return ()
    return tuple(f"{token} · {number}" for token, number in zip(axis.tokens, axis.ids, strict=True))


def called(view: View, name: str, kind: str) -> str:
    """The name of a file, with all that changes its numbers or its shades."""
    parts = [name, *(["words"] if view["unit"] == "words" else [])]
    parts += [view["scale"]] if view["scale"] != "linear" else []
    return "-".join([*parts, *(f"without-{gone}" for gone in without(view, kind))])


def omission(view: View, shown_head: Shown) -> str:
    """What was left out, and how much that was; empty where all is shown."""
    gone = without(view, shown_head.kind)
    if not gone or shown_head.left_out is None:
        return ""
    sentence = t("Left out, and rows rescaled to 100 %: {what} ({share} % of the weight).")
    return sentence.format(
        what=t(", ").join(t(LEFT_OUT[name]) for name in gone), share=f"{100 * shown_head.left_out:.0f}"
    )
