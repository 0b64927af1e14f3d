"""What corpora of one's own can be, and how large their labels. Nothing here knows how tables are read."""

from __future__ import annotations

from typing import Literal

Kind = Literal["pairs", "texts"]
KINDS: tuple[Kind, ...] = ("pairs", "texts")
MAX_LABELS = 100
MAX_LABEL = 100
"""Characters of one label."""
LEAST_WITH_LABEL = 5
"""Rows that a label must have to be learnt."""
Row = tuple[str, str]
