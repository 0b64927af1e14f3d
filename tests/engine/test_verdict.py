"""What is said to be better is better by more than chance, on the page and in every card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.cards.card import card
from engine.evaluation.verdict import beside_chance, of_interval
from engine.store import catalogue, names

SHIPPED = sorted(file.parent for file in names.PRETRAINED.glob("*/*/metrics.json"))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.3, "better"), (-0.3, -0.1, "worse"), (-0.1, 0.3, "undecided"), (0.0, 0.0, "undecided")],
)
def test_a_difference_decides_only_where_its_interval_leaves_out_zero(low: float, high: float, verdict: str):
    assert of_interval({"low": low, "high": high}) == verdict
    turned = {"better": "worse", "worse": "better", "undecided": "undecided"}[verdict]
    assert of_interval({"low": low, "high": high}, lower_is_better=True) == turned


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.9, "better"), (0.1, "worse"), (0.665, "undecided"), (0.8, "undecided")]
)
def test_a_value_decides_only_beyond_all_that_chance_came_to(value: float, verdict: str):
    assert beside_chance(value, np.linspace(0.3, 0.8, 19)) == verdict


def test_where_nothing_differs_nothing_is_decided():
    assert beside_chance(0.5, np.full(19, 0.5)) == "undecided"


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_the_card_of_every_model_says_what_its_metrics_say(folder: Path):
    written = card(catalogue.find(f"{folder.parent.name}/{folder.name}"))
    assert (folder / "CARD.md").read_text(encoding="utf-8") == written


@pytest.mark.parametrize(
    "folder", [f for f in SHIPPED if f.parent.name == "translation"], ids=lambda folder: folder.name
)
def test_a_card_calls_effect_nearer_to_a_word_alignment_only_where_an_interval_does(folder: Path):
    text = (folder / "CARD.md").read_text(encoding="utf-8")
    alignment = json.loads((folder / "metrics.json").read_text())["alignment"]
    for where, links in (("gold", "links drawn by people"), ("aligner", "links of a statistical aligner")):
        difference = alignment.get(where, {}).get("effect_less_attention", {}).get("aer")
        if difference is not None:
            assert (f"nearer than attention to {links}" in text) == (difference["high"] < 0)
            assert (f"further than attention from {links}" in text) == (difference["low"] > 0)
    assert "eflomal 2.0.0 has an AER of" in text
    # Two figures that were measured in two ways are not the ends of one range.
    assert ("AER of 24.8 %, aligning them together with the training text of both corpora" in text) == (
        "zh" in folder.name.split("-")
    )
    assert "24.8 to 30.5" not in text
