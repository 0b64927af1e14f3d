"""The Documents page and its picture: what is drawn is what was typed and read, and every change can be taken back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from engine.text.document import Document
from engine.text.document import document as cut_text
from tests.hostile import ODD, PAYLOADS
from tests.seeds import parts
from tests.webapp.conftest import SVG, Open, figures, words
from tests.webapp.test_hostile import inked
from webapp.examples.reviews import NAMES, REVIEWS
from webapp.figures import document
from webapp.figures.drawing.bars import percent
from webapp.figures.drawing.document import weight
from webapp.figures.drawing.svg import svg
from webapp.figures.drawing.typeset import Label
from webapp.figures.files import export, offline
from webapp.figures.scenes.scene import BarsScene, DocumentScene
from webapp.gateway.current import gateway
from webapp.shell import view_file
from webapp.views.documents import changes, trust
from webapp.views.documents.changes import Version

MODEL = "classification/imdb-han"
FLAT = "classification/imdb-bilstm"
TEXT = "A dull start. But the end is good, isn't it?\nGo & see <b>it</b>!"


@dataclass(frozen=True)
class Alike:
    """A reading in which every word weighs the same."""

    document: Document
    without: frozenset[int] = frozenset()
    sentences: None = None
    effect: None = None

    @property
    def word_weights(self) -> np.ndarray:
        return np.full(self.document.size, 1 / self.document.size)

    combined = word_weights
    relative = word_weights

    @property
    def sentence_weights(self) -> np.ndarray:
        return np.full(len(self.document.sentences), 1 / len(self.document.sentences))

    def shades(self, shade: str) -> tuple[np.ndarray, np.ndarray]:
        return self.word_weights, self.sentence_weights


def cut(text: str) -> Document:
    return cut_text(text, "en")


def page(visit: Open, **query: str) -> AppTest:
    app = visit("documents", **query)
    assert not app.exception
    return app


def picture(app: AppTest) -> ElementTree.Element:
    return figures(app)["documents_figure"]


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


@pytest.fixture
def scene(door: None) -> DocumentScene:
    return document.document(gateway.documents.read(MODEL, TEXT), "combined", title="T", note="N")


# The picture


def test_the_words_drawn_are_those_that_were_typed(scene: DocumentScene):
    drawn = ElementTree.fromstring(svg(scene))
    text = cut(TEXT)
    assert words(drawn, "word") == [word for i in range(3) for word in text.words(i)]
    assert "".join(words(drawn, "word")) == "".join(TEXT.split())
    assert [row.number for row in scene.sentences] == [1, 2, 3]


def test_white_space_stands_only_where_it_was_typed():
    text = cut("It isn't good, is it?")
    typed = "".join(" " * space + word for space, word in zip(document.spaced(text, 0), text.words(0), strict=True))
    assert typed == text.text
    assert not any(document.spaced(cut_text("今天天气很好。", "zh"), 0))


@pytest.mark.parametrize(
    ("text", "language"),
    [("I didn't (really) like it. " * 30, "en"), ("今天天气很好，我们走吧，他说电影不错，" * 20, "zh")],
)
def test_no_line_begins_with_what_belongs_to_the_word_before(text: str, language: str):
    reading = Alike(cut_text(text.replace(". ", ", "), language))
    drawn = ElementTree.fromstring(svg(document.document(reading, "words")))  # type: ignore[arg-type]  # all it looks at
    moved = [(g.get("transform"), node) for g in drawn.iter(f"{SVG}g") for node in g.findall(f"{SVG}text")]
    lefts = [
        float(place.split("(")[1].split()[0]) for place, node in moved if place and node.get("data-side") == "word"
    ]
    said = [node.text for _, node in moved if node.get("data-side") == "word"]
    firsts = {word for word, left in zip(said, lefts, strict=True) if left == min(lefts)}
    assert len(firsts) > 1 and not firsts & {",", "n't", ")", "，", "really"}


def test_shades_are_the_root_of_both_weights_and_bars_those_of_sentences(door: None, scene: DocumentScene):
    reading = gateway.documents.read(MODEL, TEXT)
    values = np.concatenate([row.values for row in scene.sentences])
    np.testing.assert_allclose(
        values, np.sqrt(reading.sentence_weights[reading.owner] * reading.word_weights), atol=1e-6
    )
    assert [row.weight for row in scene.sentences] == pytest.approx(reading.sentence_weights.tolist())
    shades = np.concatenate([row.shades for row in scene.sentences])
    np.testing.assert_allclose(shades, values / scene.maximum)
    flat = document.document(gateway.documents.read(FLAT, TEXT), "combined")
    assert sum(row.values.sum() for row in flat.sentences) == pytest.approx(1, abs=1e-5)
    assert sum(row.weight for row in flat.sentences) == pytest.approx(1, abs=1e-5)


def test_each_bar_bears_its_number_and_reaches_no_word(scene: DocumentScene):
    for compact in (False, True):
        drawn = ElementTree.fromstring(svg(scene, compact=compact))
        lines = [group for group in drawn.iter(f"{SVG}g") if group.get("data-sentence")]
        numbers = [node for group in lines for node in group.findall(f"{SVG}text") if node.get("data-row")]
        assert [node.text for node in numbers] == [weight(row.weight) for row in scene.sentences]
        room = float(drawn.get("data-left", 0)) - float(numbers[0].get("x", 0))
        assert all(Label.of("−0.888", size=float(node.get("font-size", 0))).width <= room for node in numbers)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.5, "0.5"),
        (0.1234, "0.12"),
        (0.0123, "0.012"),
        (0.00123, "0.001"),
        (-0.45, "−0.45"),
        (-0.0001, "0"),
        (120, "120"),
    ],
)
def test_the_number_of_a_bar_is_as_short_as_its_room(value: float, said: str):
    assert weight(value) == said


def test_where_all_words_weigh_the_same_none_stands_out(door: None):
    even = document.document(gateway.documents.read("classification/imdb-hn-ave", TEXT), "combined")
    assert all(row.shades.max() < 0.6 for row in even.sentences)
    assert all(row.bar == pytest.approx(0.5) for row in even.sentences)


def test_effects_have_two_hues_and_a_sentence_that_is_off_has_none(door: None):
    reading = gateway.documents.read(MODEL, TEXT, without=frozenset({1}), effect=True)
    scene = document.document(reading, "effect", unit="nats")
    assert scene.diverging
    assert [row.read for row in scene.sentences] == [True, False, True]
    assert not scene.sentences[1].values.any() and scene.sentences[1].weight == 0
    drawn = ElementTree.fromstring(svg(scene))
    off = [node for node in drawn.iter(f"{SVG}text") if node.get("text-decoration") == "line-through"]
    assert len(off) == len(scene.sentences[1].words)
    assert all(node.get("data-value") is None for node in off)


def test_of_a_long_text_the_heaviest_sentences_are_drawn_in_reading_order(scene: DocumentScene):
    few = document.heaviest(scene, len(scene.sentences[0].words))
    assert few.size <= max(len(row.words) for row in scene.sentences) and few.sentences
    best = max(scene.sentences, key=lambda row: row.bar)
    assert best in few.sentences
    assert [row.number for row in few.sentences] == sorted(row.number for row in few.sentences)
    assert document.heaviest(scene, 10_000) is scene


def test_a_table_holds_every_word_with_all_its_numbers(door: None):
    reading = gateway.documents.read(MODEL, "=1+1 is dull. Good.", without=frozenset({1}), effect=True)
    rows = export.csv(document.document(reading, "effect")).split("\r\n")
    names = rows[0].split(",")
    assert all(names) and len(set(names)) == len(names)
    assert rows[0].startswith("sentence,read,") and rows[0].endswith("p_w,sqrt(p_s p_w),times even,effect (nats)")
    assert len(rows) == reading.document.size + 2
    assert ",'=," in rows[1] and "nan" not in "".join(rows)
    body = json.loads(export.json(document.document(reading, "combined")))
    assert len(body["rows"]) == reading.document.size and body["kind"] == "document"


def test_a_single_file_opens_offline_and_says_every_number_without_a_script(scene: DocumentScene):
    found = offline.html(svg(scene), "A <title>", {"text": TEXT}).decode()
    assert "<script" not in found and "http" not in found.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "A &lt;title&gt;" in found and "<b>it" not in found
    start = found.index("<svg")
    inner = ElementTree.fromstring(found[start : found.index("</svg>") + 6])
    assert len(list(inner.iter(f"{SVG}title"))) == scene.size + len(scene.sentences)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.934, "93"), (0.9996, "> 99.9"), (0.995, "99.5"), (1.0, "100"), (0.0004, "< 0.1"), (0.5, "50")],
)
def test_no_answer_is_called_certain_that_is_not(value: float, said: str):
    assert percent(value) == said


def test_bars_mark_where_they_stood_before():
    bars = BarsScene(("a", "b"), np.array([0.2, 0.8]), "probability", np.array([0.6, 0.4]))
    rects = [len(group.findall(f"{SVG}rect")) for group in ElementTree.fromstring(svg(bars)).iter(f"{SVG}g")]
    assert rects == [3, 3]


# What visitors change


def test_a_sentence_goes_off_and_on_but_never_the_last_one():
    version = Version(TEXT)
    off = changes.done(version, {"sentence": 2, "do": "off"}, cut)
    assert off == Version(TEXT, (2,)) and off.changed
    assert changes.done(off, {"sentence": 2, "do": "on"}, cut) == version
    with pytest.raises(Refused, match="One sentence at least"):
        changes.done(Version(TEXT, (1, 2)), {"sentence": 3, "do": "off"}, cut)


def test_a_sentence_is_rewritten_and_the_others_stay_as_they_were():
    version = Version(TEXT, (1, 3))
    found = changes.done(version, {"sentence": 2, "text": "One.  Two. Three."}, cut)
    assert found is not None and found.before == TEXT
    text = cut(found.text)
    assert [text.text[text.sentences[n - 1].start : text.sentences[n - 1].end] for n in found.off] == [
        "A dull start.",
        "Go & see <b>it</b>!",
    ]
    assert changes.done(found, {"sentence": 2, "text": ""}, cut).text.count("One.") == 0


@pytest.mark.parametrize("text", ["great food and", "no stop", "and so, in the end", "Dr", "1."])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_sentence_rewritten_without_a_stop_swallows_no_other(text: str, number: int):
    whole = "It was great. The service was slow! Would not go again. Never."
    rewritten = changes.done(Version(whole, (4,)), {"sentence": number, "text": text}, cut)
    assert rewritten is not None
    texts = [rewritten.text[s.start : s.end] for s in cut(rewritten.text).sentences]
    others = ["It was great.", "The service was slow!", "Would not go again.", "Never."]
    del others[number - 1]
    if text != "1.":  # a list marker belongs to what comes after it
        assert [other for other in others if other in texts] == others
        assert [texts[n - 1] for n in rewritten.off] == ["Never."]


def test_the_table_changes_what_the_figure_changes():
    rows = {0: {"read": False}, 2: {"text": "Go. And see."}}
    found = changes.edited(Version(TEXT), rows, cut)
    assert found == Version(TEXT.replace("Go & see <b>it</b>!", "Go. And see."), (1,), TEXT)
    assert changes.edited(Version(TEXT), {}, cut) is None and changes.edited(Version(TEXT), None, cut) is None


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "off",
        {},
        {"sentence": "1", "do": "off"},
        {"sentence": True, "do": "off"},
        {"sentence": 0, "do": "off"},
        {"sentence": 99, "text": "x"},
        {"sentence": 1, "do": "explode"},
        {"sentence": 1, "text": ["x"]},
    ],
)
def test_what_no_figure_sends_changes_nothing(asked: object):
    assert changes.done(Version(TEXT), asked, cut) is None


# The page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_examples_are_read_by_models_of_their_language(visit: Open, language: str):
    app = page(visit, language=language)
    for name in NAMES:
        app.button_group(key="documents_example").set_value(name).run()
        assert not app.exception and not app.info
        assert app.text_area(key="documents_text").value == REVIEWS["en"][name]
    app.selectbox(key="documents_model").set_value(app.selectbox(key="documents_model").options[-1]).run()
    assert app.text_area(key="documents_text").value == REVIEWS["zh"][name]
    assert "".join(words(picture(app), "word")) == "".join(REVIEWS["zh"][name].split())


def test_every_shade_and_shape_of_every_model_can_be_seen(visit: Open):
    app = page(visit)
    for model in app.selectbox(key="documents_model").options:
        app.selectbox(key="documents_model").set_value(model).run()
        for shade in app.button_group(key="documents_reading").options:
            for shape in ("picture", "table"):
                app.button_group(key="documents_reading").set_value(shade)
                app.button_group(key="documents_shape").set_value(shape).run()
                assert not app.exception and not app.info, (model, shade, shape)
                assert ("documents_figure" in figures(app)) == (shape == "picture")
    assert "not attention" not in captions(app)


@pytest.mark.parametrize("texts", parts([*PAYLOADS, *ODD], 3), ids=["every third", "second", "last"])
def test_every_hostile_and_odd_text_is_shown_as_typed_or_refused(visit: Open, texts: list[str]):
    app = page(visit)
    seen = 0
    for text in texts:
        app.text_area(key="documents_text").set_value(text).run()
        assert not app.exception
        if "documents_figure" not in figures(app):
            assert len(app.info) == 1
            continue
        shown = [word for word in words(picture(app), "word") if not word.startswith("U+")]
        if "with the longest bars" in captions(app):
            assert inked("".join(shown)) in inked(text)
            continue
        assert inked("".join(shown)) == inked(re.sub("(?i)<br ?/?>", "", text))
        seen += 1
    assert seen >= sum(text in PAYLOADS for text in texts)


@pytest.mark.parametrize(("model", "said"), [("imdb-hn-ave", "averages"), ("imdb-hn-max", "maximum")])
def test_what_is_no_attention_is_not_called_so(visit: Open, model: str, said: str):
    app = page(visit, m=f"classification/{model}")
    assert said in captions(app) and "This is not attention." in captions(app)
    assert "Attention" not in app.button_group(key="documents_reading").options


def test_a_link_brings_back_what_is_off_and_what_it_was_before(visit: Open):
    app = page(visit, t=TEXT, x="2", b="A dull start. Go!", r="words")
    assert "The model read 2 of 3 sentences. Before the change: " in captions(app)
    drawn = picture(app)
    assert [g.get("data-off") for g in drawn.iter(f"{SVG}g") if g.get("data-sentence")] == [None, "1", None]
    app.button(key="documents_reset").click().run()
    assert app.text_area(key="documents_text").value == "A dull start. Go!"
    app.button(key="documents_undo").click().run()
    assert app.text_area(key="documents_text").value == TEXT and app.query_params["x"] == "2"
    app.button(key="documents_redo").click().run()
    assert "The model read" not in captions(app), "nothing is left out"


def test_a_link_to_a_model_alone_opens_with_the_example_in_its_language(visit: Open):
    app = page(visit, m="classification/reviews-zh-han")
    assert app.text_area(key="documents_text").value == REVIEWS["zh"]["mixed"]
    assert "".join(words(picture(app), "word")) == "".join(REVIEWS["zh"]["mixed"].split())
    said = page(visit, m="classification/reviews-zh-han", t=REVIEWS["en"]["mixed"])
    assert said.text_area(key="documents_text").value == REVIEWS["en"]["mixed"]


def test_another_text_begins_anew(visit: Open):
    app = page(visit, t=TEXT, x="1.2")
    app.text_area(key="documents_text").set_value("Quite another text.").run()
    assert "The model read" not in captions(app)
    assert app.button(key="documents_undo").disabled and not app.query_params["x"]


def test_models_stand_side_by_side_over_the_same_words(visit: Open):
    app = page(visit, c="1", t=TEXT)
    small = {key: drawn for key, drawn in figures(app).items() if key.startswith("documents_small_")}
    assert len(small) == 4
    assert len({tuple(words(drawn, "word")) for drawn in small.values()}) == 1
    assert len({drawn.get("data-group") for drawn in small.values()}) == 1


@pytest.mark.parametrize(
    ("typed", "wanted"), [("", "Type a text first"), ("\u200b \n", "Type a text first"), ("word " * 40_000, "200")]
)
def test_what_cannot_be_read_gets_one_helpful_sentence(visit: Open, typed: str, wanted: str):
    app = page(visit)
    app.text_area(key="documents_text").set_value(typed).run()
    assert not app.exception
    assert [wanted in message.value for message in app.info] == [True]
    assert app.button(key="documents_undo").disabled


def test_ten_thousand_words_are_read_and_the_page_says_what_it_draws(visit: Open):
    long = "The film was long and rather dull, but the end of it was good. " * 715
    app = page(visit, language="en")
    app.text_area(key="documents_text").set_value(long).run()
    assert not app.exception and not app.info
    assert "The model read" not in captions(app) and "of 715 sentences, those with the longest" in captions(app)
    assert len(words(picture(app), "word")) <= 2_500
    assert "t" not in app.query_params


def test_without_a_classifier_there_is_one_sentence(visit: Open, monkeypatch: pytest.MonkeyPatch):
    models = gateway.listing.models
    monkeypatch.setattr(
        gateway.listing, "models", lambda task="translation": {} if task == "classification" else models(task)
    )
    app = page(visit)
    assert ["classifies texts" in message.value for message in app.info] == [True]


def test_the_record_opens_the_very_view_again(door: None):
    reading = gateway.documents.read(MODEL, TEXT, without=frozenset({0}), effect=True)
    record = view_file.document(
        reading, gateway.listing.models("classification")[MODEL], {"m": MODEL, "t": TEXT, "x": "1"}
    )
    found = json.loads(record)
    assert [trace["kind"] for trace in found["traces"]] == ["sentence", "word", "word"]
    assert found["effect"]["sentences"][0] is None and found["without"] == [0]
    assert view_file.opened(record.encode()) == {"m": MODEL, "t": TEXT, "x": "1"}


# Does the picture mean anything?


@pytest.mark.parametrize("model", [MODEL, FLAT, "classification/imdb-hn-ave"])
def test_whether_the_picture_means_anything_is_told_on_demand(visit: Open, model: str):
    app = page(visit, m=model, t=TEXT, x="3")
    assert "Were the most highlighted words needed?" not in " ".join(said.value for said in app.markdown)
    app.session_state["documents_trust"] = True
    app.run()
    assert not app.exception
    said = " ".join(line.value for line in app.markdown)
    assert "Were the most highlighted words needed?" in said
    assert any(verdict in said for verdict in trust.VERDICTS.values())
    assert app.get("plotly_chart")
    assert "Nothing has been measured" in captions(app)


def test_what_was_measured_of_the_model_stands_beside_this_text(visit: Open, monkeypatch: pytest.MonkeyPatch):
    share = {"value": 0.9, "low": 0.89, "high": 0.91}
    mean = {"value": 0.25, "low": 0.2, "high": 0.3, "documents": 1000}
    known = {
        "accuracy": share,
        "test": {"documents": 25000},
        "baseline": {"tfidf": {"accuracy": {"value": 0.906, "low": 0.9, "high": 0.91}}},
        "faithfulness": {"comprehensiveness": mean, "random_comprehensiveness": mean},
        "people": {
            "yelp_hat/50words": {
                "texts": 50,
                "combined": {"f1": share},
                "random": {"f1": share},
                "people": {"f1": share},
            }
        },
    }
    models = gateway.listing.all
    monkeypatch.setattr(gateway.listing, "all", lambda: {n: replace(i, metrics=known) for n, i in models().items()})
    app = page(visit, t=TEXT)
    app.session_state["documents_trust"] = True
    app.run()
    assert not app.exception
    said = " ".join(line.value for line in app.markdown)
    assert "gets 90.0 % of 25,000 test texts right (89.0 % to 91.0 %)" in said
    assert "(TF-IDF), which uses no attention, gets 90.6 % right" in said
    assert "trained with even weights, without attention, gets 90.0 % right" in said
    assert "Over 1,000 test texts it falls by 0.250 (0.200 to 0.300), for random words by 0.250." in said
    assert any("test texts were measured with another one, √(p_s·p_w)" in note.value for note in app.caption)
    app.button_group(key="documents_reading").set_value("words")
    app.run()
    assert any("These tests judge √(p_s·p_w), not the shade that is shown now." in note.value for note in app.caption)
    app.button_group(key="documents_reading").set_value("combined")
    app.run()
    assert not any("√(p_s·p_w), not" in note.value or "measured with another" in note.value for note in app.caption)
    said = " ".join(line.value for line in app.markdown)
    assert "50 restaurant reviews: model 0.900, random words 0.900, another person 0.900." in said


def test_only_attention_is_compared_with_even_weights(visit: Open, monkeypatch: pytest.MonkeyPatch):
    share = {"value": 0.9, "low": 0.89, "high": 0.91}
    known = {"accuracy": share, "test": {"documents": 25000}}
    models = gateway.listing.all
    monkeypatch.setattr(gateway.listing, "all", lambda: {n: replace(i, metrics=known) for n, i in models().items()})
    app = page(visit, t=TEXT, m="classification/imdb-hn-ave")
    app.session_state["documents_trust"] = True
    app.run()
    said = " ".join(line.value for line in app.markdown)
    assert "gets 90.0 %" in said and "even weights" not in said


def test_no_word_is_dark_because_its_sentence_is_short(door: None):
    """Of a model that weighs all alike every shade that allows for length is the same, and an even share is 1."""
    reading = gateway.documents.read("classification/imdb-hn-ave", "Good. It was a long and winding film, was it not?")
    np.testing.assert_allclose(reading.relative, 1, atol=1e-5)
    assert np.ptp(reading.combined) > 0.2
    drawn = document.document(reading, "relative")
    assert all(shade == pytest.approx(1 / 3, abs=1e-5) for s in drawn.sentences for shade in s.shades)


def test_what_is_left_out_and_what_is_cut_is_said(visit: Open):
    app = page(visit, t=f"A good film.\x07 {'word ' * 420}")
    assert "Too long to be read as one sentence, and cut into equal parts of at most 140 words: 1." in captions(app)
    app.text_area(key="documents_text").set_value("A good\x07 film.\x01").run()
    assert not app.exception and "control characters were left out: 2." in captions(app)
    app.text_area(key="documents_text").set_value("房间很好，早餐也不错。").run()
    assert any("This model reads only English" in info.value for info in app.info)


def test_what_rises_is_not_said_to_fall_by_less_than_nothing(door: None):
    mean = {"value": -0.25, "low": -0.3, "high": 0.1, "documents": 1000}
    line = trust._means(
        {"sufficiency": mean, "random_sufficiency": {"value": 0.5}}, "sufficiency", "random_sufficiency"
    )
    assert "it rises by 0.250 (−0.100 to 0.300); for random words it falls by 0.500." in line


@pytest.mark.parametrize("by, documents", [("rollout", 40), ("gradient", 7), ("last", None)])
def test_test_texts_were_judged_by_the_same_way_to_weigh_words(door: None, by: str, documents: int | None):
    info = gateway.listing.models("classification")[MODEL]
    known = {"faithfulness": {"documents": 40}, "readings": {"rollout": {"documents": 9}, "gradient": {"documents": 7}}}
    assert trust._measured(replace(info, metrics=known), by).get("documents") == documents
