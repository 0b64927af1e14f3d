"""All that can be set of a training, made from the types of its configuration."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st

from engine.attention import SELECTIONS, WINDOWS
from engine.store.fields import MAX_SIZE
from engine.training import recipes
from engine.training.config import TrainConfig
from engine.training.recipes import Setting
from webapp.i18n import t
from webapp.shell.view import View
from webapp.views.train.meanings import MEANING

BY_TIME = ("updates", "validate_every", "stop")
"""Settings that follow from the minutes that a training is given."""
TABLES = {"window": list(WINDOWS), "selection": list(SELECTIONS)}
COLUMNS = 3


def ask(view: View, config: TrainConfig) -> dict[str, dict[str, Any]]:
    """A box for each setting, as it is now; gives those that were changed, by their section."""
    changed: dict[str, dict[str, Any]] = {}
    shown = [each for each in recipes.settings(config) if each.name not in BY_TIME]
    for section in ("model", "loop"):
        st.caption(f"[{section}]")
        columns = st.columns(COLUMNS)
        boxes = [setting for setting in shown if setting.section == section and _can_be_set(setting)]
        for place, setting in enumerate(boxes):
            with columns[place % COLUMNS]:
                value = _box(
                    setting, view.key(f"set {config.data.task} {config.model.get('kind')} {section}.{setting.name}")
                )
            if value != setting.value:
                changed.setdefault(section, {})[setting.name] = value
    return changed


def _can_be_set(setting: Setting) -> bool:
    return setting.hint in (int, float, bool, str) or bool(get_args(setting.hint) and isinstance(setting.value, str))


def _box(setting: Setting, key: str) -> Any:
    """A control as the type of a setting asks for it."""
    meaning = t(MEANING[setting.name])
    options = TABLES.get(setting.name) or [each for each in get_args(setting.hint) if isinstance(each, str)]
    if options:
        return st.selectbox(setting.name, options, index=options.index(setting.value), key=key, help=meaning)
    if setting.hint is bool:
        return st.toggle(setting.name, setting.value, key=key, help=meaning)
    if setting.hint is str:
        return st.text_input(setting.name, setting.value, key=key, help=meaning)
    return _number(setting, key, meaning)


def _number(setting: Setting, key: str, meaning: str) -> Any:
    whole = setting.hint is int
    least, most, _ = setting.range or ((1, MAX_SIZE, False) if whole else (0.0, 0.99, False))
    kind: Any = int if whole else float
    how = {"step": 1} if whole else {"step": kind(0.1), "format": "%g"}
    return st.number_input(
        setting.name, kind(least), kind(min(most, 10**9)), kind(setting.value), key=key, help=meaning, **how
    )
