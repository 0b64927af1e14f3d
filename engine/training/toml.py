"""Values as TOML has them, and what is said of a text that is none."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from engine.errors import Refused

LONGEST = 80
"""Characters that a sentence shows of a value or a line."""
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_ONCE_MORE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate", "Cannot redefine")
"""How Python's reader begins what it says of a word that is set twice."""


def value(value: Any) -> str:
    """One value as it stands in a file; in texts its escapes are those of JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_part(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_part, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


_part = value


def shown(content: Any) -> str:
    """The same as a sentence shows it: its beginning."""
    return short(value(content))


def short(text: str) -> str:
    """Its beginning, with � for what cannot be seen."""
    text = "".join(c if c.isprintable() else "�" for c in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def read(text: str, name: str) -> dict[str, Any]:
    """The values in a text, which bears that name. Raises Refused where it is no TOML."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Refused("{path} has lists or tables inside one another deeper than can be read.", path=name) from None
    except ValueError as error:
        raise _no_toml(text, name, str(error)) from None


def _no_toml(text: str, name: str, error: str) -> Refused:
    """What is wrong, by where Python's reader stopped: what it says there is written for whoever wrote the reader."""
    lines = text.splitlines() or [""]
    place = _PLACE.search(error)
    if place is None and "digits" in error:
        most = sys.get_int_max_str_digits()
        return Refused(
            "{path} has a number of more than {most} digits, which nothing here needs.", path=name, most=most
        )
    if place is None:
        return Refused(
            "{path} is no TOML: it ends in the middle of something, {text}; a line is to read such as batch = 64.",
            path=name,
            text=short(lines[-1].strip()),
        )
    line, column = map(int, place.groups())
    facts: dict[str, Any] = {"path": name, "line": line, "text": short(lines[min(line, len(lines)) - 1].strip())}
    if error.startswith(_ONCE_MORE):
        return Refused("{path} is no TOML: its line {line} sets once more what is set above it, {text}.", **facts)
    return Refused(
        "{path} is no TOML: its line {line} cannot be read from character {column} on, {text}; a line is to read such "
        "as batch = 64.",
        column=column,
        **facts,
    )
