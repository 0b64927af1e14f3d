"""What a command printed, and what scripts rely on in it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).parents[2] / "engine" / "schemas"


class Told:
    """What a command printed, and how it left."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[str]:
        return self.out.removesuffix("\n").split("\n")


def refused(told: Told, sentence: str) -> None:
    assert told.code == 2, told.err
    assert sentence in told.err and told.err.count("\n") == 1 and "Traceback" not in told.err, told.err


def valid(name: str, line: str) -> dict:
    value = json.loads(line)
    jsonschema.validate(value, json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))
    return value
