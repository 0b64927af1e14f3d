"""What is imposed on the two levels of a document, and its ids for links, files and the command line.

An id is that of a change in `imposed_codes` behind the level that it meets: "words-pin-3-2-80" gives word 2 of sentence
3 80 %, "words-uniform-0" makes the words of every sentence even, "sentences-pin-0-2-50" gives sentence 2 half of the
text. Sentences are numbered through the document; the text is the one row of the level of sentences, and of a flat
model also of the level of words: both are row 0 in an id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from engine.attention import imposed_codes
from engine.attention.imposed import Imposed, Permute, Pin, Uniform

Level = Literal["words", "sentences"]
LevelChange = Pin | Uniform | Permute


@dataclass(frozen=True)
class ImposedLevels:
    """Of `words` the rows are sentences, counted from 0, and positions are their words; `sentences` is one row."""

    words: Imposed = field(default_factory=Imposed)
    sentences: Imposed = field(default_factory=Imposed)


def code(level: Level, change: LevelChange) -> str:
    """A change as an id."""
    return f"{level}-{imposed_codes.code(change)}"


def change(code: str) -> tuple[Level, LevelChange]:
    """What an id stands for. ValueError for one that stands for nothing."""
    name, _, rest = code.partition("-")
    made = imposed_codes.change(rest)
    for level in get_args(Level):
        if name == level and isinstance(made, LevelChange) and not (level == "sentences" and made.steps):
            return level, made
    raise ValueError("no change of words or sentences")


def imposed_levels(codes: Sequence[str]) -> ImposedLevels:
    """All that ids stand for. ValueError where one stands for nothing."""
    changes = [change(each) for each in codes]
    words, sentences = (tuple(made for own, made in changes if own == level) for level in get_args(Level))
    return ImposedLevels(Imposed(words), Imposed(sentences))
