"""What is said where the folder that ALIGNSCOPE_DATA names lacks a file of a corpus."""

from __future__ import annotations

from engine.data.registry import Published
from engine.errors import Refused


def lacking(corpus: Published, folder: str, file: str) -> Refused:
    """With what helps: to fetch the corpus, or to get by hand what cannot be fetched."""
    if corpus.url is None:
        return Refused(
            "{folder} (ALIGNSCOPE_DATA) has no {file}; put it there, from {home}",
            folder=folder,
            file=file,
            home=corpus.home,
        )
    return Refused(
        "{folder} (ALIGNSCOPE_DATA) has no {file}; put it there, or unset ALIGNSCOPE_DATA to fetch the corpus",
        folder=folder,
        file=file,
    )
