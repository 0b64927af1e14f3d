"""The code that a page gives of itself, run: it comes to the numbers that the page has drawn."""

from __future__ import annotations

import ast
import json
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.inference import load
from engine.store import names as store_names
from engine.text.document import Document, document
from tests import running, tiny_attention, tiny_seeing
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES
from webapp.shell.as_code import OWN_MODEL
from webapp.shell.typed import clean, passage
from webapp.views.documents import as_code as documents_code
from webapp.views.many_texts import job
from webapp.views.translate import as_code as translate_code
from webapp.views.without_attention import as_code as without_code

HOSTILE = "It's $(touch oh) a `cat` \"here\" -- \\n !x; --beam=9 😀 & 'no'"
CLOSE = {"atol": 1.1e-6, "rtol": 0}
Shown = Callable[..., SimpleNamespace]
Commands = Callable[[str], list[dict[str, Any]]]


def frame_within(visit: Open) -> Any:
    """What draws figures can be imported within Streamlit alone."""
    if "webapp.shell.frame" not in sys.modules:
        visit("step_by_step")
    return import_module("webapp.shell.frame")


def shaped(matrix: list[list[float]], like: np.ndarray) -> np.ndarray:
    """A matrix of JSON, which knows no columns where there is no row."""
    return np.array(matrix, dtype=float) if matrix else np.zeros(like.shape)


@pytest.fixture
def shown(visit: Open, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """shown("translate", t=...): the figures of a page, the file of its view, and its code."""
    frame = frame_within(visit)
    offered = SimpleNamespace()

    def take_away(
        place: Any, view: Any, pictures: Any, stamp: Any, record: Any, code: Any, *rest: Any, **more: Any
    ) -> None:
        offered.pictures, offered.record, offered.code = pictures, json.loads(record()), code()

    def open_page(page: str = "translate", *, drawer: str | None = None, **query: str) -> SimpleNamespace:
        monkeypatch.setattr(frame, "take_away", take_away)
        app = visit(page, **query)
        if drawer is not None:
            app.session_state[drawer] = True
            app.run()
        assert not app.exception and not app.info, [message.value for message in (*app.exception, *app.info)]
        return offered

    return open_page


@pytest.fixture
def by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """by_command(page.code.command): the objects that commands print, run in the folder of the test."""
    return lambda command: running.commands(command, tmp_path, monkeypatch)


TRANSLATED = {
    "as it opens": {},
    "hostile": {"t": HOSTILE},
    "begins with a dash": {"t": "-n --help"},
    "greedy, pieces, both ends": {"b": "1", "u": "pieces", "e": "1", "j": "0", "t": "Good night."},
    "the third candidate": {"b": "4", "n": "3", "t": "Good night.", "j": "1"},
    "typed": {"o": "1", "y": '--it\'s "le" $chat', "t": "The cat sleeps.", "j": "0"},
    "best alignment": {"r": "best", "t": "The cat sleeps."},
    "one head, read later": {"m": "translation/en-fr-transformer", "l": "1", "a": "2", "i": "1", "t": "Good night."},
    "without attention": {"m": "translation/en-fr-decoder2", "t": "Good night.", "j": "0"},
    "a window that favours": {"m": "translation/en-fr-local-p", "t": "Good night.", "j": "0"},
}


@pytest.mark.parametrize("query", TRANSLATED.values(), ids=TRANSLATED)
def test_translate_in_python_and_by_command_is_what_the_page_draws(
    shown: Shown, query: dict[str, str], by_command: Commands, tmp_path: Path
):
    page = shown(**query)
    made = running.python(page.code.python)
    objects = by_command(page.code.command)
    assert page.code.missing == ()
    for picture, told in zip(page.pictures, objects, strict=True):
        drawn, numbers = made[picture.name], picture.numbers
        assert (drawn.rows, drawn.columns, drawn.links) == (numbers.rows, numbers.columns, picture.links)
        np.testing.assert_allclose(drawn.matrix, numbers.values, **CLOSE)
        assert (tuple(told["rows"]), tuple(told["columns"])) == (numbers.rows, numbers.columns)
        np.testing.assert_allclose(shaped(told["matrix"], numbers.values), numbers.values, **CLOSE)
        assert {tuple(link) for link in told["links"]} == picture.links
        assert told["text"] == page.record["text"]
        assert told["output"]["text"] == made["translation"].output.text == page.record["output"]["text"]
    assert not (tmp_path / "oh").exists()


@pytest.mark.parametrize(
    "query",
    [
        {"t": "The black cat.", "b": "3", "n": "2"},
        {"t": "The black cat.", "m": "translation/en-fr-transformer", "l": "1", "a": "2"},
        {"t": "The cat sleeps.", "o": "1", "y": "Le chat dort."},
    ],
    ids=["recurrent", "one head", "typed"],
)
def test_whether_a_map_can_be_trusted_comes_out_as_the_page_says_it(
    shown: Shown, query: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = shown(drawer="translate_trust", j="0", **query)
    made = running.python(page.code.python)
    told = running.commands(page.code.command, tmp_path, monkeypatch)[-1]
    assert page.code.missing == ()
    drawn = page.record["trust"]
    assert told["text"] == page.record["text"] and told["output"]["text"] == page.record["output"]["text"]
    assert ("shuffled" in drawn) == ("shuffled" in told["trust"]) == ("others" in made) == ("m" not in query)
    erased = made["erased"]
    for here in (told["trust"]["erasure"], {"falls": erased.falls, "verdicts": erased.verdicts}):
        assert here["falls"] == pytest.approx(drawn["erasure"]["falls"], abs=1e-4)
        assert here["verdicts"] == drawn["erasure"]["verdicts"]
    if "shuffled" in drawn:
        for logprobs in (told["trust"]["shuffled"]["logprobs"], made["others"].logprobs):
            np.testing.assert_allclose(logprobs, drawn["shuffled"]["logprobs"], atol=1e-4)


@pytest.mark.parametrize(
    "query",
    [{}, {"r": "combined", "x": "2"}, {"m": "classification/imdb-bilstm"}],
    ids=["beside even attention", "roots, a sentence off", "one row"],
)
def test_whether_the_shades_of_a_document_can_be_trusted_comes_out_as_the_page_says_it(
    shown: Shown, query: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    text = "The film was wonderful. I did not like the end at all. The music is good."
    page = shown("documents", drawer="documents_trust", t=text, **query)
    made = running.python(page.code.python)
    judged = running.commands(page.code.command, tmp_path, monkeypatch)[-1]["faithfulness"]
    drawn = page.record["faithfulness"]
    for name in ("comprehensiveness", "sufficiency", "area", "permuted"):
        assert judged[name] == pytest.approx(drawn[name], abs=1e-4)
        assert getattr(made["judged"], name) == pytest.approx(drawn[name], abs=1e-4)
    assert judged["verdicts"] == made["judged"].verdicts == drawn["verdicts"]


@pytest.mark.parametrize(
    "query",
    [
        {"w": "words-uniform-0.sentences-pin-0-2-70", "x": "3"},
        {"m": "classification/imdb-bilstm", "w": "words-pin-0-4-90"},
        {"w": "words-pin-1-2-90", "r": "effect"},
        {"w": "words-pin-1-2-90", "r": "words"},
        {"m": "classification/imdb-bilstm", "w": "words-pin-0-4-90", "r": "effect"},
    ],
    ids=["both levels", "one row", "by effect", "by words", "one row by effect"],
)
def test_what_changed_weights_make_of_a_document_comes_out_as_the_page_says_it(
    shown: Shown, query: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = shown("documents", t="The film was wonderful. I did not like the end. The music is good.", **query)
    made = running.python(page.code.python)
    (told, *_) = running.commands(page.code.command, tmp_path, monkeypatch)
    drawn = page.record["reweighed"]
    assert told["reweighed"]["changes"] == drawn["changes"]
    for probabilities in (list(told["reweighed"]["probabilities"].values()), made["changed"].probabilities):
        np.testing.assert_allclose(probabilities, list(drawn["probabilities"].values()), **CLOSE)
    (figure,) = [picture.numbers for picture in page.pictures if picture.name == "document-changed"]
    words = np.concatenate([sentence.values for sentence in figure.sentences])
    np.testing.assert_allclose(made["changed_words"], words, **CLOSE)
    bars = [sentence.weight for sentence in figure.sentences]
    np.testing.assert_allclose(made["changed_sentences"], bars, **CLOSE)


def test_what_changed_attention_makes_of_a_translation_is_in_the_python(shown: Shown):
    page = shown(t="We sold two houses.", w="mute-2.uniform-1", u="pieces", j="0", b="3", r="attention")
    made = running.python(page.code.python)
    (rise,) = [picture.scene for picture in page.pictures if picture.name == "attention-rise"]
    (after,) = [picture.numbers for picture in page.pictures if picture.name == "attention-changed"]
    assert len(page.code.missing) == 1
    np.testing.assert_allclose(made["changed"].rise, rise.values, **CLOSE)
    np.testing.assert_allclose(made["changed"].same.trace.matrix(), after.values, **CLOSE)


@pytest.mark.parametrize(
    "query",
    [{"t": "风'声\"$(雨)", "y": "_天", "n": "3"}, {"m": "couplet/no-attention", "e": "0"}],
    ids=["fixed", "free"],
)
def test_a_couplet_comes_out_with_its_map(shown: Shown, query: dict[str, str], by_command: Commands):
    page = shown("couplets", **query)
    made = running.python(page.code.python)
    (told,) = by_command(page.code.command)
    assert made["written"].output.text == told["output"]["text"] == page.record["output"]["text"]
    assert [each.name for each in page.pictures] == (["couplet", "map"] if told["traces"] else ["couplet"])
    assert bool(page.code.missing) == bool(told["traces"])
    for picture in page.pictures[1:]:
        np.testing.assert_allclose(made["attention"].matrix, picture.numbers.values, **CLOSE)
        weights = np.array(told["traces"][0]["weights"])[0, 0, :-1, :-1]
        shares = weights / weights.sum(1, keepdims=True)
        np.testing.assert_allclose(shares, picture.numbers.values, atol=1e-4)


@pytest.mark.parametrize(
    "query",
    [{"t": HOSTILE, "n": "2"}, {"m": "conversation/zh", "t": "谢谢。", "w": "0"}],
    ids=["weighed", "likeliest"],
)
def test_a_reply_comes_out_with_all_others_and_its_map(shown: Shown, query: dict[str, str], by_command: Commands):
    page = shown("chat", **query)
    made = running.python(page.code.python)
    (told,) = by_command(page.code.command)
    assert made["answer"].reply.text == told["output"]["text"] == page.record["output"]["text"]
    assert told["replies"] == page.record["replies"] and told["mmi"] == page.record["mmi"]
    assert (told["mmi"]["lambda"] > 0) == ("w" not in query)
    assert [reply.text for reply in made["answer"].replies] == [reply["text"] for reply in told["replies"]]
    (picture,) = page.pictures
    np.testing.assert_allclose(made["attention"].matrix, picture.numbers.values, **CLOSE)
    assert made["attention"].rows == picture.numbers.rows and len(page.code.missing) == 1


COMPARED = {
    "one translation for all": {"x": "additive.dot.key_only", "t": HOSTILE},
    "their own, effect, ends": {"x": "additive.cosine", "g": "own", "r": "effect", "e": "1", "t": "Good night."},
    "windows": {"a": "window", "t": "Good night."},
    "selections": {"a": "selection", "t": "Good night."},
}


@pytest.mark.parametrize("query", COMPARED.values(), ids=COMPARED)
def test_all_mechanisms_come_out_of_one_loop(shown: Shown, query: dict[str, str], by_command: Commands):
    page = shown("mechanisms", **query)
    made = running.python(page.code.python)["maps"]
    told = {each["model"]: each for each in by_command(page.code.command)}
    maps = [picture for picture in page.pictures if picture.marks != ("draws",)]
    assert list(made) == list(told) == [picture.stamp.model for picture in maps]
    assert bool(page.code.missing) == (len(maps) < len(page.pictures))
    for picture in maps:
        name, numbers = picture.stamp.model, picture.numbers
        assert (made[name].rows, made[name].columns) == (numbers.rows, numbers.columns)
        assert (tuple(told[name]["rows"]), tuple(told[name]["columns"])) == (numbers.rows, numbers.columns)
        for values in (made[name].matrix, shaped(told[name]["matrix"], numbers.values)):
            np.testing.assert_allclose(values, numbers.values, **CLOSE)


@pytest.mark.parametrize(
    "query",
    [{"x": "additive.dot", "i": "mute-2.pin-1-1_3-60"}, {"a": "selection", "g": "own", "i": "uniform-0"}],
    ids=["one translation", "their own, one that cannot be changed"],
)
def test_what_changed_attention_makes_of_all_comes_out_as_the_page_says_it(
    shown: Shown, query: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    page = shown("mechanisms", t="Good night.", **query)
    run = running.python(page.code.python)
    made, maps = run["changed"], run["changed_maps"]
    objects = running.commands(page.code.command, tmp_path, monkeypatch)
    told = {each["model"]: each["imposed"] for each in objects if "imposed" in each}
    drawn = {each["model"]: each["imposed"] for each in page.record["measured"] if "imposed" in each}
    assert made.keys() == told.keys() == drawn.keys() and len(drawn) == (2 if "x" in query else 5)
    for name, each in drawn.items():
        assert each["changes"] == query["i"].split(".") == told[name]["changes"]
        for rise in (told[name]["rise"], made[name].rise):
            np.testing.assert_allclose(rise, each["rise"], atol=1e-4)
        assert told[name]["new"]["output"]["text"] == each["new"]["output"]["text"] == made[name].new.output.text
    pictures = {picture.stamp.model: picture.numbers for picture in page.pictures if picture.name.endswith("-changed")}
    assert pictures.keys() == maps.keys() == drawn.keys()
    for name, numbers in pictures.items():
        assert (maps[name].rows, maps[name].columns) == (numbers.rows, numbers.columns)
        np.testing.assert_allclose(maps[name].matrix, numbers.values, **CLOSE)


@pytest.mark.parametrize(
    "query",
    [
        {"t": HOSTILE, "x": "decoder2.decoder4", "n": "1"},
        {"r": "effect", "e": "1", "o": "1", "y": "- le chat", "n": "2"},
    ],
    ids=["both readings", "one of them, a typed translation"],
)
def test_decoders_without_attention_come_with_what_they_know_of_the_longer_sentence(
    shown: Shown, query: dict[str, str], by_command: Commands
):
    page = shown("without_attention", **query)
    made = running.python(page.code.python)
    objects = by_command(page.code.command)
    common = {record["model"]: record["output"] for record in page.record["compared"][1::2]}
    for picture in page.pictures:
        model, kind = picture.stamp.model, picture.name.rpartition("-")[2]
        if kind == "words":
            words, drops = zip(*made["words"][model], strict=True)
            last = [each for each in objects if each["model"] == model][-1]
            assert words == picture.numbers.words == tuple(last["columns"][: len(words)])
            np.testing.assert_allclose(drops, picture.numbers.values, **CLOSE)
            sums = np.sum(last["matrix"], 0)[: len(words)]
            np.testing.assert_allclose(sums, drops, atol=1e-6 * len(last["rows"]))
            logprob = sum(token["logprob"] for token in common[model]["tokens"])
            assert made["common"][model] == pytest.approx(logprob, abs=1e-4)
            continue
        own = next(each for each in objects if (each["model"], each["read"]) == (model, kind))
        for values in (made["maps"][model, kind].matrix, shaped(own["matrix"], picture.numbers.values)):
            np.testing.assert_allclose(values, picture.numbers.values, **CLOSE)


STEPS = {
    "as it opens": {},
    "a hostile sentence": {"t": HOSTILE, "p": "2"},
    "changed, with a mistake": {"t": "Tom chases Jerry.", "p": "2", "c": "scores:2:-1.5~keys:3:0.25", "k": "axis"},
    "padding": {"t": "Tom chases Jerry.", "k": "padding"},
    "the small case": {"m": "small", "x": "scaled_dot", "w": "fed", "p": "2", "c": "scores:1:2", "k": "scaling"},
    "the small case behind its end": {"m": "small", "p": "40"},
    "the small layer": {"a": "self_attention", "tm": "small", "th": "2", "k": "padding"},
    "a layer of a translator": {
        "a": "self_attention",
        "tt": "It's $(no).",
        "tl": "2",
        "th": "2",
        "c": "scaled_scores:1:2",
    },
    "both levels": {"a": "hierarchy", "dt": "It's $(bad).\nTwo `quotes`!", "di": "2", "c": "word_scores:1:2"},
    "the small text, bare": {"a": "hierarchy", "dm": "small", "db": "1"},
}


@pytest.mark.parametrize("query", STEPS.values(), ids=STEPS)
def test_what_is_taken_apart_comes_out_quantity_by_quantity(
    shown: Shown, query: dict[str, str], by_command: Commands, monkeypatch: pytest.MonkeyPatch
):
    if "k" in query:  # the page says what the mistake is
        monkeypatch.setattr("webapp.views.step_by_step.page.st.info", lambda *_, **__: None)
    page = shown("step_by_step", **query)
    step = running.python(page.code.python)["step"]
    (told,) = by_command(page.code.command)
    lines = {"model", "text", "view"} if page.record["model"] == "small" else {"text", "view"}
    assert {name: told[name] for name in told.keys() - lines} == {
        name: page.record[name] for name in page.record.keys() - lines
    }
    for quantity, known in zip(step.now.quantities, page.record["quantities"], strict=True):
        assert quantity.name == known["name"]
        values = quantity.value[list(step.now.top)] if quantity.axes == ("vocabulary",) else quantity.value
        np.testing.assert_allclose(values, known["values"], atol=1e-6)


REVIEW = "It's $(bad).\nTwo `quotes` \"here\"! -- And\\n more 'words'.\n\nNever again 😀."
READ = {
    "as it opens": {},
    "hostile, of several lines": {"t": REVIEW},
    "two sentences off": {"t": REVIEW, "x": "1.3"},
    "within sentences": {"t": REVIEW, "r": "words"},
    "effect": {"t": REVIEW, "r": "effect", "x": "2"},
    "flat": {"m": "classification/imdb-bilstm", "t": REVIEW},
    "averages": {"m": "classification/imdb-hn-ave", "t": REVIEW},
    "rewritten": {"t": REVIEW, "b": "Good before."},
}


@pytest.mark.parametrize("query", READ.values(), ids=READ)
def test_a_document_comes_out_word_by_word(shown: Shown, query: dict[str, str], by_command: Commands):
    page = shown("documents", **query)
    made = running.python(page.code.python)
    told, *before = by_command(page.code.command)
    document, classes = (picture.numbers for picture in page.pictures)
    words = np.concatenate([sentence.values for sentence in document.sentences])
    bars = [sentence.weight for sentence in document.sentences]
    shades = told["shades"]
    for values, drawn in ((made["words"], words), (made["sentences"], bars), (shades["words"], words)):
        np.testing.assert_allclose(np.nan_to_num(np.array(values, dtype=float)), drawn, **CLOSE)
    assert shades["sentences"] == pytest.approx([None if np.isnan(bar) else bar for bar in made["sentences"]], abs=1e-6)
    np.testing.assert_allclose(made["reading"].probabilities, classes.values, **CLOSE)
    np.testing.assert_allclose(list(told["probabilities"].values()), classes.values, **CLOSE)
    assert (len(before), "before" in made) == ((1, True) if classes.before is not None else (0, False))
    if before:
        np.testing.assert_allclose(made["before"].probabilities, classes.before, **CLOSE)
        np.testing.assert_allclose(list(before[0]["probabilities"].values()), classes.before, **CLOSE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_table_of_texts_comes_out_row_by_row(
    visit: Open, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    offered: list[Any] = []
    frame = frame_within(visit)
    monkeypatch.setattr(frame, "as_code", lambda view, code: offered.append(code()))
    model = {"en": "imdb-han", "zh": "reviews-zh-han"}[language]
    app = visit("many_texts", m=f"classification/{model}")
    opened = app.session_state["many opened"]
    (work,) = opened.jobs.values()
    results = job.results(work, opened.chosen())
    code = offered[-1]
    made = running.python(code.python)
    np.testing.assert_allclose(made["probabilities"], results.probabilities, **CLOSE)
    accuracy = float((results.predicted == results.truth)[results.judged].mean())
    assert made["measured"]["accuracy"]["value"] == pytest.approx(accuracy)
    (tmp_path / "run" / "webapp").mkdir(parents=True)
    (tmp_path / "run" / "webapp" / "assets").symlink_to(job.ASSETS)
    objects = running.commands(code.command, tmp_path / "run", monkeypatch)
    np.testing.assert_allclose(
        [list(each["probabilities"].values()) for each in objects], results.probabilities, **CLOSE
    )
    assert len(code.missing) == 1


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guests")
    tiny_attention.make(folder)
    tiny_seeing.make(folder / "sees")
    return folder


@pytest.fixture
def heads(door: None, guests: Path, shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """heads(m=..., t=...): the Self-attention page over tiny Transformers, one of which sees."""
    monkeypatch.setattr(store_names, "PRETRAINED", guests)
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(guests))
    yield lambda **query: shown("self_attention", **query)


LOOKED = {
    "as it opens": {"t": HOSTILE},
    "words, specials and first left out": {"u": "words", "e": "0", "nf": "1", "t": "The quick dog jumps again."},
    "a causal model without its diagonal": {"m": "language/reviews-gpt", "k": "decoder", "nd": "1", "t": "A good film"},
    "a second text, one head": {"y": "-le 'chat'", "k": "cross", "l": "2", "a": "3", "t": "The cat."},
    "changed": {"x": "mute-encoder-1-2.temperature-encoder-0-0-50.pin-encoder-1-1-2-1", "l": "1", "a": "1"},
    "rollout": {"m": "classification/imdb-transformer", "r": "rollout", "l": "2", "t": "A good film"},
    "norms of a head": {"m": "classification/imdb-transformer", "r": "norms", "l": "2", "a": "3", "t": "A good film"},
    "gradient of a class": {"m": "classification/imdb-transformer", "r": "gradient", "f": "1", "t": "A good film"},
}


@pytest.mark.parametrize("query", LOOKED.values(), ids=LOOKED)
def test_a_head_comes_out_as_it_is_shown(heads: Shown, query: dict[str, str], by_command: Commands):
    page = heads(**query)
    made = running.python(page.code.python)
    (told,) = by_command(page.code.command)
    numbers = page.pictures[-1].numbers
    assert (made["shown"].queries.labels, made["shown"].keys.labels) == (numbers.rows, numbers.columns)
    assert (tuple(told["rows"]), tuple(told["columns"])) == (numbers.rows, numbers.columns)
    for values in (made["shown"].numbers, told["matrix"]):
        np.testing.assert_allclose(values, numbers.values, **CLOSE)
    if "r" not in query:
        (tiles,) = [picture.numbers.tiles for picture in page.pictures if picture.name == "heads"]
        np.testing.assert_allclose(made["heads"].tiles, tiles, **CLOSE)
    assert bool(page.code.missing) == ("r" not in query)


SEEN = {
    "a patch": {"q": "9", "l": "2", "a": "3"},
    "patches alone": {"q": "9", "l": "2", "a": "3", "e": "0"},
    "the matrix": {"d": "map", "l": "2", "a": "3", "e": "0"},
    "rollout": {"r": "rollout", "q": "9"},
    "changed": {"q": "9", "x": "uniform-encoder-2-3", "l": "2", "a": "3"},
}


@pytest.mark.parametrize("query", SEEN.values(), ids=SEEN)
def test_what_a_patch_looks_at_comes_out_as_it_is_shown(heads: Shown, query: dict[str, str], by_command: Commands):
    gateway.heads.load("folder:sees")
    page = heads(m="folder:sees", **query)
    made = running.python(page.code.python)
    (told,) = by_command(page.code.command)
    assert OWN_MODEL in page.code.missing and str(store_names.PRETRAINED) not in str(page.code)
    numbers = next(picture.numbers for picture in page.pictures if picture.name in ("head", "rollout"))
    values = made["shown"].numbers if "d" in query else made["shown"]
    np.testing.assert_allclose(values, numbers.values, **CLOSE)
    np.testing.assert_allclose(told["matrix"] if "d" in query else told["matrix"][0], numbers.values, **CLOSE)


typed = st.text(st.characters(codec="utf-8"), min_size=1).map(clean).filter(lambda text: bool(text.strip()))
pasted = st.text(st.characters(codec="utf-8"), min_size=1).map(passage).filter(lambda text: bool(text.strip()))


class Stopped(Exception):
    """A model was asked."""


@given(typed, typed)
@example("'", "--")
@example('$(x) `y` "', "-n")
def test_whatever_was_typed_comes_back_out_of_shell_and_python(text: str, target: str):
    asked: list[object] = []

    class Model:
        def translate(self, *texts: object, **named: object) -> None:
            asked.extend([*texts, named["target"]])
            raise Stopped

    figure = translate_code.Figure("attention")
    code = translate_code.as_code(translate_code.Shown("translation/en-fr-additive", text, (figure,), target=target))
    words = shlex.split(code.command)
    assert words[2] == text and f"--target={target}" in words and words[4:7] == ["python", "-m", "engine"]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(load, "translator", lambda name: Model())
        running.python(code.python)
    assert asked == [text, target]


@given(pasted)
@example("'one'\n\n$(two)\\n")
def test_whatever_was_pasted_is_the_same_document_on_one_line(text: str):
    shown = documents_code.Shown("classification/imdb-han", text, "relative")
    code = documents_code.as_code(shown)
    line = shlex.split(code.command)[2]
    assert "\n" not in line
    assert repr(text) in code.python and ast.literal_eval(repr(text)) == text
    try:
        whole, one = document(text, "en"), document(line, "en")
    except Refused:
        return
    assert sentence_words(whole) == sentence_words(one)


def sentence_words(read: Document) -> list[list[str]]:
    return [list(read.words(number)) for number in range(len(read.sentences))]


@given(st.lists(typed, min_size=3, max_size=3))
@settings(max_examples=15)
def test_a_real_shell_gives_each_text_to_the_program_as_it_was_typed(texts: list[str]):
    pair, longer = (texts[0], texts[1]), (texts[2], texts[0])
    assume(pair != longer)
    models = ("translation/en-fr-decoder2", "translation/en-fr-decoder4")
    shown = without_code.Shown(models, models[1:], pair, longer, ("attention", "effect"))
    with tempfile.TemporaryDirectory() as folder:
        calls = running.called(without_code.as_code(shown).command, Path(folder))
    sent = [read.decode().removesuffix("\n") for _, read in calls]
    assert sent == [texts[0], *[texts[0]] * 2, *[texts[0]] * 2, *[texts[2]] * 2]
    given_targets = [next((a for a in called if a.startswith("--target=")), None) for called, _ in calls]
    assert given_targets[3:] == [*[f"--target={texts[1]}"] * 2, *[f"--target={texts[0]}"] * 2]
    assert [called[3] for called, _ in calls] == [models[1], *models, *models, *models]


PAGES = (
    "chat",
    "couplets",
    "translate",
    "mechanisms",
    "without_attention",
    "step_by_step",
    "documents",
    "many_texts",
    "self_attention",
    "models",
    "replay",
)
KEYS = (
    *("chat", "couplets", "translate", "mechanisms", "without", "step", "documents", "many", "attention", "models"),
    "replay",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("page", "key"), list(zip(PAGES, KEYS, strict=True)))
def test_every_page_offers_its_code_to_copy(visit: Open, page: str, key: str, language: str):
    app = visit(page, language=language)
    app.session_state[f"{key}_as_code"] = True  # the drawer is open
    app.run()
    assert not app.exception
    at = [code.language for code in app.code].index("python")
    python, command = app.code[at : at + 2]
    assert (python.language, command.language) == ("python", "bash")
    assert "from engine" in python.value and "python -m engine" in command.value
