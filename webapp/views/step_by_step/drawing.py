"""Pictures of numbers, each drawn once: where a number was changed, most lines are as they were."""

from __future__ import annotations

from functools import lru_cache

from webapp.figures.scenes.numbers import NumbersScene
from webapp.i18n import language
from webapp.shell import frame

KEPT = 256  # pictures, of all visitors together


def drawn(scene: NumbersScene, group: str) -> str:
    """A scene as a picture for this page in the visitor's language; those of one group light up together."""
    return _picture(_Content(scene), group, language())


class _Content:
    """A scene that equals another with the same content, so that a picture is drawn once."""

    def __init__(self, scene: NumbersScene) -> None:
        self.scene = scene
        arrays = (scene.values, scene.strips)
        self._key = (
            *(None if array is None else array.tobytes() for array in arrays),
            *(scene.rows, scene.columns, scene.maximum, scene.bars is None),
            *(scene.changed, scene.quiet, scene.chosen),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=KEPT)
def _picture(content: _Content, group: str, spoken: str) -> str:
    return frame.drawn(content.scene, group=group)
