"""Sentence pairs that a small network learns in seconds: a row of words, and the same in capitals."""

from __future__ import annotations

from pathlib import Path

WORDS = ("a", "man", "dog", "sees", "the", "red", "house", "no", "yes", "two")


def write(folder: Path) -> Path:
    """A file of 119 pairs, no two alike."""
    rows = [" ".join(WORDS[(i * k) % 10] for k in range(1, 2 + i % 6)) for i in range(1, 120)]
    path = folder / "own.tsv"
    path.write_text("".join(f"{row} {i}\t{row.upper()} {i}\n" for i, row in enumerate(rows)), encoding="utf-8")
    return path
