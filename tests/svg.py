"""Pictures read back: the elements of an SVG and the numbers in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from webapp.figures.drawing.svg import svg
from webapp.figures.scenes.scene import Scene

NS = "{http://www.w3.org/2000/svg}"
Element = ElementTree.Element


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def of(cls, node: Element) -> Box:
        return cls(*(float(node.get(name, "nan")) for name in ("x", "y", "width", "height")))

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right - 0.01
            and other.left < self.right - 0.01
            and self.top < other.bottom - 0.01
            and other.top < self.bottom - 0.01
        )


def root_of(scene: Scene, *, compact: bool = False, large: bool = False) -> Element:
    return ElementTree.fromstring(svg(scene, compact=compact, large=large))


def nodes(root: Element, name: str, **data: str) -> list[Element]:
    """All elements of that name with these attributes, whose names are written with an underscore."""
    wanted = {key.replace("_", "-"): value for key, value in data.items()}
    return [node for node in root.iter(NS + name) if all(node.get(key) == value for key, value in wanted.items())]


def words(root: Element, axis: str) -> list[Element]:
    """The words of one axis, in the order of their numbers."""
    return sorted(nodes(root, "text", data_axis=axis), key=lambda node: int(node.get("data-index", "-1")))


def texts(root: Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(NS + "text")]


def number(node: Element, name: str) -> float:
    return float(node.get(name, "nan"))


def path(node: Element) -> list[float]:
    """All numbers of a path."""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", node.get("d", ""))]
