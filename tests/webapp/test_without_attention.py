"""Models without attention on the pages: what Translate says of them, and the page that compares them."""

from __future__ import annotations

import json

import pytest

from tests.tiny import DECODERS
from tests.webapp.conftest import Open, figures
from webapp.gateway.current import gateway

SENTENCE = "She gave me a red apple."


@pytest.mark.parametrize("name", ["decoder1", "decoder2", "decoder3", "reversed", "doubled"])
def test_translate_says_that_there_is_no_attention_and_draws_effect_alone(visit: Open, name: str):
    app = visit(m=f"translation/en-fr-{name}", t=SENTENCE, r="attention", b="3")
    assert not app.exception and not app.info
    assert [key for key in figures(app) if "figure" in key] == ["translate_figure_effect"]
    assert any(caption.value.startswith("This model has no attention") for caption in app.caption)
    assert "translate_reading" not in [group.key for group in app.button_group]


def test_translate_says_it_in_chinese_too(visit: Open):
    app = visit(language="zh", m="translation/en-fr-decoder2", t=SENTENCE)
    assert any(caption.value.startswith("此模型没有注意力") for caption in app.caption)


@pytest.mark.parametrize("shape", ["lines", "table"])
def test_effect_is_drawn_in_every_way(visit: Open, shape: str):
    app = visit(m="translation/en-fr-reversed", t=SENTENCE, s=shape)
    assert not app.exception and not app.info
    assert "translate_figure_effect" in figures(app) or len(app.dataframe) == 1


def test_each_model_has_a_name_of_its_own_in_the_menu(visit: Open):
    labels = visit().selectbox(key="translate_model").options
    assert len(labels) == len(set(labels)) == len(gateway.listing.models())
    assert "English → French · no attention · last word fed back · reversed" in labels


def test_the_scoring_lab_has_no_model_without_attention_nor_one_that_is_compared_with_those(visit: Open):
    lab = gateway.listing.lab().values()
    assert not {f"translation/en-fr-{name}" for name in DECODERS} & set(lab)
    assert all(gateway.listing.model(name).attends for name in lab)


def test_a_file_of_a_translation_without_attention_holds_none(door: None):
    from webapp.shell import view_file

    name = "translation/en-fr-decoder3"
    translation = gateway.sentences.translate(name, SENTENCE, effect=True)
    record = json.loads(view_file.written(translation, gateway.listing.models()[name], {}))
    assert record["attention"] == "none" and record["traces"] == []
    assert len(record["effect"]) == len(translation.queries)
