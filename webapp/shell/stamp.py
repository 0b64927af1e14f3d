"""Where a picture comes from, written under it, into its files and into their names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from webapp.figures.drawing.typeset import isolated, legal

VERSION = version("webapp")
LONGEST_IN_NAME = 40  # characters of a text that stand in a file's name


@dataclass(frozen=True)
class Stamp:
    """Where a picture comes from: written under it, and into the file, when it leaves the page."""

    model: str
    weights: str
    text: str

    def facts(self, more: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """What stands in every file; `more` is of the figure alone."""
        known = {"model": self.model, "weights": self.weights, "text": self.text, "alignscope": VERSION}
        return known | dict(more or {})

    def line(self) -> str:
        return f"{self.model} ({self.weights}), “{isolated(self.text)}”, Alignscope {VERSION}"

    def file(self, picture: str, suffix: str, *, text: bool = False) -> str:
        """A name of few characters; with `text` it begins as the text does and ends with eight digits of its hash."""
        stem = re.sub(r"[^a-z0-9]+", "-", f"{self.model.rpartition('/')[2]}-{self.weights}-{picture}".lower())
        if text:
            begins = re.sub(r"\W+", "-", legal(self.text).lower())[:LONGEST_IN_NAME].strip("-")
            hashed = hashlib.sha256(self.text.encode("utf-8", "replace")).hexdigest()[:8]
            stem = "-".join(part for part in (stem.strip("-"), begins, hashed) if part)
        return f"alignscope-{VERSION}-{stem.strip('-')}.{suffix}"
