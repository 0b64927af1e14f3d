"""All that can be taken away of a document: figures, numbers, the view as a file and as code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from streamlit.delta_generator import DeltaGenerator

from webapp.figures.scenes.scene import DocumentScene
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, names, view_file
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.documents import answer, as_code, surgery

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness
    from engine.inference.document_reading import Reading

MOST_IN_NAME = 60  # characters of the text that stand under a picture


class More(NamedTuple):
    """What was asked beyond the answer: whether the shades can be trusted, and what becomes of the answer under changed
    weights, with the figures of that."""

    judged: Faithfulness | None = None
    changed: Reading | None = None
    pictures: Sequence[Picture] = ()


def files(
    view: View,
    asked: answer.Asked,
    scenes: tuple[DocumentScene, DocumentScene],
    place: DeltaGenerator,
    more: More,
) -> None:
    """All that can be taken away, in its `place`."""
    whole, drawn = scenes
    reading = asked.reading
    stamp = Stamp(asked.info.name, gateway.listing.fingerprint(asked.info.name), _short(reading.document.text))
    query = view.query(whole=True)
    pictures = [
        Picture("document", f"{names.classifier(asked.info)}: {answer.answer_in_words(reading)}", drawn, whole),
        Picture("classes", t("Probability of each class"), answer.bars(asked), answer.bars(asked)),
        *more.pictures,
    ]
    shown = _as_shown(view, asked, more)
    weighed = None if more.changed is None else (tuple(view["imposed"]), more.changed)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.document(reading, asked.info, query, more.judged, weighed),
        lambda: as_code.as_code(shown),
    )


def _as_shown(view: View, asked: answer.Asked, more: More) -> as_code.Shown:
    """What is written as code."""
    return as_code.Shown(
        asked.info.name,
        asked.reading.document.text,
        answer.drawn_shade(asked, view["reading"]),
        asked.reading.without,
        view["reading"] if asked.pieces and view["reading"] in answer.BY else None,
        None if asked.before is None else asked.before.document.text,
        more.judged is not None,
        view["reading"] == "relative",
        view["compare"],
        () if more.changed is None else tuple(view["imposed"]),
        answer.drawn_shade(asked, surgery.then_by(view)),
    )


def _short(text: str) -> str:
    line = " ".join(text[: 4 * MOST_IN_NAME].split())
    return line if len(line) <= MOST_IN_NAME else f"{line[:MOST_IN_NAME]}…"
