"""What a classifier made of a document, as an object of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast, get_args

import numpy as np
import typer
from jaxtyping import Float

from engine.errors import Refused
from engine.schemas import trace as writer
from engine.schemas.trace import DIGITS
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.inference.document_reading import Reading, Shade


Shading = Annotated[
    str | None,
    typer.Option(
        "--shade",
        help="Of a classifier also what the page Documents shades words and sentences by: relative, combined, words "
        "or effect; of one that reads pieces also gradient or last.",
    ),
]
Without = Annotated[
    str | None, typer.Option(help="Of a classifier: as if these sentences were not there, such as 2,5-7.")
]


def refuse(shade: str | None, without: str | None) -> None:
    """Raises `Refused` where either is asked of heads."""
    if shade or without:
        raise Refused("--shade and --without are for a classifier's words, not for heads: leave out --heads.")


class Wanted(NamedTuple):
    """What is asked of a document: what its words are shaded by, and the sentences to leave out, from 1."""

    shade: str | None = None
    without: tuple[int, ...] | None = None


def how_read(classifier: Classifier, wanted: Wanted) -> tuple[Shade, dict[str, Any]]:
    """By which numbers words are shaded, and how the text is read for it. Raises Refused for a shade that this model
    does not have."""
    from engine.inference.document_reading import Shade

    by = wanted.shade if wanted.shade in classifier.readings else None
    shade = cast("Shade", "combined" if by is not None else wanted.shade)
    known = (*get_args(Shade), *classifier.readings)
    if wanted.shade is not None and wanted.shade not in known:
        raise Refused(
            "{name} shades words by one of {known}, and not by {shade}.",
            name=shown(classifier.name),
            known=", ".join(known),
            shade=shown(wanted.shade),
        )
    without = frozenset(number - 1 for number in wanted.without or ())
    return shade, {"without": without, "effect": shade == "effect"} | ({} if by is None else {"by": by})


def described(classifier: Classifier, wanted: Wanted) -> Callable[[str], dict[str, Any]]:
    """For a text what the classifier made of it, and its shades where they are wanted. Raises Refused as `how_read`."""
    shade, how = how_read(classifier, wanted)

    def describe(text: str) -> dict[str, Any]:
        reading = classifier.read(text, **how)
        return answered(reading) | ({} if shade is None else {"shades": _shades(reading, shade)})

    return describe


def answered(reading: Reading) -> dict[str, Any]:
    """What the classifier made of a text, and which sentences it did without."""
    return writer.document(reading) | ({"without": sorted(reading.without)} if reading.without else {})


def _shades(reading: Reading, shade: Shade) -> dict[str, Any]:
    words, sentences = reading.shades(shade)
    return {"by": shade, "read": reading.by, "words": _numbers(words), "sentences": _numbers(sentences)}


def _numbers(values: Float[np.ndarray, " place"]) -> list[float | None]:
    """None where there is nothing to tell, of what was left out."""
    return [None if np.isnan(value) else round(float(value), DIGITS) for value in values]
