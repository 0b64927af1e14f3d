"""Models of others on the page Self-attention: the languages of a translator, and the numbers of a classifier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.store import names as store_names
from tests.conformance import folders
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway

MODELS = {
    "translator": ("nllb", "M2M100ForConditionalGeneration", {}),
    "score": ("bert", "BertForSequenceClassification", {"num_labels": 1}),
    "several": ("bert", "BertForSequenceClassification", {"problem_type": "multi_label_classification"}),
}


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("guests")
    for name, (kind, head, settings) in MODELS.items():
        folders.write(place / name, kind, head, **settings)
    return place


@pytest.fixture
def look(door: None, guests: Path, tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setattr(store_names, "PRETRAINED", tmp_path / "none")
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(guests))

    def open_page(name: str, **query: str) -> AppTest:
        gateway.heads.load(f"folder:{name}")
        return visit("self_attention", m=f"folder:{name}", t="The black cat.", **query)

    yield open_page


def boxes(app: AppTest) -> dict[str, str]:
    return {box.label: box.value for box in app.selectbox if "language" in box.label}


def test_a_translators_languages_are_chosen_on_the_page_and_stand_in_the_link(look: Open) -> None:
    app = look("translator", y="Le chat")
    assert boxes(app) == {"Source language": "eng_Latn", "Target language": "fra_Latn"}
    app = look("translator", y="Le chat", sl="fra_Latn", tl="zho_Hans")
    assert not app.exception
    assert boxes(app) == {"Source language": "fra_Latn", "Target language": "zho_Hans"}
    assert (app.query_params["sl"], app.query_params["tl"]) in (("fra_Latn", "zho_Hans"), (["fra_Latn"], ["zho_Hans"]))


def test_a_language_in_a_link_that_the_model_does_not_have_becomes_the_usual_one(look: Open) -> None:
    app = look("translator", y="Le chat", sl="xx", tl="<b>")
    assert not app.exception and not app.error
    assert boxes(app) == {"Source language": "eng_Latn", "Target language": "fra_Latn"}


def test_a_model_without_languages_asks_for_none(look: Open) -> None:
    assert boxes(look("score", sl="fra_Latn")) == {}


def test_a_regression_shows_its_number_and_no_share(look: Open) -> None:
    app = look("score")
    output = gateway.heads.look("folder:score", "The black cat.").output
    (metric,) = app.metric
    assert float(metric.value.replace("−", "-")) == pytest.approx(output.labels[0][1], rel=1e-3)
    assert any("scale that it was trained on" in caption.value for caption in app.caption)


def test_labels_that_exclude_each_other_not_are_said_to_be_judged_apart(look: Open) -> None:
    app = look("several")
    assert any("each judged by itself" in caption.value for caption in app.caption)


@pytest.mark.parametrize("by", [-0.5, 0.5])
def test_a_number_that_fell_points_down_and_one_that_rose_points_up(by: float) -> None:
    def page(by: float) -> None:
        from engine.capture.output import Output
        from webapp.views.self_attention.output import numbers

        now, before = (Output(labels=(("score", number),), problem="regression") for number in (1.0 + by, 1.0))
        numbers(now, before)

    (metric,) = AppTest.from_function(page, args=(by,)).run().metric
    directions = type(metric.proto).MetricDirection
    assert metric.proto.direction == (directions.DOWN if by < 0 else directions.UP)
