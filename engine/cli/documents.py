"""What a classifier made of a document, as an object of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast, get_args

import numpy as np
import typer
from jaxtyping import Float

from engine.cli.head_parts import numbers
from engine.errors import Refused
from engine.schemas import trace as writer
from engine.schemas.trace import DIGITS
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.inference.document_reading import Reading, Shade
    from engine.text.document import Document


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
Reweigh = Annotated[
    list[str] | None,
    typer.Option(
        help="Of a classifier with attention also its answer under changed weights: words-uniform-0 makes the words of "
        "every sentence even, words-pin-3-2-80 gives word 2 of sentence 3 80 %, sentences-pin-0-2-50 sentence 2 half "
        "of the text, words-permute-0-1 shuffles; 0 stands for all.",
    ),
]


def refuse(wanted: Wanted) -> None:
    """Raises `Refused` where anything is asked of a model that does not classify words."""
    if wanted != Wanted():
        raise Refused("--shade, --without and --reweigh are for a classifier's words: leave them out.")


def asked(shade: str | None, without: str | None, reweigh: list[str] | None) -> Wanted:
    """What the options ask for. Raises `Refused` for what they cannot mean."""
    from engine.attention.imposed_levels import change

    for each in reweigh or ():
        try:
            change(each)
        except ValueError:
            raise Refused(
                "--reweigh wants a change such as its help names, words-pin-3-2-80 or sentences-uniform-0, and got "
                "{text}.",
                text=each[:40],
            ) from None
    return Wanted(shade, numbers("--without", without), tuple(reweigh or ()))


class Wanted(NamedTuple):
    """What is asked of a document: what its words are shaded by, the sentences to leave out, from 1, and changes of its
    weights as ids."""

    shade: str | None = None
    without: tuple[int, ...] | None = None
    reweigh: tuple[str, ...] = ()


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
        reading = classifier.read(known(classifier, text, wanted), **how)
        shades = {} if shade is None else {"shades": _shades(reading, shade)}
        return answered(reading) | shades | _reweighed(classifier, reading, wanted.reweigh)

    return describe


def known(classifier: Classifier, text: str, wanted: Wanted) -> Document:
    """The text as sentences. Raises Refused where one that is to be left out is not there."""
    document = classifier.document(text)
    count = len(document.sentences)
    if missing := [number for number in wanted.without or () if number > count]:
        raise Refused("There is no sentence {number}; the text has {count}.", number=missing[0], count=count)
    return document


def answered(reading: Reading) -> dict[str, Any]:
    """What the classifier made of a text, and which sentences it did without."""
    return writer.document(reading) | ({"without": sorted(reading.without)} if reading.without else {})


def _reweighed(classifier: Classifier, reading: Reading, changes: tuple[str, ...]) -> dict[str, Any]:
    if not changes:
        return {}
    from engine.attention.imposed_levels import imposed_levels

    changed = classifier.imposed(reading, imposed_levels(changes))
    return {"reweighed": writer.reweighed(changes, changed)}


def _shades(reading: Reading, shade: Shade) -> dict[str, Any]:
    words, sentences = reading.shades(shade)
    return {"by": shade, "read": reading.by, "words": _numbers(words), "sentences": _numbers(sentences)}


def _numbers(values: Float[np.ndarray, " place"]) -> list[float | None]:
    """None where there is nothing to tell, of what was left out."""
    return [None if np.isnan(value) else round(float(value), DIGITS) for value in values]
