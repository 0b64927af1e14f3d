"""The same change of attention made of all models on Mechanisms: drawn, kept in link and file, and taken back."""

from __future__ import annotations

import importlib
import json
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.conftest import SVG, Open, figures
from webapp.i18n import LANGUAGES
from webapp.views.shared import imposed

TEXT = "The black cat."
MODELS = ("dot", "additive")


def opened(visit: Open, **query: str) -> AppTest:
    app = visit("mechanisms", t=TEXT, x=".".join(MODELS), **query)
    app.session_state["mechanisms_surgery"] = True  # the drawer is open
    return app.run()


def column(picture: Element, number: int) -> set[float]:
    cells = [cell for cell in picture.iter(f"{SVG}rect") if cell.get("data-column") == str(number)]
    return {float(cell.get("data-value", "nan")) for cell in cells}


def changed(app: AppTest) -> list[str]:
    assert not app.exception and not app.error and not app.info
    return [key.removeprefix("mechanisms_changed_") for key in figures(app) if key.startswith("mechanisms_changed_")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_muted_word_is_seen_by_no_model_and_undo_takes_it_back(visit: Open, language: str) -> None:
    app = opened(visit, language=language)
    assert changed(app) == []
    app.button_group(key="mechanisms_change").set_value("mute").run()
    app.button(key="mechanisms_make").click().run()
    assert tuple(changed(app)) == MODELS and app.query_params["i"].startswith("mute-1")
    for name in MODELS:
        assert column(figures(app)[f"mechanisms_changed_{name}"], 0) == {0}
        assert column(figures(app)[f"mechanisms_map_{name}"], 0) != {0}
    app.button(key="mechanisms_undo").click().run()
    assert changed(app) == [] and app.query_params["i"] == ""


def test_a_row_is_pinned_in_all_maps_of_one_translation(visit: Open) -> None:
    app = opened(visit)
    app.multiselect[0].set_value([1]).run()
    app.button(key="mechanisms_make").click().run()
    assert tuple(changed(app)) == MODELS
    for name in MODELS:
        first = [
            float(cell.get("data-value", "nan"))
            for cell in figures(app)[f"mechanisms_changed_{name}"].iter(f"{SVG}rect")
            if cell.get("data-row") == "0"
        ]
        assert sorted(first)[-1] == pytest.approx(1, abs=1e-3) and sum(first) == pytest.approx(1, abs=1e-3)


def test_translations_of_their_own_offer_no_single_row(visit: Open) -> None:
    app = opened(visit, g="own")
    kinds = next(group for group in app.button_group if group.key == "mechanisms_change")
    assert len(kinds.options) == 3 and not app.multiselect
    app.button_group(key="mechanisms_change").set_value("uniform").run()
    app.button(key="mechanisms_make").click().run()
    assert tuple(changed(app)) == MODELS and app.query_params["i"] == "uniform-0"


def test_a_row_of_translations_of_their_own_is_told_by_its_number(visit: Open) -> None:
    app = visit("mechanisms", t=TEXT, x=".".join(MODELS), g="own", i="uniform-2")
    assert [b.label for b in app.button if "made_0" in str(b.key)] == ["Uniform: 2"]
    app = visit("mechanisms", t=TEXT, x=".".join(MODELS), i="uniform-2")
    assert [b.label for b in app.button if "made_0" in str(b.key)] != ["Uniform: 2"]


def test_a_model_that_mixes_outputs_says_that_it_cannot_be_changed(visit: Open) -> None:
    app = visit("mechanisms", t=TEXT, a="selection", i="uniform-0")
    assert "en_fr_hard_exact" not in changed(app) and len(changed(app)) == 5
    assert sum("mixes outputs" in caption.value for caption in app.caption) == 1


def test_another_sentence_begins_without_changes(visit: Open) -> None:
    app = opened(visit, i="mute-2")
    assert tuple(changed(app)) == MODELS
    app.text_input(key="mechanisms_text").set_value("We sold two houses.").run()
    assert changed(app) == [] and app.session_state["mechanisms_imposed"] == []


def test_the_file_says_what_became_of_each_translation(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    records: list[dict[str, Any]] = []
    opened(visit)
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(frame, "take_away", lambda *given: records.append(json.loads(given[4]())))
    visit("mechanisms", t=TEXT, x=".".join(MODELS), i="mute-2.uniform-1")
    assert len(records[-1]["measured"]) == len(MODELS)
    for measured in records[-1]["measured"]:
        assert measured["imposed"]["changes"] == ["mute-2", "uniform-1"]
        for which in ("same", "new"):
            (trace,) = measured["imposed"][which]["traces"]
            (weights,) = np.array(trace["weights"])[0]
            others = np.delete(weights, 1, axis=1)
            assert np.all(weights[:, 1] == 0) and len(weights) > 1
            np.testing.assert_allclose(others[0], 1 / others.shape[1], atol=1e-5)
            assert np.ptp(others[1]) > 0.01


def test_a_shuffle_is_dealt_anew_at_the_next_press_and_takes_the_place_of_what_dealt_its_row_before(
    visit: Open,
) -> None:
    app = opened(visit, i="mute-2.uniform-1")
    app.button_group(key="mechanisms_change").set_value("permute").run()
    for seed in (0, 1, 2):
        app.button(key="mechanisms_make").click().run()
        assert app.session_state["mechanisms_imposed"] == ["mute-2", "uniform-1", f"permute-0-{seed}"]
    assert imposed.with_change(["mute-2", "uniform-1"], "permute-1-4") == ["mute-2", "permute-1-4"]
    assert imposed.with_change(["permute-2_1-4", "uniform-2"], "uniform-1_2") == ["uniform-2", "uniform-1_2"]
