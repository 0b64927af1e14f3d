"""A section of a config: the record of what stands in it, whose fields say what may."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from engine.errors import N_, Refused
from engine.training import toml


def build(cls: type, values: Any, section: str) -> Any:
    """The record. Raises Refused for a word that is missing, unknown, or of the wrong kind."""
    known = {f.name: f for f in fields(cls)}
    if not isinstance(values, dict):
        raise _no_section(section, values)
    for name in values:
        if name not in known:
            raise Refused(
                "{section}.{name} means nothing here; there are {known}",
                section=section or "config",
                name=name,
                known=", ".join(known),
            )
    checked = {name: _checked(str(known[name].type), value, _in(section, name)) for name, value in values.items()}
    lacking = [f.name for f in known.values() if f.init and f.default is f.default_factory and f.name not in checked]
    if lacking:
        names = ", ".join(_in(section, name) for name in lacking)
        raise Refused("This config lacks what has no default: {names}", names=names)
    return cls(**checked)


def _checked(kind: str, value: Any, name: str) -> Any:
    """A value as its field takes it. Raises Refused for one of another kind."""
    if kind in _KINDS:
        template, fits, convert = _KINDS[kind]
        if not fits(value):
            raise Refused(template, name=name, value=toml.shown(value))
        return convert(value)
    if kind.startswith("dict") and not isinstance(value, dict):
        raise _no_section(name, value)
    return tuple(value) if isinstance(value, list) else value


def _no_section(name: str, value: Any) -> Refused:
    return Refused("{section} must be a section, got {value}", section=name, value=toml.shown(value))


def _whole(value: Any) -> bool:
    return type(value) is int


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _float(number: Any) -> float:
    """One number; a whole one beyond what a float holds is infinite, and so out of every range."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


_KINDS: dict[str, tuple[str, Callable[[Any], bool], Callable[[Any], Any]]] = {
    "int": (N_("{name} must be a whole number, got {value}"), _whole, int),
    "float": (N_("{name} must be a number, got {value}"), _number, _float),
    "str": (N_("{name} must be a text in quotes, got {value}"), _text, str),
    "bool": (N_("{name} must be true or false, got {value}"), lambda value: isinstance(value, bool), bool),
    "tuple[str, ...]": (
        N_('{name} must be a list of texts such as ["tatoeba/en-fr"], got {value}'),
        _list_of(_text),
        tuple,
    ),
    "tuple[int, ...]": (
        N_("{name} must be a list of whole numbers such as [200, 600], got {value}"),
        _list_of(_whole),
        tuple,
    ),
    "tuple[float, ...]": (
        N_("{name} must be a list of numbers such as [0.002, 0.001], got {value}"),
        _list_of(_number),
        lambda value: tuple(map(_float, value)),
    ),
}
"""What is said where a field of that type has another value, what it may have, and how the record holds that."""


def _in(section: str, name: str) -> str:
    """A setting as the sentences about it name it."""
    return f"{section}.{name}".lstrip(".")
