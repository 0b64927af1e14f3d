"""Each page as its script makes it, in both languages, for whatever a visitor sets."""

from __future__ import annotations

import csv
import io
import re
from importlib import import_module
from typing import Any
from xml.etree.ElementTree import tostring

import pytest
from streamlit.testing.v1 import AppTest

from engine.attention import SCORES
from engine.errors import Refused
from engine.store.catalogue import ModelInfo
from engine.text.tokenizer import words as words_of
from tests.serving import ROOT
from tests.webapp.conftest import Open, canvases, figures, words
from webapp.examples.sentences import EXAMPLES
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES

PAGES = sorted(page.stem for page in (ROOT / "webapp" / "app_pages").glob("*.py"))


def said(app: AppTest) -> list[str]:
    """Every sentence that is neither a visitor's nor a model's."""
    kinds = (app.title, app.header, app.subheader, app.caption, app.info, app.warning)
    labels = [*app.selectbox, *app.text_input, *app.toggle, *app.slider, *app.button_group]
    return [element.value for kind in kinds for element in kind] + [element.label for element in labels]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_an_example_already_worked(visit: Open, page: str, language: str):
    app = visit(page, language=language)
    assert not app.exception and not app.info and not app.warning and not app.error
    assert figures(app) or canvases(app) or app.metric  # a picture, or what became of the example's texts
    assert app.query_params == {}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_chinese_says_nothing_in_english(visit: Open, page: str):
    sentences = said(visit(page, language="zh"))
    # Papers and what a model wrote stay as they are.
    english = [s for s in sentences if not re.search("[一-鿿]", s) and re.search("[a-z]{3} [a-z]{2}", s)]
    assert [s for s in english if "20" not in s] == []


def test_the_words_of_the_figure_are_those_that_were_typed(visit: Open):
    app = visit(x="1")
    app.text_input(key="translate_text").set_value("the the <s> $x$ l'été 中文 😀").run()
    assert not app.exception
    seen = words(figures(app)["translate_figure_attention"], "source")
    assert "".join(seen) == "thethe<s>$x$l'été中文😀"
    assert seen[:2] == ["the", "the"]


def test_every_reading_shape_and_unit_can_be_seen(visit: Open):
    app = visit()
    for reading in ("attention", "effect", "both"):
        for shape in ("map", "lines", "table"):
            for unit in ("words", "pieces"):
                app.button_group(key="translate_reading").set_value(reading)
                app.button_group(key="translate_shape").set_value(shape)
                app.button_group(key="translate_unit").set_value(unit).run()
                assert not app.exception and not app.info, (reading, shape, unit)
                shown = figures(app)
                kinds = ["attention", "effect"] if reading == "both" else [reading]
                if shape == "table":
                    assert len(app.dataframe) == len(kinds)
                else:
                    assert all(f"translate_figure_{kind}" in shown for kind in kinds)


def test_without_the_end_no_figure_names_it_and_rows_sum_to_one(visit: Open):
    app = visit()
    plain = figures(app)["translate_figure_attention"]
    app.toggle(key="translate_end").set_value(True).run()
    whole = figures(app)["translate_figure_attention"]
    for side in ("source", "target"):
        assert words(whole, side) == [*words(plain, side), "</s>"]
    app.button_group(key="translate_shape").set_value("table").run()
    table = app.dataframe[0].value
    assert table.drop(columns="word").sum(axis=1).tolist() == pytest.approx(
        [1.0] * len(table), abs=5e-3
    )  # three digits each


def test_joining_both_directions_marks_links(visit: Open):
    app = visit()
    app.button_group(key="translate_both_ways").set_value("1").run()
    assert not app.exception and not app.info
    assert figures(app)["translate_figure_attention"].findall(".//*[@data-mark='link']")


def test_a_model_without_the_way_back_offers_no_joining(visit: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gateway.listing, "reverse", lambda name: None)
    app = visit(j="1")
    assert not app.exception
    assert [group.key for group in app.button_group if "both" in (group.key or "")] == []


def test_a_newcomer_sees_attention_and_beside_it_effect_in_both_directions(visit: Open):
    app = visit()
    assert not app.exception and not app.info
    shown = figures(app)
    assert app.slider(key="translate_beam").value == 5
    assert not shown["translate_figure_attention"].findall(".//*[@data-mark='link']")
    assert shown["translate_figure_effect"].findall(".//*[@data-mark='link']")
    for side in ("source", "target"):
        assert words(shown["translate_figure_effect"], side) == words(shown["translate_figure_attention"], side)
    assert shown["translate_figure_attention"].get("data-says") == "“{row}” looked at “{column}”: {value}"


def test_every_file_of_a_figure_says_how_its_numbers_came_about(visit: Open, monkeypatch: pytest.MonkeyPatch):
    visit()
    frame = import_module("webapp.shell.frame")
    offered: dict[str, Any] = {}
    monkeypatch.setattr(
        frame, "take_away", lambda place, view, pictures, stamp, *_: offered.update(all=pictures, stamp=stamp)
    )
    visit(b="4", n="2", j="effect", r="both", t="Hello.")
    tables = {}
    for picture in offered["all"]:
        (content,) = [make() for label, _, _, make in frame._files(picture, offered["stamp"]) if label == "CSV"]
        assert content.encode().startswith(b"\xef\xbb\xbf")
        head, row, *_ = csv.reader(io.StringIO(content.removeprefix("\ufeff")))
        tables[picture.name] = dict(zip(head, row, strict=True))
    attention, effect = tables["attention"], tables["effect"]
    assert attention["alignscope directions"] == "one"
    assert effect["alignscope directions"] == "both, joined with translation/fr-en-additive"
    for table, unit in ((attention, "share"), (effect, "share")):
        assert table["alignscope unit"] == unit and table["alignscope text"] == "Hello."
        assert table["alignscope beam"] == "4" and table["alignscope candidate"] == "2"
    assert (attention["alignscope reading"], effect["alignscope reading"]) == ("attention", "effect")
    visit(m="translation/en-fr-transformer", l="2", a="1", j="0", t="Hello")
    (attention, effect) = offered["all"]
    assert attention.facts | {"layer": "2", "head": "1", "step": "same", "unit": "share"} == attention.facts
    assert effect.facts["unit"] == "nats" and "layer" not in effect.facts
    assert offered["stamp"].file(attention.file, "csv").endswith("attention-beam-5-layer-2-head-1.csv")
    assert offered["stamp"].file(effect.file, "csv").endswith("effect-beam-5.csv")


@pytest.mark.parametrize("query", [{"v": "1"}, {"v": "1", "b": "3", "r": "attention", "j": "1"}], ids=["bare", "named"])
def test_a_link_of_the_first_version_still_shows_what_it_showed(visit: Open, query: dict[str, str]):
    app = visit(**query)
    assert not app.exception and not app.info
    assert app.slider(key="translate_beam").value == int(query.get("b", 1))
    assert app.button_group(key="translate_reading").value == "attention"
    assert app.button_group(key="translate_both_ways").value == query.get("j", "0")
    assert "translate_figure_effect" not in figures(app)


def test_attention_stays_where_the_effect_must_be_asked_for_again(visit: Open, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: object) -> None:
        raise Refused("Many people are asking at once just now; try again in a few seconds.")

    monkeypatch.setattr(gateway.sentences, "with_effect", busy)
    app = visit()
    assert not app.exception
    assert set(figures(app)) >= {"translate_figure_attention", "translate_words"}
    assert [message.value[:11] for message in app.info] == ["Many people"]


def test_a_wider_beam_gives_as_many_translations_to_choose_from(visit: Open):
    app = visit()
    app.slider(key="translate_beam").set_value(4).run()
    outputs = []
    for number in (1, 4):
        app.slider(key="translate_hypothesis").set_value(number).run()
        assert not app.exception
        outputs.append("".join(words(figures(app)["translate_words"], "target")))
    assert outputs[0] != outputs[1]
    app.slider(key="translate_beam").set_value(2).run()
    assert app.slider(key="translate_hypothesis").value == 2


def test_ones_own_translation_begins_with_the_models_and_is_read_word_by_word(visit: Open):
    app = visit()
    own = app.toggle(key="translate_own").set_value(True).run().text_input(key="translate_target")
    assert own.value
    own.set_value("Le chat noir ne m'aime pas.").run()
    assert not app.exception
    assert words(figures(app)["translate_figure_attention"], "target") == words_of("Le chat noir ne m'aime pas.")


def test_an_example_is_one_click_away_and_follows_the_model_to_its_language(visit: Open):
    app = visit()
    app.button_group(key="translate_example").set_value(2).run()
    assert app.text_input(key="translate_text").value == EXAMPLES["en"][2]
    app.selectbox(key="translate_model").set_value("French → English · additive · before the cell").run()
    assert app.text_input(key="translate_text").value == EXAMPLES["fr"][2]
    assert not app.exception


def test_a_link_to_a_model_alone_opens_with_an_example_in_its_language(visit: Open):
    app = visit(m="translation/fr-en-additive")
    assert not app.exception and not app.info
    assert app.text_input(key="translate_text").value == EXAMPLES["fr"][0]


@pytest.mark.parametrize("said", ["Two cats", EXAMPLES["en"][0], EXAMPLES["en"][3]])
def test_what_a_link_says_stays_whatever_its_model_reads(visit: Open, said: str):
    app = visit(m="translation/fr-en-additive", t=said)
    assert app.text_input(key="translate_text").value == said
    assert app.query_params["t"] == said


def test_a_link_that_says_an_empty_text_gets_no_example(visit: Open):
    app = visit(m="translation/fr-en-additive", t="")
    assert app.text_input(key="translate_text").value == ""


@pytest.mark.parametrize(("typed", "wanted"), [("", "Type a sentence"), ("word " * 1000, "shorten"), ("a\x00b", None)])
def test_what_cannot_be_read_gets_one_helpful_sentence(visit: Open, typed: str, wanted: str | None):
    app = visit()
    app.text_input(key="translate_text").set_value(typed).run()
    assert not app.exception
    assert [wanted in message.value for message in app.info] == ([True] if wanted else [])


def test_what_was_set_is_there_again_after_a_look_at_another_page(visit: Open):
    app = visit()
    app.text_input(key="translate_text").set_value("Good morning")
    app.toggle(key="translate_end").set_value(True).run()
    app.switch_page("app_pages/mechanisms.py").run()
    app.switch_page("app_pages/translate.py").run()
    assert app.text_input(key="translate_text").value == "Good morning"
    assert app.toggle(key="translate_end").value is True


def test_all_ten_functions_stand_side_by_side_with_formula_and_paper(visit: Open):
    app = visit("mechanisms")
    assert [f"mechanisms_map_{score}" for score in SCORES] == list(figures(app))
    shown = [latex.value.strip("$\n ") for latex in app.latex]
    assert shown[: len(SCORES)] == [cls.formula for cls in SCORES.values()]
    captions = " ".join(caption.value for caption in app.caption)
    assert all(cls.source in captions for cls in SCORES.values())


def test_all_read_the_same_target_or_each_its_own(visit: Open):
    app = visit("mechanisms")
    shown = figures(app)
    assert len({tuple(words(picture, "target")) for picture in shown.values()}) == 1
    assert len({picture.get("data-group") for picture in shown.values()}) == 1
    app.button_group(key="mechanisms_target").set_value("own").run()
    assert not app.exception
    shown = figures(app)
    targets = {picture.get("data-group"): tuple(words(picture, "target")) for picture in shown.values()}
    assert len(targets) == len(set(targets.values())) > 1
    assert {picture.get("data-column-group") for picture in shown.values()} == {"mechanisms"}


def test_only_the_chosen_functions_are_shown_and_none_is_too_few(visit: Open):
    app = visit("mechanisms")
    app.button_group(key="mechanisms_scores").set_value(["dot", "location"]).run()
    assert list(figures(app)) == ["mechanisms_map_dot", "mechanisms_map_location"]
    app.button_group(key="mechanisms_scores").set_value([]).run()
    assert not app.exception and [message.value for message in app.info] == ["Choose at least one model."]


def test_the_published_tables_stand_below(visit: Open):
    tables = [table.value for table in visit("mechanisms").dataframe]
    assert any("19.0" in table["BLEU"].tolist() for table in tables if "BLEU" in table)
    assert any("32" in table["AER, %"].tolist() for table in tables if "AER, %" in table)


def test_a_transformer_is_read_head_by_head(visit: Open):
    app = visit()
    assert "translate_layer" not in [box.key for box in app.selectbox], (
        "one layer with one head leaves nothing to choose"
    )
    app.selectbox(key="translate_model").set_value("translation/en-fr-transformer").run()
    assert not app.exception and not app.error
    assert any("Average of the 2 heads of layer 1 of 2." in one.value for one in app.caption)
    mean = figures(app)["translate_figure_attention"]
    app.selectbox(key="translate_layer").set_value(2)
    app.selectbox(key="translate_head").set_value(1).run()
    assert not app.exception
    assert any("Head 1 of 2 in layer 2 of 2." in one.value for one in app.caption)
    assert figures(app)["translate_figure_attention"] != mean
    assert (app.query_params["l"], app.query_params["a"]) == ("2", "1")
    now = tostring(figures(app)["translate_figure_attention"])
    app.button_group(key="translate_later").set_value("1").run()
    assert not app.exception and tostring(figures(app)["translate_figure_attention"]) != now


def test_attention_is_read_later_of_any_translator_and_as_it_was_trained_where_nobody_asks(visit: Open, monkeypatch):
    app = visit()
    drawn = {}
    for step in ("own", "1", "2"):
        app.button_group(key="translate_later").set_value(step).run()
        assert not app.exception
        drawn[step] = tostring(figures(app)["translate_figure_attention"])
    assert len(set(drawn.values())) == 3
    assert any("two steps after the one that wrote it" in one.value for one in app.caption)
    monkeypatch.setattr(ModelInfo, "later", 1)
    trained = visit(i="0")
    assert tostring(figures(trained)["translate_figure_attention"]) == drawn["own"]
    assert tostring(figures(visit())["translate_figure_attention"]) == drawn["1"]


def test_the_best_alignment_stands_beside_attention_and_can_be_taken_along(visit: Open):
    app = visit(r="best")
    assert not app.exception and not app.error
    assert set(figures(app)) >= {"translate_figure_attention", "translate_figure_consensus"}
    assert "translate_figure_effect" not in figures(app)
    drawn = [figures(app)[f"translate_figure_{kind}"] for kind in ("attention", "consensus")]
    for side in ("source", "target"):
        assert words(drawn[0], side) == words(drawn[1], side) != []
    assert app.query_params["r"] == "best"


def test_a_model_that_names_no_others_offers_no_best_alignment(visit: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ModelInfo, "consensus", ())
    app = visit(r="best")
    assert not app.exception and not app.error
    assert "translate_figure_consensus" not in figures(app) and "translate_figure_effect" in figures(app)


def test_the_scoring_lab_compares_scoring_functions_alone(visit: Open):
    assert "translation/en-fr-transformer" in gateway.listing.models()
    assert "translation/en-fr-transformer" not in gateway.listing.lab().values()
