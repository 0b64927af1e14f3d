"""Two models side by side: in what they differ, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from webapp.i18n import joined, t
from webapp.shell import tables
from webapp.views.models import described, figures
from webapp.views.models.listed import Listed

ABSENT = "–"
Rows = dict[str, tuple[str, str]]


def show(first: Listed, second: Listed) -> None:
    """Facts, figures and settings that differ, each in a table of its own."""
    st.header(t("What differs"), anchor=False)
    labels = (first.label, second.label)
    if labels[0] == labels[1]:
        labels = (first.name, second.name)
    parts = (
        (t("What they are"), t("Property"), facts(first, second)),
        (t("What was measured"), t("Figure"), measured(first, second)),
        (t("Settings"), t("Setting"), settings(first, second)),
    )
    for title, head, rows in parts:
        st.subheader(title, anchor=False)
        if not rows:
            st.caption(t("Nothing differs here."))
            continue
        if rows is parts[1][2]:
            st.caption(_about(first, second))
        left, right = zip(*rows.values(), strict=True)
        tables.show({head: list(rows), labels[0]: left, labels[1]: right})


def facts(first: Listed, second: Listed) -> Rows:
    """What is said of them on their cards."""
    names = {t("Name"): (first.name, second.name)}
    prints = tuple(model.info.weights_sha256[:8] if model.info else "" for model in (first, second))
    rows = _differing(described.facts(first), described.facts(second))
    return names | rows | _differing(*({t("Fingerprint of the weights"): each} for each in prints))


def settings(first: Listed, second: Listed) -> Rows:
    """The settings of their files."""
    return _differing(*(described.settings(model.info) if model.info else {} for model in (first, second)))


def measured(first: Listed, second: Listed) -> Rows:
    """Their figures, each with its 95 % interval where there is one."""
    return _differing(_figures(first), _figures(second))


def _figures(model: Listed) -> dict[str, str]:
    rows = figures.figures(model.task, described.metrics(model))
    return {
        row.name: t("{value} ({rival})").format(value=row.value, rival=row.within) if row.within else row.value
        for row in rows
    }


def _differing(left: Mapping[str, str], right: Mapping[str, str]) -> Rows:
    """What stands in either, where it is not the same in both."""
    both = {name: (left.get(name, ABSENT), right.get(name, ABSENT)) for name in [*left, *right]}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _about(first: Listed, second: Listed) -> str:
    """What must be known to compare figures."""
    meaning = t("Figures that differ, with their 95 % intervals.")
    return joined(meaning, "" if _tests(first) == _tests(second) else t("They were measured on different texts."))


def _tests(model: Listed) -> Any:
    """On what a model was measured, as its metrics.json has it."""
    return (described.metrics(model) or {}).get("test")
