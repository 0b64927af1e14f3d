"""A training configuration as the file that `config.read` reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from engine.training import toml
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
            lines.append(f"{name} = {toml.value(value)}")
    for name in sorted(sections, key=list(_ORDER).index):
        lines += ["", f"[{name}]", *(f"{key} = {toml.value(value)}" for key, value in sections[name].items())]
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
