"""Weights of words and sentences changed by a visitor of Documents: what is shown, kept in the link, and taken back."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from streamlit.testing.v1 import AppTest

from engine.attention.imposed import Permute, Pin, Uniform
from tests.webapp.conftest import Open, figures
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES
from webapp.views.documents import imposed

TEXT = "The film was wonderful. I did not like the end at all. The music is good."
FLAT, HAN = "classification/imdb-bilstm", "classification/imdb-han"
SCHEMA = json.loads(Path("engine/schemas/trace.json").read_text(encoding="utf-8"))


def opened(visit: Open, **query: str) -> AppTest:
    app = visit("documents", t=TEXT, **query)
    app.session_state["documents_surgery"] = True  # the drawer is open
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pinned_word_changes_the_answer_and_undo_takes_it_back(visit: Open, language: str) -> None:
    app = opened(visit, language=language)
    assert "documents_figure_changed" not in figures(app) and app.button(key="documents_make").disabled
    app.selectbox(key="documents_sentence_one_3").set_value(1).run()
    app.multiselect[0].set_value([2, 3]).run()
    app.button(key="documents_make").click().run()
    assert not app.exception and not app.info
    assert app.query_params["w"] == "words-pin-2-3_4-100" and "documents_figure_changed" in figures(app)
    app.button(key="documents_imposed_undo").click().run()
    assert "documents_figure_changed" not in figures(app) and app.query_params["w"] == ""


@pytest.mark.parametrize("kind", ["uniform", "permute"])
@pytest.mark.parametrize("level", ["words", "sentences"])
def test_every_other_change_is_one_click(visit: Open, kind: str, level: str) -> None:
    app = opened(visit)
    app.button_group(key="documents_level").set_value(level).run()
    app.button_group(key="documents_change").set_value(kind).run()
    app.button(key="documents_make").click().run()
    assert not app.exception and not app.info
    (code,) = app.session_state["documents_imposed"]
    assert code.split("-")[:2] == [level, kind] and "documents_figure_changed" in figures(app)


def test_words_of_a_model_that_reads_one_row_are_numbered_through_the_text(visit: Open) -> None:
    app = opened(visit, m=FLAT)
    assert not [group for group in app.button_group if group.key == "documents_level"]
    app.selectbox(key="documents_sentence_one_3").set_value(1).run()
    app.multiselect[0].set_value([1]).run()
    app.button(key="documents_make").click().run()
    before = len(gateway.documents.read(FLAT, TEXT).document.words(0))
    assert app.session_state["documents_imposed"] == [f"words-pin-0-{before + 2}-100"]
    assert "documents_figure_changed" in figures(app)


def test_a_model_that_averages_offers_no_change(visit: Open) -> None:
    app = opened(visit, m="classification/imdb-hn-ave", w="words-uniform-0")
    assert not app.exception and not [b for b in app.button if b.key == "documents_make"]
    assert "documents_figure_changed" not in figures(app)


def test_a_change_that_fits_no_more_is_told_and_can_be_taken_back(visit: Open) -> None:
    app = visit("documents", t=TEXT, w="words-uniform-2.sentences-pin-0-3-60", x="2")
    assert [note.value for note in app.info] == ["Sentence 2 is switched off, so it has no weight to change."]
    app.button(key="documents_made_0_words-uniform-2").click().run()
    assert (
        not app.info and app.query_params["w"] == "sentences-pin-0-3-60" and "documents_figure_changed" in figures(app)
    )


def test_another_text_begins_without_changes(visit: Open) -> None:
    app = visit("documents", t=TEXT, w="sentences-uniform-0")
    assert "documents_figure_changed" in figures(app)
    app.text_area(key="documents_text").set_value("The end is bad. The rest is fun.").run()
    assert app.session_state["documents_imposed"] == [] and "documents_figure_changed" not in figures(app)


def test_changes_do_not_come_to_another_model_by_way_of_one_that_offers_none(visit: Open) -> None:
    app = visit("documents", t=TEXT, w="words-uniform-0", m="classification/imdb-hn-ave")
    assert app.session_state["documents_imposed"] == ["words-uniform-0"]
    app.session_state["documents_model"] = FLAT
    app.run()
    assert app.session_state["documents_imposed"] == [] and "documents_figure_changed" not in figures(app)


@pytest.mark.parametrize(("model", "stays"), [(FLAT, False), (HAN, True)], ids=["one row", "sentences"])
def test_words_that_are_numbered_through_the_text_lose_their_pins_with_a_sentence(
    visit: Open, model: str, stays: bool
) -> None:
    app = visit("documents", t=TEXT, m=model, w=f"words-pin-{3 if stays else 0}-2-90")
    assert "documents_figure_changed" in figures(app)
    app.session_state["documents_off"] = [1]
    app.run()
    assert bool(app.session_state["documents_imposed"]) == stays


def test_the_file_holds_what_the_model_answers_then(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    records: list[dict[str, Any]] = []
    visit("documents", t=TEXT)
    frame = importlib.import_module("webapp.shell.frame")
    monkeypatch.setattr(frame, "take_away", lambda *given: records.append(json.loads(given[4]())))
    visit("documents", t=TEXT, w="sentences-pin-0-2-100")
    (record,) = records
    jsonschema.validate(record, SCHEMA)
    assert (
        record["reweighed"]["changes"] == ["sentences-pin-0-2-100"] and record["view"]["w"] == "sentences-pin-0-2-100"
    )
    assert record["reweighed"]["traces"][0]["weights"] == [[[[0.0, 1.0, 0.0]]]]
    assert record["reweighed"]["probabilities"] != record["probabilities"]


def test_a_pin_takes_the_place_of_those_that_would_leave_it_too_little() -> None:
    codes = ["words-pin-1-1-60", "words-pin-2-1-60", "sentences-pin-0-1-60", "words-uniform-1"]
    assert imposed.with_change(codes, "words", Pin((0,), (1,), 0.5)) == [*codes[1:], "words-pin-1-2-50"]
    assert imposed.with_change(codes, "words", Pin((0,), (1,), 0.4)) == [*codes, "words-pin-1-2-40"]
    assert imposed.with_change(codes, "words", Uniform((0,))) == codes
    assert imposed.with_change(codes, "sentences", Pin((), (1,), 0.5)) == [*codes[:2], codes[3], "sentences-pin-0-2-50"]
    assert imposed.with_change(["words-pin-0-4-60"], "words", Pin((), (6,), 0.7)) == ["words-pin-0-7-70"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("words-pin-2-2-100", "sentence 2 → did"),
        ("words-pin-0-2-100", "words of every sentence → word 2"),
        ("words-pin-1_2-1_2_3_4_5-100", "sentences 1, 2 → words 1, 2, 3, 4, …"),
    ],
)
def test_a_pin_of_words_of_several_sentences_is_told_by_their_number(visit: Open, code: str, words: str) -> None:
    app = visit("documents", t=TEXT, w=code)
    (button,) = [button for button in app.button if button.key == f"documents_made_0_{code}"]
    assert button.label == f"Pin: {words}"


def test_a_weight_is_never_drawn_stronger_than_above_for_a_scale_of_its_own(visit: Open) -> None:
    visit("documents")
    answer = importlib.import_module("webapp.views.documents.answer")
    info = gateway.listing.models("classification")[HAN]
    before = gateway.documents.read(HAN, TEXT)
    for codes in (["words-uniform-0", "sentences-uniform-0"], ["words-pin-0-1-100", "sentences-pin-0-1-100"]):
        asked = answer.Asked(info, gateway.documents.imposed(HAN, before, codes), before)
        for shade in ("relative", "combined", "words"):
            above = answer.scene(answer.Asked(info, before, None), shade)
            alone, below = answer.scene(asked, shade), answer.scene(asked, shade, before)
            assert below.maximum == max(above.maximum, alone.maximum)
            assert f"{below.maximum:.3g}" in below.note
            for one, other in zip(above.sentences, below.sentences, strict=True):
                for value, shown, later, colour in zip(one.values, one.shades, other.values, other.shades, strict=True):
                    assert colour <= shown + 1e-9 or later > value


@pytest.mark.parametrize(
    ("query", "said", "unsaid"),
    [
        ({"w": "words-uniform-0"}, ("scale reaches further", "Strongest colour", "hold their bars"), ("effect",)),
        ({"w": "sentences-uniform-0"}, ("scale reaches further",), ("hold their bars",)),
        ({"w": "words-uniform-0", "m": FLAT}, ("scale reaches further", "Strongest"), ("hold their bars",)),
        ({"w": "words-uniform-0", "r": "effect"}, ("beside an even share, because effect",), ("reaches further",)),
        ({"w": "words-uniform-0", "r": "effect", "m": FLAT}, ("by attention, because effect",), ("an even share",)),
    ],
)
def test_what_must_be_known_to_read_the_changed_text_stands_below_it(
    visit: Open, query: dict[str, str], said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    app = visit("documents", t=TEXT, **query)
    (told,) = [caption.value for caption in app.caption if caption.value.startswith("The text under")]
    assert all(words in told for words in said) and not any(words in told for words in unsaid)


def test_a_shuffle_is_dealt_anew_at_the_next_press_and_takes_the_place_of_what_dealt_its_row_before(
    visit: Open,
) -> None:
    app = opened(visit)
    app.button_group(key="documents_change").set_value("permute").run()
    for seed in (0, 1, 2):
        app.button(key="documents_make").click().run()
        assert app.session_state["documents_imposed"] == [f"words-permute-0-{seed}"]
    app.button_group(key="documents_change").set_value("uniform").run()
    app.button(key="documents_make").click().run()
    assert app.session_state["documents_imposed"] == ["words-uniform-0"]


def test_even_and_shuffled_weights_of_other_rows_stay() -> None:
    codes = ["words-uniform-1", "words-permute-0-0", "sentences-uniform-0", "words-pin-1-1-60"]
    assert imposed.with_change(codes, "words", Permute((0,), 3)) == [*codes[1:], "words-permute-1-3"]
    assert imposed.with_change(codes, "words", Uniform()) == [codes[0], *codes[2:], "words-uniform-0"]
    assert imposed.fresh_seed(codes, "words", ()) == 1 and imposed.fresh_seed(codes, "sentences", ()) == 0
