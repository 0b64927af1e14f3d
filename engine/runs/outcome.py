"""How a training ended, in the file `outcome.json` of its run: absent as long as it has not."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from engine.data.files import atomic_write
from engine.errors import Refused
from engine.store.files import read_json

FILE = "outcome.json"
LONGEST = 300  # characters of one fact
End = Literal["finished", "stopped", "failed"]
ENDS: tuple[End, ...] = ("finished", "stopped", "failed")


@dataclass(frozen=True)
class Outcome:
    """`update` is the last one that was done, `best_update` the one whose weights are stored; 0 where no model is.
    The sentence of a failure is put together as that of a `Refused`, so that it can be said in other languages."""

    end: End
    update: int = 0
    best_update: int = 0
    template: str = ""
    plural: str = ""
    facts: Mapping[str, Any] | None = None

    @property
    def refusal(self) -> Refused | None:
        """What is said of a failure."""
        return Refused(self.template, plural=self.plural, **(self.facts or {})) if self.template else None


def failed(refusal: Refused, update: int = 0) -> Outcome:
    """The end by something that somebody can mend."""
    facts = {name: _plain(fact) for name, fact in refusal.facts.items()}
    return Outcome("failed", update, 0, refusal.template, refusal.plural, facts)


def write(run: Path, outcome: Outcome) -> None:
    atomic_write(run / FILE, json.dumps(asdict(outcome), ensure_ascii=False).encode())


def read(run: Path) -> Outcome | None:
    """None where the training has not ended, or the file cannot be read."""
    try:
        content = read_json(run / FILE)
        end, facts = content["end"], content.get("facts") or {}
        numbers = [int(content.get(name, 0)) for name in ("update", "best_update")]
        texts = [str(content.get(name, "")) for name in ("template", "plural")]
        outcome = Outcome(end, numbers[0], numbers[1], texts[0], texts[1], dict(facts))
        if end not in ENDS:
            return None
        str(outcome.refusal)  # a sentence whose facts are not all there is none
    except (Refused, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        return None
    return outcome


def _plain(fact: object) -> object:
    """A fact as JSON has it; of a path its name, since others are to read this than who may know where it lies."""
    if isinstance(fact, Path):
        return fact.name
    if isinstance(fact, Refused):
        return str(Refused(fact.template, plural=fact.plural, **{n: _plain(f) for n, f in fact.facts.items()}))
    if isinstance(fact, bool | int) or (isinstance(fact, float) and math.isfinite(fact)):
        return fact
    return str(fact)[:LONGEST]
