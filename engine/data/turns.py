"""Dialogues as pairs: each utterance with the one that answers it.

Files have a header and one utterance a line, those of a dialogue in order: `dialogue`, `turn` (from 0) and a column for
each language.
"""

from __future__ import annotations

from itertools import pairwise

from engine.data import tsv
from engine.data.tsv import Pair, PairTable
from engine.text.utterance import plain


def parse(data: bytes, name: str, column: str) -> PairTable:
    """The pairs of an utterance and the next of its dialogue, read from `column`; see `tsv.parse` for what is refused.

    Rows are utterances. One that is skipped answers nothing, and nothing answers it.
    """
    table = tsv.rows(data, name, ("dialogue", "turn", column))
    turns = [(dialogue, turn, plain(text)) for dialogue, turn, text in table.rows]
    pairs = [Pair(first[2], answer[2]) for first, answer in pairwise(turns) if _next(first, answer)]
    return PairTable(pairs, table.rows_in, table.rows_bad, table.notes, table.encoding)


def _next(first: tuple[str, str, str], answer: tuple[str, str, str]) -> bool:
    return first[0] == answer[0] and first[1].isdecimal() and answer[1] == str(int(first[1]) + 1)
