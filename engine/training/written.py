"""A training configuration as the file that `config.read` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from engine.training.config import TrainConfig


def written(config: TrainConfig, comment: str = "") -> str:
    """Sections and values in the order of their fields, those left out that are as they would be anyway; a `comment`
    stands at the top."""
    lines = [f"# {line}" for line in comment.splitlines()]
    sections: dict[str, Any] = {}
    for name, value in _changed(config):
        if is_dataclass(value) or name == "model":
            sections[name] = value if isinstance(value, dict) else dict(_changed(value))
        else:
            lines.append(f"{name} = {_value(value)}")
    for name in sorted(sections, key=list(_ORDER).index):
        lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in sections[name].items())]
    return "\n".join(lines) + "\n"


_ORDER = ("data", "model", "supervised", "narrowing", "pretraining", "loop")


def _changed(config: Any) -> Iterator[tuple[str, Any]]:
    """What does not have its default."""
    for field in fields(config):
        value = getattr(config, field.name)
        if value != _default(field):
            yield field.name, value


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _value(value: Any) -> str:
    """One value as TOML has it; in texts its escapes are those of JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_value(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)
