"""Many translators of two languages: what they are called, how they are ordered, and which of them are the lab."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.store import catalogue
from engine.store.catalogue import ModelInfo
from webapp.gateway.listing import Listing
from webapp.i18n import catalogue as sentences
from webapp.shell import names

FED = {"placement": "after", "feeding": True}
PLACED: list[dict[str, Any]] = [FED, {"placement": "after", "feeding": False}, {"placement": "before"}]
FORMS: dict[str, dict[str, Any]] = {
    "after": {"placement": "after"},
    "after-feeding": FED,
    "before": {"placement": "before"},
    "decoder1": {"design": "decoder1", "direction": "forward"},
    "decoder4": {"placement": "before", "direction": "forward"},
    "hard-exact": {"placement": "after", "selection": "exact"},
    "hard-gumbel": {**FED, "selection": "hard"},
    "local-m": {**FED, "window": "local_m", "window_width": 2},
    "null-key": {**FED, "null_key": True},
    "supervised": FED,
}
"""What ships beside the lab, trained for one pass, by the end of its name."""


def recurrent(name: str, updates: int = 11_400, source: str = "en", target: str = "fr", **model: Any) -> ModelInfo:
    config = {"model_type": "alignscope-seq2seq", "model": {"score": "additive", **model}}
    told = {"supervised": {"pairs_with_links": 9}} if name.endswith("supervised") else {}
    return ModelInfo(name, "translation", source, target, Path("nowhere"), config, None, {"updates": updates, **told})


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Listing:
    """The lab, the forms of attention beside it, a Transformer and the ways back, in the order of their folders."""
    lab = [recurrent(f"translation/en-fr-{score.replace('_', '-')}", score=score, **FED) for score in SCORES]
    forms = [recurrent(f"translation/en-fr-{name}", 2800, **model) for name, model in FORMS.items()]
    back = [recurrent(f"translation/fr-en-{name}", 5600, "fr", "en", placement="before") for name in ("additive", "b")]
    heads = {"model_type": "marian", "decoder_layers": 3, "decoder_attention_heads": 4}
    transformer = ModelInfo(
        "translation/en-fr-transformer", "translation", "en", "fr", Path("nowhere"), heads, None, None
    )
    every = sorted([*lab, *forms, *back, transformer], key=lambda info: info.name)
    own = [recurrent("run:again", 11_400, score="additive", **FED), recurrent("run:longer", 20_000, **FED)]
    monkeypatch.setattr(catalogue, "models", lambda: [*every, *own])
    return Listing()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_that_can_be_combined_is_told_apart_by_its_name(monkeypatch: pytest.MonkeyPatch, language: str):
    monkeypatch.setattr(names, "t", sentences(language).gettext)
    monkeypatch.setattr(names, "counted", sentences(language).ngettext)
    choices = product(SCORES, WINDOWS, SELECTIONS, PLACED, (True, False), ("both", "forward"), (2, 10), (2800, 11_400))
    known = {}
    for number, (score, window, selection, placed, null, direction, width, length) in enumerate(choices):
        if window == "global" and width != 2:
            continue  # of which a window that holds everything has no need
        model = {"score": score, "window": window, "selection": selection, "null_key": null, "window_width": width}
        known[str(number)] = recurrent(str(number), length, **model, **placed, direction=direction)
    labels = names.models(known)
    assert list(labels) == list(known) and len(set(labels.values())) == len(known)


def test_a_name_says_what_differs_and_how_long_it_was_trained_only_where_nothing_else_does(listing: Listing):
    labels = names.models(listing.models())
    assert len(set(labels.values())) == len(labels)
    called = {name: label.removeprefix("English → French · ") for name, label in labels.items()}
    assert called["translation/en-fr-concat"] == "concat"
    assert called["translation/en-fr-additive"] == "additive · 11,400 updates"
    assert called["translation/en-fr-after-feeding"] == "additive · 2,800 updates"
    assert called["translation/en-fr-after"] == "additive · without input feeding"
    assert called["translation/en-fr-decoder4"] == "additive · before the cell · forward encoder"
    assert called["translation/en-fr-local-m"] == "additive · local-m"
    assert called["translation/en-fr-supervised"] == "additive · supervised"
    alike = "French → English · additive · before the cell · 5,600 updates · translation/fr-en-b"
    assert labels["translation/fr-en-b"] == alike


def test_menus_begin_with_the_lab_and_end_with_ones_own(listing: Listing):
    order = list(listing.models())
    assert order[: len(SCORES)] == [f"translation/en-fr-{score.replace('_', '-')}" for score in SCORES]
    assert order.index("translation/en-fr-null-key") < order.index("translation/en-fr-decoder1")
    assert order.index("translation/en-fr-decoder1") < order.index("translation/en-fr-transformer")
    assert order.index("translation/en-fr-transformer") < order.index("translation/fr-en-additive")
    assert order[-2:] == ["run:longer", "run:again"]


def test_the_lab_is_the_set_that_is_alike_but_for_its_scoring_functions(listing: Listing):
    lab = listing.lab()
    assert list(lab) == list(SCORES)
    assert all(name == f"translation/en-fr-{score.replace('_', '-')}" for score, name in lab.items())


def test_what_pages_open_with_and_the_way_back_are_the_models_trained_longest(listing: Listing):
    assert listing.default_model() == "translation/en-fr-additive"
    assert listing.reverse("translation/en-fr-local-m") == "translation/fr-en-additive"
    assert listing.reverse("translation/fr-en-additive") == "translation/en-fr-additive"


@pytest.mark.parametrize("width", ["2", "٣", "-1", "9" * 5000, 2.5, None, True, [2]])
def test_a_configuration_may_say_anything_about_its_window(width: object):
    assert names.model(recurrent("x", window="local_m", window_width=width, **FED))
