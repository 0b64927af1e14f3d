"""In what order an encoder without attention reads the words: tricks that bring words nearer to where it ends."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from engine.models.recurrent.part import Part

SourceOrder = Literal["as_is", "reversed", "doubled"]


SOURCE_ORDERS: dict[str, Part] = {
    order.name: order
    for order in (
        Part(
            name="as_is",
            label="as typed",
            meaning="The encoder reads the words in the order of the sentence.",
            formula=r"x_1, x_2, \dots, x_n",
            source="Cho et al. 2014, section 2.2, arXiv:1406.1078",
        ),
        Part(
            name="reversed",
            label="reversed",
            meaning="The encoder reads the sentence from its last word to its first, so that the first words, with "
            "which the translation begins, are the freshest.",
            formula=r"x_n, x_{n-1}, \dots, x_1",
            source="Sutskever, Vinyals & Le 2014, section 3.3, arXiv:1409.3215",
        ),
        Part(
            name="doubled",
            label="doubled",
            meaning="The encoder reads the sentence twice, one copy after the other.",
            formula=r"x_1, \dots, x_n, x_1, \dots, x_n",
            source="Zaremba & Sutskever 2014, arXiv:1410.4615",
        ),
    )
}


class Source(NamedTuple):
    """A batch of sources, and where they are no padding."""

    ids: Int[Tensor, "batch source"]
    present: Bool[Tensor, "batch source"]


def ordered(ids: Int[Tensor, "batch source"], present: Bool[Tensor, "batch source"], order: SourceOrder) -> Source:
    """The sources as they are read: the end mark, a source's last id, stays the last, and padding behind it. Doubled it
    stands between the copies too, as a semicolon does in the paper."""
    if order == "as_is":
        return Source(ids, present)
    lengths = present.sum(1, keepdim=True)
    end, read = lengths - 1, lengths * (2 if order == "doubled" else 1)
    places = torch.arange(int(read.max()), device=ids.device).expand(len(ids), -1)
    origins = places % lengths if order == "doubled" else torch.where(places < end, end - 1 - places, end)
    return Source(ids.gather(1, origins), places < read)
