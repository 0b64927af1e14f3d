"""What surrounds a page, asked without a page: fields of links, names, file names, sentences and what is uploaded."""

from __future__ import annotations

import gc
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.attention import SCORES
from engine.errors import Refused
from engine.store.catalogue import ModelInfo
from webapp import i18n
from webapp.examples.for_model import example
from webapp.examples.reviews import NAMES, REVIEWS, reviews
from webapp.examples.sentences import EXAMPLES, examples
from webapp.i18n import LANGUAGES, accepted, catalogue, facts, faults, joined, say, verbatim
from webapp.shell import fields, names, typed
from webapp.shell.stamp import VERSION, Stamp
from webapp.shell.uploads import Ledger, Photo

TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
IDS = st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)

# --- fields of a link


@given(IDS, st.data())
def test_a_choice_is_one_of_its_options_and_nothing_else(options: list[str], data: st.DataObject):
    field = fields.choice("m", options)
    chosen = data.draw(st.sampled_from(options))
    assert field.read(str(field.write(chosen))) == chosen and field.holds(chosen) and field.default == options[0]
    with pytest.raises(ValueError):
        field.read("zzz")
    assert not field.holds("zzz") and not field.holds(None)


@given(IDS, st.data())
def test_several_come_back_in_their_own_order_whatever_the_order_of_the_link(options: list[str], data: st.DataObject):
    field = fields.several("x", options)
    some = data.draw(st.lists(st.sampled_from(options), unique=True))
    assert field.read(".".join(some)) == [option for option in options if option in some]
    assert field.read(str(field.write(options))) == options == field.default and field.read("") == []
    with pytest.raises(ValueError, match="not there"):
        field.read(".".join([*some, "zzz"]))


@given(st.integers(0, 20), st.integers(0, 50), st.integers(1, 7), st.integers(-5, 9999))
def test_a_number_is_read_within_its_bounds_and_on_its_steps(low: int, more: int, step: int, value: int):
    high = low + more
    field = fields.count("k", low, high, step=step)
    if low <= value <= high and (value - low) % step == 0:
        assert field.read(str(value)) == value
    else:
        with pytest.raises(ValueError):
            field.read(str(value))


@pytest.mark.parametrize("wrong", ["", "1.0", "+1", " 1", "1e1", "٣", "１", "99999", "-0", "0x1"])
def test_a_number_is_written_in_digits_alone(wrong: str):
    with pytest.raises(ValueError, match="no number"):
        fields.count("k", 0, 9).read(wrong)


@given(st.lists(st.integers(1, 99_999), max_size=30))
def test_numbers_come_back_sorted_and_once(numbers: list[int]):
    field = fields.numbers("x")
    assert field.read(".".join(map(str, numbers))) == sorted(set(numbers))
    assert field.read(str(field.write(sorted(set(numbers))))) == sorted(set(numbers))


@pytest.mark.parametrize("wrong", ["0", "1.", ".1", "1..2", "a", "1,2", "123456", "-1", "1.02x"])
def test_what_are_no_numbers_are_none(wrong: str):
    with pytest.raises(ValueError, match="no numbers"):
        fields.numbers("x").read(wrong)


def test_what_is_too_long_for_an_address_stays_out_of_it():
    assert fields.numbers("x").write(list(range(10_000, 12_000))) is None
    text = fields.text("t")
    assert text.write("猫" * (fields.LONGEST_IN_LINK // 3)) is not None
    assert text.write("猫" * (fields.LONGEST_IN_LINK // 3 + 1)) is None


@given(TEXT, st.booleans())
def test_a_text_out_of_a_link_can_be_shown_and_read_again(text: str, lines: bool):
    field = fields.text("t", lines=lines)
    once = field.read(text)
    once.encode()
    assert field.read(once) == once and "\t" not in once and "\r" not in once
    assert ("\n" in once) <= lines


def test_what_a_link_leaves_out_follows_its_version_and_the_rest_of_the_link():
    old = fields.Field("b", 5, int, formerly=1)
    assert old.left_out({}, "1") == 1 and old.left_out({}, "2") == old.left_out({}) == 5
    following = fields.Field("t", "", str, follows=lambda before: before["model"] + "!")
    assert following.left_out({"model": "m"}) == "m!"
    assert fields.flag("e").read("1") is True and fields.flag("e").write(False) == "0"
    with pytest.raises(ValueError):
        fields.flag("e").read("yes")


@given(TEXT)
def test_typed_lines_are_one_line_and_a_passage_keeps_them(text: str):
    line, passage = typed.clean(text), typed.passage(text)
    assert not set("\n\r\t") & set(line) and not set("\r\t") & set(passage)
    assert passage.replace("\n", " ").count(" ") <= line.count(" ")
    assert typed.passage("a\r\nb\rc\td") == "a\nb\nc d" and typed.clean("a\r\nb") == "a  b"


# --- names


def info(name: str = "classification/imdb-han", task: str = "classification", **more: Any) -> ModelInfo:
    config = more.pop("config", {})
    sides = (more.pop("source", "en"), more.pop("target", None))
    return ModelInfo(name, task, *sides, Path("nowhere"), config, None, None)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("fra_Latn", "French · fra_Latn"),
        ("fr_XX", "French · fr_XX"),
        ("zh_CN", "Chinese · zh_CN"),
        ("de", "German · de"),
        ("no such code", "no such code"),
        ("x", "x"),
    ],
)
def test_the_language_of_a_code_stands_before_it_where_it_is_known(code: str, name: str):
    assert names.coded(code) == name


def test_a_language_without_a_name_is_called_by_its_code():
    assert (names.language("fr"), names.language("tlh"), names.language(None)) == ("French", "tlh", "?")
    assert (names.label("positive"), names.label("5 stars")) == ("positive", "5 stars")


@pytest.mark.parametrize("name", SCORES)
def test_every_scoring_function_has_a_name_a_meaning_and_a_place_in_a_paper_that_can_be_shown(name: str):
    assert names.score(name) and names.meaning(name).endswith(".")
    source = names.source(SCORES[name].source)
    assert re.sub(r"\s", "", source) == re.sub(r"\s", "", SCORES[name].source)  # in English nothing changes


def test_places_in_a_paper_are_translated_and_its_authors_are_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(names, "t", catalogue("zh").gettext)
    one = names.source("Luong, Pham & Manning 2015, equation 8, arXiv:1508.04025")
    two = names.source("Graves, Wayne & Danihelka 2014, equations 5 and 6, arXiv:1410.5401")
    appendix = names.source("Bahdanau, Cho & Bengio 2015, appendix A.1.2, arXiv:1409.0473")
    for text, digits in ((one, "8"), (two, "5"), (appendix, "A.1.2")):
        assert digits in text and "arXiv:" in text and "equation" not in text and "appendix" not in text
    assert one.startswith("Luong, Pham & Manning 2015") and "6" in two


HAN = {"model_type": "alignscope-han", "model": {"pooling": "attention"}, "corpora": ["imdb"]}
AVERAGE = {"model_type": "alignscope-han", "model": {"pooling": "average"}, "corpora": ["imdb", "my own"]}
TRANSFORMER = {"model_type": "modernbert", "corpora": ["imdb"]}


def test_a_classifier_is_called_by_what_it_reads_and_how_it_pools():
    assert names.classifier(info(config=HAN)) == "English · film reviews · HAN"
    assert (
        names.classifier(info(config=AVERAGE)) == "English · film reviews, my own · HAN, average instead of attention"
    )
    assert names.classifier(info(config=TRANSFORMER), short=True) == "Transformer"
    assert names.classifier(info("run:mine", config=HAN), short=True) == "HAN · run:mine"
    assert names.classifier(info("x/y", config={"model_type": "alignscope-new"}), short=True) == "x/y"
    assert [names.pieces(info(config=config)) for config in (HAN, TRANSFORMER)] == [False, True]


def test_classifiers_with_attention_stand_before_their_kin_and_unknown_ones_last():
    ranks = [
        names.rank(info(config=config)) for config in (HAN, AVERAGE, TRANSFORMER, {"model_type": "alignscope-new"})
    ]
    assert ranks == sorted(set(ranks))


def test_translators_and_transformers_say_what_they_do():
    after = {"score": "additive", "placement": "after", "feeding": True}
    score = {"model": after, "model_type": "alignscope-seq2seq"}
    translator = info("translation/en-fr-additive", "translation", target="fr", config=score)
    assert names.model(translator) == "English → French · additive"
    heads = {"model_type": "marian", "decoder_layers": 2, "decoder_attention_heads": 4}
    marian = info("run:m", "translation", target="fr", config=heads)
    assert names.model(marian) == "English → French · Transformer · run:m"
    assert names.transformer(marian) == "English → French · Transformer · translates · run:m"
    assert names.transformer(info("language/x", "language")) == "English · Transformer · language model"
    assert names.transformer(info("x/y", "captions")) == "English · Transformer · captions"
    assert (
        names.model(info("x/y", "translation", target="fr", config={"model_type": "alignscope-seq2seq"}))
        == "English → French"
    )


# --- stamps and files


def stamp(text: str = "Où est l'été ?") -> Stamp:
    return Stamp("translation/en-fr-additive", "0123abcd", text)


@given(TEXT)
def test_the_name_of_a_file_is_short_plain_and_tells_texts_apart(text: str):
    name = stamp(text).file("attention", "txt", text=True)
    assert re.fullmatch(r"[\w.-]+", name) and len(name) < 140 and name.endswith(".txt")
    assert name.endswith(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8] + ".txt")
    assert stamp(text).file("attention", "svg") == f"alignscope-{VERSION}-en-fr-additive-0123abcd-attention.svg"


def test_a_file_of_a_text_begins_as_the_text_does():
    assert "-où-est-l-été-" in stamp().file("links", "txt", text=True)
    assert stamp("a" * 500).file("x", "txt", text=True).count("a" * 41) == 0


def test_a_stamp_says_model_weights_text_and_version_in_every_file():
    assert stamp().facts({"scale": "log"}) == {
        "model": "translation/en-fr-additive",
        "weights": "0123abcd",
        "text": "Où est l'été ?",
        "alignscope": VERSION,
        "scale": "log",
    }
    assert stamp().line().startswith("translation/en-fr-additive (0123abcd), “") and VERSION in stamp().line()


# --- uploads


class Held:
    """What a page holds."""


def test_what_pages_hold_counts_until_they_hold_it_no_more():
    ledger, first, second = Ledger(100), Held(), Held()
    ledger.enter(first, 60)
    with pytest.raises(Refused, match="Many large files are open"):
        ledger.enter(second, 41)
    ledger.enter(second, 40)
    del first
    gc.collect()
    third = Held()
    ledger.enter(third, 60)
    with pytest.raises(Refused):
        ledger.enter(Held(), 1)


def test_a_photo_is_known_by_its_bytes():
    photo = Photo.of("a.png", b"bytes")
    assert photo.digest == hashlib.sha256(b"bytes").hexdigest() and (photo.name, photo.content) == ("a.png", b"bytes")


# --- sentences


@given(st.lists(st.sampled_from(["zh", "en", "fr", "de-AT", "zh-CN", "EN-us"]), max_size=5), st.data())
def test_of_the_languages_of_a_browser_the_weightiest_that_is_spoken_here_is_taken(
    codes: list[str], data: st.DataObject
):
    weights = [data.draw(st.integers(0, 1000)) / 1000 for _ in codes]
    header = ", ".join(f"{code};q={weight:.3f}" for code, weight in zip(codes, weights, strict=True))
    known = [
        (-weight, place, code.lower().partition("-")[0])
        for place, (code, weight) in enumerate(zip(codes, weights, strict=True))
        if weight > 0 and code.lower().partition("-")[0] in LANGUAGES
    ]
    assert accepted(header) == (min(known)[2] if known else "en")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("fr, zh;q=0.5, en;q=0.4", "zh"),
        ("zh;q=0, en", "en"),
        ("*", "en"),
        ("zh;q=2", "zh"),
        (";;q=,", "en"),
    ],
)
def test_the_header_of_a_browser_is_read_as_it_is_meant(header: str, language: str):
    assert accepted(header) == language


@given(st.text(max_size=40))
def test_a_fact_inside_a_sentence_is_never_markup(fact: str):
    shown = str(verbatim(fact))
    plain = " ".join(fact.split())
    if shown == plain:
        assert not re.search(r"[*_`\[\]<>$\\#|~:]", shown)
        return
    fence = re.match("`+", shown)
    assert fence is not None and shown.endswith(fence[0])
    assert shown.strip("` ") == plain.strip("` ")
    inside = shown[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in inside  # nothing inside closes it


def test_numbers_in_a_sentence_can_be_rounded_and_a_refusal_inside_another_is_said_in_full():
    inner = Refused("There is no *{name}*.", name="a_b")
    outer = Refused("{count:,} lines: {why}", count=12345, why=inner)
    assert say(outer) == "12,345 lines: There is no *`a_b`*."


def test_sentences_are_joined_with_a_space_only_where_the_language_has_one(monkeypatch: pytest.MonkeyPatch):
    assert joined("One.", "", "Two.") == "One. Two." and joined() == ""
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert joined("一。", "二。") == "一。二。"


def test_facts_of_a_sentence_are_the_names_in_its_braces():
    assert facts("{a} and {b:,} of {a} in {{c}}") == {"a", "b"} and facts("none") == set()


def program(root: Path, source: str) -> Path:
    for package in ("engine", "webapp"):
        (root / package).mkdir()
    (root / "engine" / "x.py").write_text(
        "class Reading:\n    label = 'Rollout'\n    other = 'not shown'\n", encoding="utf-8"
    )
    (root / "webapp" / "y.py").write_text(source, encoding="utf-8")
    return root


def test_every_sentence_that_is_marked_is_looked_for_in_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = program(
        tmp_path,
        "t('Hello {name}')\nraise Refused('Not {a}.', a=1)\nN_('Later')\nf('never shown')\nwidget(label='marked')\n",
    )
    known = {"Hello {name}": ("你好 {nom}",), "Later": ("以后",), "Rollout": ("展开",), "Old": ("旧",)}
    monkeypatch.setattr(i18n, "translations", lambda code: known)
    assert faults("zh", root) == [
        'webapp/y.py:2: no zh translation of "Not {a}."',
        'zh: no page says "Old" any more',
        "zh: \"Hello {name}\" has ['name'], its translation ['nom']",
    ]


@pytest.mark.parametrize("source", ["t(f'Hello {name}')", "t('a' + b)", "raise Refused(f'{x}')"])
def test_a_sentence_that_is_put_together_where_it_is_marked_is_no_sentence(tmp_path: Path, source: str):
    with pytest.raises(ValueError, match=r"webapp/y\.py:1: a catalogue holds whole sentences"):
        faults("zh", program(tmp_path, source))


# --- examples


@pytest.mark.parametrize("code", EXAMPLES)
def test_examples_are_six_short_sentences_all_different(code: str):
    sentences = examples(code)
    assert len(set(sentences)) == 6 and all(5 < len(sentence) < 80 for sentence in sentences)
    assert examples("tlh") == examples(None) == EXAMPLES["en"]


@pytest.mark.parametrize("code", REVIEWS)
def test_reviews_have_a_name_each_and_are_as_long_as_they_say(code: str):
    texts = reviews(code)
    assert texts.keys() == NAMES.keys()
    assert len(texts["short"]) < min(len(text) for name, text in texts.items() if name != "short")
    assert len(texts["long"]) > max(len(text) for name, text in texts.items() if name != "long")
    assert reviews("tlh") == reviews(None) == REVIEWS["en"]


def test_a_model_opens_with_what_it_has_learnt_to_read():
    assert example(info(source="zh")) == REVIEWS["zh"]["short"]
    assert example(info("language/x", "language")) == REVIEWS["en"]["short"]
    assert example(info("translation/x", "translation", source="fr")) == EXAMPLES["fr"][0]
