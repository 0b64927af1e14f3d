"""All that can be taken away of a document: figures, numbers, the view as a file and as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.delta_generator import DeltaGenerator

from webapp.figures.scenes.scene import DocumentScene
from webapp.gateway.current import gateway
from webapp.i18n import t
from webapp.shell import frame, names, view_file
from webapp.shell.frame import Picture
from webapp.shell.stamp import Stamp
from webapp.shell.view import View
from webapp.views.documents import answer, as_code

if TYPE_CHECKING:
    from engine.evaluation.faithfulness import Faithfulness

MOST_IN_NAME = 60  # characters of the text that stand under a picture


def files(
    view: View,
    asked: answer.Asked,
    scenes: tuple[DocumentScene, DocumentScene],
    place: DeltaGenerator,
    judged: Faithfulness | None,
) -> None:
    """All that can be taken away, in its `place`; what was `judged` of the shades too."""
    whole, drawn = scenes
    reading = asked.reading
    stamp = Stamp(asked.info.name, gateway.listing.fingerprint(asked.info.name), _short(reading.document.text))
    query = view.query(whole=True)
    pictures = [
        Picture("document", f"{names.classifier(asked.info)}: {answer.answer_in_words(reading)}", drawn, whole),
        Picture("classes", t("Probability of each class"), answer.bars(asked), answer.bars(asked)),
    ]
    shown = _as_shown(view, asked, judged)
    frame.take_away(
        place,
        view,
        pictures,
        stamp,
        lambda: view_file.document(reading, asked.info, query, judged),
        lambda: as_code.as_code(shown),
    )


def _as_shown(view: View, asked: answer.Asked, judged: Faithfulness | None) -> as_code.Shown:
    """What is written as code."""
    return as_code.Shown(
        asked.info.name,
        asked.reading.document.text,
        answer.drawn_shade(asked, view["reading"]),
        asked.reading.without,
        view["reading"] if asked.pieces and view["reading"] in answer.BY else None,
        None if asked.before is None else asked.before.document.text,
        judged is not None,
        view["reading"] == "relative",
        view["compare"],
    )


def _short(text: str) -> str:
    line = " ".join(text[: 4 * MOST_IN_NAME].split())
    return line if len(line) <= MOST_IN_NAME else f"{line[:MOST_IN_NAME]}…"
