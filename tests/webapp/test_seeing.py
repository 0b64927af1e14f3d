"""The Self-attention page over a model that reads pictures, as its script makes it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from engine.store import names as store_names
from tests import tiny_attention, tiny_seeing
from tests.tiny_seeing import CLASSES, GRID, SIDE, picture
from tests.webapp.conftest import Open
from tests.webapp.test_attention import numbers, packets
from tests.webapp.test_pages import said
from webapp.examples import pictures
from webapp.figures.scale import darkest
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES
from webapp.shell import uploads
from webapp.shell.uploads import Photo
from webapp.views.self_attention import picture_choice

HEAD = "attention_figure_head"
PLACES = 1 + GRID * GRID
HREF = "href"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("guests")
    tiny_seeing.make(place / "sees")
    tiny_seeing.make(place / "bare", classifier=False)
    tiny_seeing.make(place / "few", side=8)
    return place


@pytest.fixture
def look(door: None, folder: Path, tmp_path: Path, visit: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """look(g=..., q=...): the page over the tiny vision model, which has been loaded."""
    monkeypatch.setattr(store_names, "PRETRAINED", tmp_path / "none")
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(folder))

    def open_page(name: str = "sees", **query: str) -> AppTest:
        gateway.heads.load(f"folder:{name}")
        return visit("self_attention", m=f"folder:{name}", **query)

    yield open_page


def panels(app: AppTest, key: str = HEAD) -> list[Element]:
    """The pictures of one component: that in its own colours, and that with the weights laid over it."""
    for one in app.get("bidi_component"):
        if one.proto.json and one.proto.id.rpartition("-")[2] == key:
            return [ElementTree.fromstring(markup) for markup in json.loads(one.proto.json)["figures"]]
    raise AssertionError(f"the page shows no {key}")


def weights(panel: Element) -> np.ndarray:
    (found,) = [node.get("data-values") for node in panel.iter() if node.get("data-values")]
    return np.array(found.split(","), float)


def shown(panel: Element) -> np.ndarray:
    (href,) = [node.get(HREF) for node in panel.iter() if node.tag.endswith("image")]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(href.partition(",")[2]))))


def bring(app: AppTest, content: bytes, name: str = "mine.png") -> AppTest:
    """As if the visitor had chosen a file."""
    app.file_uploader[0].set_value((name, content, "image/png")).run()
    return app


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_an_example_its_classes_and_all_heads(look: Open, language: str):
    app = look(language=language)
    assert not app.exception and not app.info and not app.warning and not app.error
    grid = packets(app)["attention_overview"]
    assert (grid["layers"], grid["heads"], grid["tile"]) == (3, 4, [GRID, GRID])
    assert len(panels(app)) == 2 and len(panels(app, "attention_answer")) == 2
    assert not app.text_area
    assert app.query_params.get("g", "house") == "house"


def test_in_chinese_it_says_nothing_in_english(look: Open):
    for query in ({}, {"r": "rollout"}, {"d": "map", "c": "1"}, {"d": "table", "e": "0"}):
        sentences = said(look(language="zh", **query))
        assert [s for s in sentences if not re.search("[一-鿿]", s) and re.search("[a-z]{3} [a-z]{2}", s)] == []


def test_what_is_drawn_is_the_row_of_the_square_that_looks(look: Open):
    app = look(l="2", a="3", q="10")
    plain, heat = panels(app)
    looked = gateway.heads.look("folder:sees", "", image=pictures.content("house"))
    row = gateway.heads.head("folder:sees", looked, "encoder", 1, 2).matrix()[9]
    for panel in (plain, heat):
        np.testing.assert_allclose(weights(panel), row, rtol=6e-3)
        assert panel.get("data-chosen") == "1 1"
        assert panel.get("data-looking") == "2·2"
    squares = [
        float(node.get("fill-opacity"))
        for node in heat.iter()
        if node.get("data-value") and node.get("x") and node.tag.endswith("rect")
    ]
    np.testing.assert_allclose(squares, row[1:] / float(darkest(row[1:])), atol=6e-3)
    assert max(squares) < 0.6  # a head that looks nearly everywhere alike leaves the photo in sight


def test_the_picture_is_the_one_that_the_model_sees_and_grey_under_the_weights(look: Open):
    plain, heat = panels(look(g="shapes"))
    looked = gateway.heads.look("folder:sees", "", image=pictures.content("shapes"))
    assert looked.picture is not None and looked.picture.shown.shape == (SIDE, SIDE, 3)
    times = shown(plain).shape[0] // SIDE
    assert times > 1
    np.testing.assert_array_equal(shown(plain)[::times, ::times], looked.picture.shown)
    assert shown(heat).ndim == 2


def test_the_overview_shows_where_the_chosen_square_looks_in_every_head(look: Open):
    app = look(q="10")
    grid = packets(app)["attention_overview"]
    looked = gateway.heads.look("folder:sees", "", image=pictures.content("house"))
    row = gateway.heads.looks("folder:sees", looked, "encoder", 9)[..., 1:]
    drawn = np.frombuffer(grid["bytes"], np.uint8).reshape(row.shape) / 255
    np.testing.assert_allclose(drawn * np.array(grid["tops"]).reshape(3, 4, 1), row, atol=row.max() / 255)
    assert grid["looking"] == "2·2"


def test_without_the_marks_the_squares_sum_to_one(look: Open):
    _, heat = panels(look(e="0"))
    assert len(weights(heat)) == GRID * GRID
    assert weights(heat).sum() == pytest.approx(1, abs=5e-3)


def test_as_a_matrix_and_as_a_table_it_holds_the_same_numbers(look: Open):
    app = look(l="1", a="1", q="9", d="table")
    table = numbers(app, "Weight")
    looked = gateway.heads.look("folder:sees", "", image=pictures.content("house"))
    whole = gateway.heads.head("folder:sees", looked, "encoder", 0, 0).matrix()
    np.testing.assert_allclose(table["Weight"], whole[8], atol=1e-6)
    assert list(table["Place"][:2]) == ["[CLS]", "1·1"]
    app.button_group(key="attention_drawn").set_value("map").run()
    assert not app.exception
    (matrix,) = panels(app)
    assert len(weights(matrix)) == PLACES**2
    np.testing.assert_allclose(weights(matrix).reshape(PLACES, PLACES)[8], whole[8], rtol=6e-3)


@pytest.mark.parametrize("reading", ["rollout", "norms", "gradient"])
@pytest.mark.parametrize("shape", ["picture", "map", "table"])
def test_a_reading_is_drawn_over_the_picture_with_its_paper_named(look: Open, reading: str, shape: str):
    app = look(r=reading, d=shape, q="3")
    assert not app.exception and not app.info
    assert any("arXiv" in caption.value for caption in app.caption)
    named = [caption.value for caption in app.caption if "likeliest class" in caption.value]
    assert len(named) == (reading == "gradient") and all("class 3" in value for value in named)
    if shape == "picture":
        assert weights(panels(app, f"attention_figure_{reading}")[1]).sum() == pytest.approx(1, abs=6e-3)


def test_flow_is_offered_for_few_squares_alone(look: Open):
    app = look()
    assert "Flow" not in app.button_group(key="attention_reading").options
    app = look("few", r="flow")
    assert "Flow" in app.button_group(key="attention_reading").options
    assert not app.exception and not app.info and panels(app, "attention_figure_flow")


def test_a_model_without_a_classifier_says_so_and_still_shows_its_heads(look: Open):
    app = look("bare", r="gradient")
    assert not app.exception and not app.info
    assert any("no classifier" in caption.value for caption in app.caption)
    assert "Gradient" not in app.button_group(key="attention_reading").options
    assert len(panels(app)) == 2


def test_at_most_five_classes_are_drawn_the_likeliest_first(look: Open):
    bars = panels(look(), "attention_answer")[1]
    values = [float(node.get("data-value")) for node in bars.iter() if node.get("data-side") == "label"]
    assert len(values) == 5 < CLASSES and values == sorted(values, reverse=True)


@pytest.mark.parametrize("change", ["mute", "uniform", "pin"])
def test_a_change_shows_old_and_new_and_undo_brings_the_old_back(look: Open, change: str):
    app = look(l="1", a="1", q="2", j="1")
    before = weights(panels(app)[1])
    app.session_state["attention_changing"] = True  # the drawer is open
    app.run()
    app.button_group(key="attention_change").set_value(change).run()
    app.button(key="attention_make").click().run()
    assert not app.exception and not app.info
    if change != "mute":
        assert not np.array_equal(weights(panels(app)[1]), before)
        (old,) = panels(app, "attention_figure_before")
        np.testing.assert_array_equal(weights(old), before)
    app.button(key="attention_undo").click().run()
    np.testing.assert_array_equal(weights(panels(app)[1]), before)


def test_the_arithmetic_of_a_cell_ends_at_the_weight_that_is_drawn(look: Open):
    app = look(l="1", a="2", c="1", q="3", j="5")
    assert not app.exception
    assert numbers(app, "Score")["Weight"][4] == pytest.approx(weights(panels(app)[1])[4], rel=6e-3)


def test_a_picture_of_ones_own_takes_the_place_of_the_example_and_the_square_is_forgotten(look: Open):
    app = bring(look(q="9"), picture())
    assert not app.exception and not app.info
    name = f"own-{hashlib.sha256(picture()).hexdigest()[:8]}"
    assert app.query_params["g"] == name
    assert app.session_state["attention_query"] == 0
    assert (shown(panels(app)[0]) != shown(panels(look())[0])).any()
    assert any("Your picture" in group.options for group in app.button_group)


def test_a_link_brings_all_back_but_the_picture_and_says_so(look: Open):
    app = bring(look(l="2", a="2"), picture())
    app.session_state["attention_link"] = True  # the drawer is open
    app.run()
    assert any("contains your picture" in caption.value for caption in app.caption)
    query = {name: value for name, value in app.query_params.items() if name != "m"}
    again = look(**query)
    assert not again.exception and len(again.info) == 1 and "no link can carry" in again.info[0].value
    again.session_state["attention_query"] = 9
    bring(again, picture())
    assert not again.info and len(panels(again)) == 2
    assert again.session_state["attention_query"] == 9, "the very picture of the link keeps its square"
    assert (again.session_state["attention_layer"], again.session_state["attention_head"]) == (2, 2)


def test_an_example_can_be_linked_whole(look: Open):
    app = look(g="odd")
    app.session_state["attention_link"] = True
    app.run()
    assert any("Anyone with this link" in caption.value for caption in app.caption)


def written(image: Image.Image, kind: str, **more: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **more)
    return content.getvalue()


BAD = {
    "text": b"no picture at all",
    "nothing": b"",
    "cut short": picture()[:300],
    "GIF": written(Image.new("RGB", (8, 8)), "GIF"),
    "bomb": written(Image.new("1", (20_000, 20_000)), "PNG"),
    "line": written(Image.new("RGB", (4000, 2)), "PNG"),
    "markup": b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__xss=1'/>",
}
GOOD = {
    "one point": written(Image.new("RGB", (1, 1), "red"), "PNG"),
    "CMYK": written(Image.new("CMYK", (30, 20), (10, 200, 30, 0)), "JPEG"),
    "see-through": written(Image.new("RGBA", (30, 20), (10, 200, 30, 90)), "PNG"),
    "WebP": picture(kind="WEBP"),
}


def test_what_is_no_picture_gives_one_sentence_and_the_next_one_is_read(look: Open):
    app = look()
    for name, content in BAD.items():
        bring(app, content)
        assert not app.exception, name
        assert len(app.info) == 1 and "picture" in app.info[0].value, name
        app.run()
        assert not app.exception and len(app.info) == 1, name
    for name, content in GOOD.items():
        bring(app, content)
        assert not app.exception and not app.info, name
        assert len(panels(app)) == 2, name


def test_of_a_picture_that_moves_it_is_said_that_the_first_frame_is_read(look: Open):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    app = bring(look(), written(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    assert not app.exception and len(app.info) == 1 and "3 frames" in app.info[0].value
    assert len(panels(app)) == 2


def test_no_more_pictures_are_held_than_the_limit_lets(look: Open, monkeypatch: pytest.MonkeyPatch):
    app = look()
    monkeypatch.setattr(uploads.pictures, "most", 10)
    bring(app, picture())
    assert not app.exception and len(app.info) == 1 and len(panels(app)) == 2
    held = uploads.Ledger(100)
    one = Photo.of("a", b"")
    held.enter(one, 90)
    del one
    held.enter(Photo.of("b", b""), 90)


def test_nothing_that_is_kept_for_all_holds_the_file_of_a_visitor(look: Open):
    bring(look(), picture())
    kept = list(gateway.heads._answers._answers.items())
    assert kept
    content = picture()
    for key, (found, _) in kept:
        assert content not in key
        request = getattr(found, "request", None)
        assert request is None or request.image is None
    model = gateway.heads._transformer("folder:sees")
    assert not [name for name, value in vars(model).items() if isinstance(value, bytes)]


def test_the_same_picture_again_asks_nothing_of_the_model(look: Open):
    app = bring(look(), picture())
    gateway.heads._transformer("folder:sees").look = None  # type: ignore[method-assign,assignment]
    app.run()
    assert not app.exception and not app.info


def test_another_model_asks_for_a_text_again(look: Open, folder: Path):
    words = tiny_attention.tokenizer()
    place = folder / "reads"
    tiny_attention.network("classification/imdb-transformer", len(words)).save_pretrained(place)
    words.save_pretrained(place)
    app = look("reads")
    assert not app.exception and app.text_area and not app.file_uploader
    app = look()
    assert not app.text_area and len(app.file_uploader) == 1


@pytest.mark.parametrize("query", [{"g": "<b>"}, {"g": "own-xyz"}, {"q": "999"}, {"d": "lines"}, {"o": "previous"}])
def test_a_link_that_asks_for_what_is_not_there_still_shows_heads(look: Open, query: dict[str, str]):
    app = look(**query)
    assert not app.exception
    assert "attention_overview" in packets(app)


@pytest.mark.parametrize("sort", ["sharp", "near", "left", "above", "itself", "marks"])
def test_heads_stand_in_the_order_asked_for(look: Open, sort: str):
    app = look(o=sort)
    assert not app.exception and not app.info
    grid = packets(app)["attention_overview"]
    names = {"sharp": "entropy", "near": "distance", "left": "to the left", "marks": "special tokens"}
    (values,) = [v for name, v in grid["tooltip"] if name == names.get(sort, sort)]
    ordered = [float(values[layer * grid["heads"] + head]) for layer, head in grid["order"]]
    assert ordered == sorted(ordered, reverse=sort not in ("sharp", "near"))


def test_every_example_is_a_small_picture_that_can_be_read(look: Open):
    for name in pictures.NAMES:
        content = pictures.content(name)
        assert len(content) < 30_000
        assert Image.open(io.BytesIO(content)).mode == "RGB"
        assert not look(g=name).exception


def test_a_field_reads_what_it_writes():
    field = picture_choice.field("g")
    for value in (*pictures.NAMES, "own-0123abcd"):
        assert field.read(str(field.write(value))) == value
