"""The Self-attention page as its script makes it, over three tiny Transformers."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.inference import load
from engine.store import names as store_names
from tests import tiny_attention
from tests.hostile import ODD, PAYLOADS
from tests.webapp.conftest import Open, figures, words
from tests.webapp.test_pages import said
from webapp.examples.reviews import REVIEWS
from webapp.examples.sentences import EXAMPLES
from webapp.gateway import listing
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES
from webapp.shell import names

MODELS = tuple(tiny_attention.MADE)
MAP = "attention_figure_head"


@pytest.fixture(scope="session")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("transformers")
    tiny_attention.make(folder)
    return folder


@pytest.fixture
def look(door: None, transformers: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """look(m=..., t=...): the page over the tiny Transformers."""
    monkeypatch.setattr(store_names, "PRETRAINED", transformers)
    yield lambda **query: visit("self_attention", **query)


def packets(app: AppTest) -> dict[str, dict[str, Any]]:
    """What the canvases of the page are told, by key, with the numbers they draw as `values`."""
    found = {}
    for one in app.get("bidi_component"):
        if raw := one.proto.bytes:
            (length,) = struct.unpack("<I", raw[:4])
            (figure,) = json.loads(raw[4 : 4 + length])["figures"]
            found[one.proto.id.rpartition("-")[2]] = {**figure, "bytes": raw[4 + length :]}
    return found


def tiles(app: AppTest) -> np.ndarray:
    grid = packets(app)["attention_overview"]
    shape = (grid["layers"], grid["heads"], *grid["tile"])
    return np.frombuffer(grid["bytes"], np.uint8).reshape(shape)


def numbers(app: AppTest, column: str) -> Any:
    """The table with that column."""
    return next(frame.value for frame in app.dataframe if column in frame.value)


def table(app: AppTest) -> np.ndarray:
    """The open head as the table shows it."""
    app.button_group(key="attention_shape").set_value("table").run()
    found = numbers(app, "word")
    return np.asarray(found.drop(columns="word"), dtype=float)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_all_heads_and_one_of_them_open(look: Open, language: str):
    app = look(language=language)
    assert not app.exception and not app.info and not app.warning and not app.error
    assert packets(app)["attention_overview"]["kind"] == "heads"
    assert MAP in figures(app)
    assert app.query_params == {}


def test_in_chinese_it_says_nothing_in_english(look: Open):
    sentences = said(look(language="zh"))
    assert [s for s in sentences if not re.search("[一-鿿]", s) and re.search("[a-z]{3} [a-z]{2}", s)] == []


@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_model_gives_its_heads_and_its_answer(look: Open, model: str):
    app = look(m=model)
    assert not app.exception and not app.info
    assert "attention_answer" in figures(app)
    kinds = {"translation": 3}.get(model.partition("/")[0], 1)
    assert len(app.button_group(key="attention_kind").options if kinds > 1 else [0]) == kinds
    layers, heads = tiles(app).shape[:2]
    network = tiny_attention.network(model, 600).config
    assert (layers, heads) == (2 if kinds == 3 else network.num_hidden_layers, network.num_attention_heads)


@pytest.fixture
def chinese(look: Open, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model that is known to read Chinese."""
    name = "classification/imdb-transformer"
    known = gateway.heads.models()
    known[name] = replace(known[name], source_language="zh")
    monkeypatch.setattr(gateway.heads, "models", lambda: known)
    return name


def test_a_link_to_a_model_alone_opens_with_the_example_that_choosing_it_gives(look: Open, chinese: str):
    for model in MODELS:
        chosen = look()
        chosen.selectbox(key="attention_model").set_value(names.transformer(gateway.heads.models()[model])).run()
        text = look(m=model).text_area(key="attention_text").value
        assert text == chosen.text_area(key="attention_text").value
        assert (text in REVIEWS["zh"].values()) == (model == chinese)


def test_what_a_link_says_stays_whatever_its_model_reads(look: Open, chinese: str):
    assert look(m=chinese, t=EXAMPLES["en"][0]).text_area(key="attention_text").value == EXAMPLES["en"][0]


def test_a_link_to_a_model_of_others_alone_opens_with_the_usual_example(look: Open):
    assert look(m="other").text_area(key="attention_text").value == look().text_area(key="attention_text").value


def test_the_open_head_holds_the_numbers_of_its_tile(look: Open):
    app = look(l="2", a="3", t="A short one.")
    shown = table(app)
    assert np.allclose(shown.sum(1), 1, atol=2e-3)
    assert np.abs(255 * shown - tiles(app)[1, 2]).max() <= 0.75  # the page gives three digits


@pytest.mark.parametrize("sort", ["sharp", "even", "near", "far", "previous", "next", "itself", "first", "separator"])
def test_heads_stand_in_the_order_asked_for(look: Open, sort: str):
    app = look(m="classification/imdb-transformer", o=sort)
    assert not app.exception
    grid = packets(app)["attention_overview"]
    names = {"sharp": "entropy", "even": "entropy", "near": "distance", "far": "distance", "separator": "separators"}
    (values,) = [v for name, v in grid["tooltip"] if name == names.get(sort, sort)]
    ordered = [float(values[layer * grid["heads"] + head]) for layer, head in grid["order"]]
    assert ordered == sorted(ordered, reverse=sort not in ("sharp", "near"))
    assert len(ordered) == grid["layers"] * grid["heads"]


def test_heads_that_look_there_too_little_are_left_out_and_all_of_them_gives_a_sentence(look: Open):
    app = look(m="classification/imdb-transformer", o="previous", p="5")
    grid = packets(app)["attention_overview"]
    (values,) = [v for name, v in grid["tooltip"] if name == "previous"]
    kept = {(layer, head) for layer, head in grid["order"]}
    for layer in range(grid["layers"]):
        for head in range(grid["heads"]):
            assert ((layer, head) in kept) == (float(values[layer * grid["heads"] + head]) >= 0.05)
    app.slider(key="attention_least").set_value(100).run()
    assert not app.exception and len(app.info) == 1


def test_words_are_joined_and_special_tokens_go(look: Open):
    app = look(m="classification/imdb-transformer", t="Unbelievably forgettable.")
    pieces = words(figures(app)[MAP], "source")[::2]  # the same ones down the side and across
    assert (pieces[0], pieces[-1]) == ("[CLS]", "[SEP]") and len(pieces) > 5
    app.button_group(key="attention_unit").set_value("words")
    app.toggle(key="attention_special").set_value(False).run()
    assert not app.exception
    assert words(figures(app)[MAP], "source")[::2] == ["Unbelievably", "forgettable", "."]
    assert np.allclose(table(app).sum(1), 1, atol=2e-3)


# One model in each language in every run, the others in a long one.
SPOKEN = [
    pytest.param(model, language, marks=() if i == j else pytest.mark.long)
    for i, model in enumerate(MODELS)
    for j, language in enumerate(LANGUAGES)
]


@pytest.mark.parametrize(("model", "language"), SPOKEN)
def test_where_words_are_shown_the_page_speaks_of_words(look: Open, model: str, language: str):
    token = {"en": r"(?<!special )\btokens?\b", "zh": "(?<!特殊)词元"}[language]
    long = "A quite unbelievable one. " * 20  # so that a dot stands for several
    for shape in ("map", "lines", "table"):
        for unit in ("pieces", "words"):
            app = look(m=model, s=shape, u=unit, t=long, o="near", language=language)
            assert not app.exception
            captions = " ".join(caption.value for caption in app.caption)
            orders = " ".join(app.selectbox(key="attention_sort").options)
            for sentence in (captions, orders):
                assert bool(re.search(token, sentence)) == (unit == "pieces"), sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS)
def test_the_grid_of_all_heads_holds_the_open_head_as_it_is_shown(look: Open, model: str, language: str):
    asked = {"m": model, "l": "2", "a": "2", "t": "A quite unbelievable one.", "language": language}
    for form in ({"u": "words"}, {"e": "0"}, {"u": "words", "e": "0"}):
        app = look(**asked, **form)
        assert not app.exception
        shown, grid = table(app), packets(app)["attention_overview"]
        assert np.abs(np.rint(255 * shown) - tiles(app)[1, 1]).max() <= 1, form
        assert len(grid["rows"]) == len(shown)
        assert np.allclose(shown.sum(1), 1, atol=2e-3)


def test_what_special_tokens_had_is_said_of_all_heads_and_of_the_open_one(look: Open):
    app = look(m="classification/imdb-transformer", t="A short one.", l="1", a="1")
    shown = table(app)
    app.toggle(key="attention_special").set_value(False).run()
    assert not app.exception
    (said,) = [c.value for c in app.caption if "what is left out had" in c.value]
    own = round(100 * float(shown[1:-1, [0, -1]].sum(1).mean()))
    assert abs(int(re.findall(r"left out had (\d+) %", said)[0]) - own) <= 1
    (grid,) = [c.value for c in app.caption if "100 %: special tokens." in c.value]
    share, most = map(int, re.findall(r"(\d+) % (?:of|in)", grid))
    assert share <= most <= 100
    measured = dict(packets(app)["attention_overview"]["tooltip"])["left out"]
    assert max(map(float, measured)) == pytest.approx(most / 100, abs=0.006)


def test_the_arithmetic_of_a_cell_ends_at_the_weight_that_is_drawn(look: Open):
    app = look(l="1", a="2", c="1", q="3", j="2", t="A short one.")
    assert not app.exception
    steps = [code.value for code in app.code]
    weight = float(steps[-1].rpartition("= ")[2])
    softmax = numbers(app, "Weight")
    assert softmax["Weight"].sum() == pytest.approx(1, abs=1e-4)
    shown = table(app)
    assert shown[2, 1] == pytest.approx(weight, abs=2e-3) == softmax["Weight"][1]


@pytest.mark.parametrize(
    ("model", "change"),
    [
        *((MODELS[1], change) for change in ("mute", "uniform", "permute", "temperature", "pin")),
        (MODELS[0], "uniform"),
        (MODELS[2], "mute"),
    ],
)
def test_a_change_shows_old_and_new_and_undo_brings_the_old_back(look: Open, model: str, change: str):
    app = look(m=model, l="1", a="1", q="2", j="1")
    before = tiles(app)
    app.session_state["attention_changing"] = True  # the drawer is open
    app.run()
    app.button_group(key="attention_change").set_value(change).run()
    app.button(key="attention_make").click().run()
    assert not app.exception and not app.info, (model, change)
    shown = figures(app)
    if model.startswith("classification"):
        assert "attention_answer" in shown
    else:
        assert {"attention_before", "attention_answer", "attention_difference"} <= shown.keys()
    if change != "mute":
        assert not np.array_equal(tiles(app), before)
    after = tiles(app)
    app.button(key="attention_undo").click().run()
    assert np.array_equal(tiles(app), before)
    assert "attention_before" not in figures(app)
    app.button(key="attention_make").click().run()
    (code,) = app.session_state["attention_edits"]
    app.button(key=f"attention_made_0_{code}").click().run()
    app.button(key="attention_undo").click().run()
    assert np.array_equal(tiles(app), after), "taking a change back can be taken back"


def test_a_change_that_the_model_refuses_can_be_taken_back(look: Open):
    app = look(m=MODELS[1], x="pin-encoder-1-1-90-1")
    assert len(app.info) == 1 and not packets(app)
    app.button(key="attention_made_0_pin-encoder-1-1-90-1").click().run()
    assert not app.info and packets(app)


def test_a_pin_is_gone_with_its_text_and_no_step_back_brings_it_again(look: Open):
    app = look(m=MODELS[1], x="pin-encoder-1-1-2-3.uniform-encoder-1-2")
    app.button(key="attention_made_1_uniform-encoder-1-2").click().run()
    app.text_area(key="attention_text").set_value("A dog.").run()
    assert app.session_state["attention_edits"] == []
    app.button(key="attention_undo").click().run()
    assert app.session_state["attention_edits"] == ["uniform-encoder-1-2"] and not app.exception


@pytest.mark.parametrize("reading", ["rollout", "norms", "gradient"])
def test_a_reading_is_drawn_with_its_paper_named(look: Open, reading: str):
    app = look(m="classification/imdb-transformer", r=reading)
    assert not app.exception and not app.info
    assert "attention_figure_reading" in figures(app)
    assert any("arXiv" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("model", "kind"), [("classification/imdb-transformer", "encoder"), ("language/reviews-gpt", "decoder")]
)
def test_a_gradient_is_taken_of_the_answer_that_is_chosen(look: Open, model: str, kind: str):
    app = look(m=model, r="gradient", k=kind)
    tables = {}
    for place in range(3):  # the usual one, and two by name
        app.selectbox(key="attention_of").select_index(place).run()
        assert not app.exception
        tables[app.selectbox(key="attention_of").value] = table(app)
    usual = tables.pop(0)
    one, other = tables.values()
    assert np.abs(one - other).max() > 1e-4
    if kind == "encoder":  # the likeliest class stands first
        assert np.array_equal(one, usual)
    for number, drawn in tables.items():
        assert np.array_equal(table(look(m=model, r="gradient", k=kind, f=str(number))), drawn)


def test_a_link_that_names_no_answer_of_this_text_shows_the_usual_gradient(look: Open):
    app = look(m="classification/imdb-transformer", r="gradient", f="9999")
    assert not app.exception and app.selectbox(key="attention_of").value == 0


def test_value_norms_are_drawn_of_the_head_that_is_chosen_and_else_of_all(look: Open):
    def norms(head: int) -> np.ndarray:
        return table(look(m="classification/imdb-transformer", r="norms", l="1", a=str(head)))

    mean, *heads = (norms(head) for head in range(5))
    assert np.abs(heads[0] - heads[1]).max() > 0.01
    # The table has three digits: each number is off by half of the third at the most.
    assert np.allclose(mean, np.mean(heads, 0), atol=0, rtol=0.011)


@pytest.mark.parametrize("unit", ["pieces", "words"])
def test_a_reading_without_special_tokens_says_how_much_weight_they_had(look: Open, unit: str):
    text = "The cat that nobody remembers sleeps."  # one word is many pieces, so a mean over pieces is another
    asked = {"m": "classification/imdb-transformer", "r": "rollout", "u": unit, "t": text}
    kept = look(**asked, e="1")
    whole = table(kept)
    marks = np.array([word in ("[CLS]", "[SEP]") for word in numbers(kept, "word")["word"]])
    assert marks.any() and not marks.all()
    share = round(100 * whole[~marks][:, marks].sum(1).mean())  # of what is not the identity, which is taken off
    picture = figures(look(**asked, e="0"))["attention_figure_reading"]
    assert f"specialtokens({share}%oftheweight)" in "".join("".join(picture.itertext()).split())  # lines end anywhere


def test_another_model_asks_for_a_name_and_a_link_alone_fetches_nothing(look: Open, monkeypatch: pytest.MonkeyPatch):
    def forbidden(*args: object, **more: object) -> object:
        raise AssertionError("a link must start nothing")

    monkeypatch.setattr(load, "transformer", forbidden)
    app = look(m="other")
    assert not app.exception and len(app.info) == 1
    app = look(m="other", i="org/name")
    assert not app.exception and [button.key for button in app.button] == ["attention_load"]


@pytest.mark.parametrize("query", [{"l": "999"}, {"a": "-1"}, {"x": "mute-encoder-1"}, {"k": "nothing"}, {"r": "<b>"}])
def test_a_link_that_asks_for_what_is_not_there_still_shows_heads(look: Open, query: dict[str, str]):
    app = look(**query)
    assert not app.exception
    assert "attention_overview" in packets(app)


def test_a_change_to_a_layer_that_is_not_there_is_refused_in_a_sentence(look: Open):
    app = look(m="classification/imdb-transformer", x="pin-encoder-1-1-900-1")
    assert not app.exception and len(app.info) == 1


def test_hostile_and_odd_texts_are_text_or_one_sentence(look: Open):
    app = look(m="classification/imdb-transformer", e="0", u="words")
    for text in [*PAYLOADS[::6], *ODD[:-6:2]]:
        app.text_area(key="attention_text").set_value(text).run()
        assert not app.exception, text[:40]
        assert "attention_overview" in packets(app) or len(app.info) == 1, text[:40]


def test_opening_an_answered_text_again_asks_nothing_of_the_model(look: Open):
    app = look()
    held = [gateway.door.registry.held(key) for key in list(gateway.door.registry._loaded)]
    assert held
    for model in held:
        model.look = None
    app.run()
    assert not app.exception


ROWS = [
    {"layer": 1, "head": None, "shift": 1, "end": False, "aer": {"value": 0.21}},
    {"layer": 0, "head": 3, "shift": 1, "end": True, "aer": {"value": 0.305}},
    {"layer": 1, "head": 0, "shift": 0, "end": False, "aer": {"value": 0.5}},
]


@pytest.fixture
def measured(transformers: Path) -> Iterator[None]:
    path = transformers / "translation" / "en-fr-transformer" / "metrics.json"
    path.write_text(json.dumps({"alignment": {"gold": {"heads": {"table": ROWS}}}}))
    yield
    path.unlink()


def test_the_heads_that_align_words_stand_best_first_and_the_best_opens(
    look: Open, measured: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listing, "LISTED_FOR", 0)
    app = look(m="translation/en-fr-transformer", k="cross")
    app.session_state["attention_finder"] = True  # the drawer is open
    app.run()
    (table,) = [one.value for one in app.dataframe if "Alignment error rate" in one.value]
    assert list(table["Alignment error rate"]) == pytest.approx([21, 30.5, 50])
    assert list(table["Head"]) == ["mean of all", "4", "1"]
    app.button(key="attention_take_best").click().run()
    assert (app.session_state["attention_layer"], app.session_state["attention_head"]) == (1, 4)
    assert not app.exception


def test_a_model_whose_heads_were_never_measured_takes_links_and_shows_no_table(look: Open):
    app = look(m="translation/en-fr-transformer", k="cross")
    app.session_state["attention_finder"] = True
    app.run()
    assert not app.exception and app.get("file_uploader")
    assert not [one for one in app.dataframe if "Alignment error rate" in one.value]
