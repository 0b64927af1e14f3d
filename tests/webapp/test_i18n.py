"""Two languages that say the same."""

from __future__ import annotations

import pickle
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from webapp import i18n

HELLO = 'msgid "Hello, {name}"\nmsgstr "{name}，你好"\n'


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A tiny program with one sentence and one translation of it; its catalogue can be rewritten by calling it."""

    def write(program: str, entries: str):
        (tmp_path / "engine").mkdir(exist_ok=True)
        (tmp_path / "webapp" / "locale" / "zh" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        (tmp_path / "webapp" / "page.py").write_text(program)
        head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        (tmp_path / "webapp" / "locale" / "zh" / "LC_MESSAGES" / "alignscope.po").write_text(head + entries)
        i18n.catalogue.cache_clear()
        return i18n.faults("zh", tmp_path)

    monkeypatch.setattr(i18n, "HERE", tmp_path / "webapp")
    yield write
    i18n.catalogue.cache_clear()


@pytest.mark.parametrize("code", [code for code in i18n.LANGUAGES if code != i18n.DEFAULT])
def test_every_sentence_has_its_translation_with_the_same_facts(code: str):
    assert i18n.faults(code) == []


def test_a_complete_catalogue_has_no_faults(house):
    assert house('t("Hello, {name}")', HELLO) == []


@pytest.mark.parametrize(
    "call",
    ['t("New")', 'i18n.t("New")', 'N_("New")', 'raise Refused("New", x=1)', 'class S: label = "New"'],
)
def test_a_sentence_without_translation_is_found_with_its_place(house, call):
    assert house(f't("Hello, {{name}}")\n{call}', HELLO) == ['webapp/page.py:2: no zh translation of "New"']


@pytest.mark.parametrize("record", ['Reading(name="n", label="New")', 'Reading("n", meaning="New")'])
def test_what_a_record_of_the_engine_says_of_itself_is_found_too(house, tmp_path, record):
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "readings.py").write_text(f"TABLE = ({record},)")
    assert house('t("Hello, {name}")', HELLO) == ['engine/readings.py:1: no zh translation of "New"']


WORDS = 'msgid "{count} word"\nmsgid_plural "{count} words"\nmsgstr[0] "{count} 个词"\n'


@pytest.mark.parametrize(
    "call", ['counted("{count} word", "{count} words", n)', 'Refused("{count} word", plural="{count} words", count=n)']
)
def test_what_says_a_count_is_translated_in_all_its_forms(house, call):
    assert house(call, WORDS) == []
    assert house(call, WORDS.replace("{count} 个", "")) == ["zh: \"{count} word\" has ['count'], its translation []"]
    assert house(call, WORDS.replace("{count} 个词", "")) == ['webapp/page.py:1: no zh translation of "{count} word"']


def test_a_form_for_one_may_do_without_its_number(house):
    one = WORDS.replace('"{count} word"', '"one word"')
    assert house('counted("one word", "{count} words", n)', one) == []


def test_a_translation_nobody_uses_is_found(house):
    assert house("", HELLO) == ['zh: no page says "Hello, {name}" any more']


def test_a_translation_that_drops_a_fact_is_found(house):
    assert house('t("Hello, {name}")', HELLO.replace("{name}，", "")) == [
        "zh: \"Hello, {name}\" has ['name'], its translation []"
    ]


@pytest.mark.parametrize("call", ['t(f"Hello, {name}")', 't("Hello, " + name)'])
def test_a_sentence_put_together_on_the_spot_is_refused(house, call):
    with pytest.raises(ValueError, match=r"page.py:1: a catalogue holds whole sentences"):
        house(call, "")


def page() -> None:
    import gettext

    import streamlit as st

    from webapp import i18n

    class Chinese(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"Hello": "你好"}[message]

    i18n.catalogue = lambda code: Chinese() if code == "zh" else gettext.NullTranslations()
    st.text(i18n.t("Hello"))


@pytest.mark.parametrize(
    ("link", "browser", "expected"),
    [
        (None, "en-US", "Hello"),
        (None, "zh-CN", "你好"),
        (None, "zh", "你好"),
        (None, "fr-FR", "Hello"),
        (None, None, "Hello"),
        ("zh", "en-US", "你好"),
        ("en", "zh-CN", "Hello"),
        ("<script>", "zh-CN", "Hello"),
    ],
)
def test_the_link_goes_before_the_browser(monkeypatch, link, browser, expected):
    monkeypatch.setattr(
        "streamlit.runtime.context._context_info_field", lambda field: browser if field == "locale" else None
    )
    monkeypatch.setattr(i18n, "catalogue", i18n.catalogue)
    app = AppTest.from_function(page)
    if link:
        app.query_params["lang"] = link
    assert app.run().text[0].value == expected


@pytest.mark.parametrize(("chosen", "expected"), [("zh", "你好"), ("en", "Hello"), ("xx", "Hello"), (7, "Hello")])
def test_the_visitors_choice_goes_before_everything(monkeypatch, chosen, expected):
    monkeypatch.setattr(i18n, "catalogue", i18n.catalogue)
    app = AppTest.from_function(page)
    app.session_state["language"] = chosen
    assert app.run().text[0].value == expected


def test_a_language_chosen_between_two_runs_is_spoken_in_the_next(monkeypatch):
    monkeypatch.setattr(i18n, "catalogue", i18n.catalogue)
    app = AppTest.from_function(page).run()
    assert app.text[0].value == "Hello"
    app.session_state["language"] = "zh"
    assert app.run().text[0].value == "你好"


def test_outside_of_a_visit_sentences_are_english():
    assert i18n.t("Type a sentence first.") == "Type a sentence first."


@pytest.mark.parametrize(
    ("count", "language", "expected"),
    [
        (0, "en", "Classify 0 texts"),
        (1, "en", "Classify 1 text"),
        (2, "en", "Classify 2 texts"),
        (1, "zh", "对 1 段文本分类"),
        (2, "zh", "对 2 段文本分类"),
    ],
)
def test_a_count_is_said_in_the_form_that_it_needs(monkeypatch, count: int, language: str, expected: str):
    monkeypatch.setattr(i18n, "language", lambda: language)
    sentence = i18n.counted("Classify {count:,} text", "Classify {count:,} texts", count)
    assert sentence.format(count=count) == expected


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (1, "This column holds no text in its only row; choose another one.", "1 行"),
        (3, "This column holds no text in any of 3 rows; choose another one.", "3 行"),
    ],
)
def test_a_refusal_that_says_a_count_does_so_too_and_between_processes(monkeypatch, count, english, chinese):
    refused = Refused(
        "This column holds no text in its only row; choose another one.",
        plural="This column holds no text in any of {count} rows; choose another one.",
        count=count,
    )
    assert str(refused) == str(pickle.loads(pickle.dumps(refused))) == i18n.say(refused) == i18n.plain(refused)
    assert str(refused) == english
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert chinese in i18n.say(refused)
    assert chinese in i18n.plain(refused)


# A number before a noun in the plural. What is over a limit that the sentence names is never one.
SAYS_A_COUNT = re.compile(
    r"\{(?:count|all|rows|texts|pairs|words|characters|found|done)(?::[^}]*)?\} (?!of )(?:\w+ )?\w{2,}s\b"
)
NEVER_ONE = {
    "The model read {read} of {count} sentences.": "one sentence cannot be left out",
    "Drawn: {drawn} of {count} sentences, those with the longest bars; the table and the files hold all.": "some "
    "are not",
    "Stopped after {done:,} of {all:,} texts.": "one text is not stopped halfway",
    "Stopped after {done:,} of {all:,} pairs.": "nor is one pair",
    "This picture moves: of its {count} frames the first is read.": "one frame does not move",
    "The tokenizer of {name} has {found} pieces and its configuration {wanted}.": "no vocabulary is so small",
    "The file is longer: only its first {rows:,} rows were read. Split it to read the rest.": "nor is that limit",
    "Click a number, or go to it with the arrow keys and press Enter, to change it. Vectors show their first {count} "
    "numbers; the strip beside them is the whole vector.": "eight are shown",
    "All {count} numbers of the context are {number} now, whatever the words are.": "nor is a context",
    "{count} places of padding take {share} % of the weight.": "there are two",
    "{count} places of padding take {share} % of the weight on average.": "and here",
    "{count} places of padding take {words} % of the weight of words and {sentences} % of that of sentences.": "two",
    "All {count} numbers of the context of “{word}” are {number} now.": "no context is one number long",
    "Where {count} draws at each step fell, from the probabilities that the model gives to the words while it writes "
    "this translation. Two draws of one step differ in {differ} % of cases.": "there are twenty",
    "{name}, {count} draws": "and here",
    "All of them were trained equally long: {count:,} updates. The ten scoring functions were trained for {lab:,}, so "
    "compare these with each other only.": "one update teaches nothing",
    "row {row}: {found} columns instead of {wanted}, skipped": "one column has a sentence of its own",
}


def test_no_sentence_says_one_of_many():
    odd = {
        s.text
        for s in i18n.sentences()
        if not s.plural and SAYS_A_COUNT.search(s.text) and not {"limit", "most"} & i18n.facts(s.text)
    }
    assert odd - {text for text in odd if "test texts" in text} == NEVER_ONE.keys()


def test_a_sentence_may_round_its_facts():
    assert i18n.say(Refused("{size:.1f} GB", size=np.float64(2.25))) == "2.2 GB"


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (3, "3 is wrong"),
        (-0.5, "-0.5 is wrong"),
        ("two words", "two words is wrong"),
        ("*x*", "`*x*` is wrong"),
        ("a`b", "`` a`b `` is wrong"),
        ("![](//evil.example)\n# x", "`![](//evil.example) # x` is wrong"),
        ("_x_", "`_x_` is wrong"),
        (":smile:", "`:smile:` is wrong"),
    ],
)
def test_a_fact_never_passes_for_markup(fact, expected):
    assert i18n.say(Refused("{fact} is wrong", fact=fact)) == expected


PAGES = sorted((Path(i18n.HERE) / "app_pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_no_page_in_chinese_says_anything_that_no_catalogue_holds(door, monkeypatch, page: Path):
    asked: set[str] = set()

    class Catalogue:
        def gettext(self, sentence):
            asked.add(sentence)
            return known.gettext(sentence)

        def ngettext(self, one, many, count):
            asked.add(one)
            return known.ngettext(one, many, count)

    known, english = i18n.catalogue("zh"), i18n.catalogue("en")
    monkeypatch.setattr(i18n, "catalogue", lambda code: Catalogue() if code == "zh" else english)
    # AppTest formats options outside of the visit, where sentences are English, and then misses them in the list.
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    app = AppTest.from_file(str(i18n.HERE / "app.py"), default_timeout=60)
    app.session_state["language"] = "zh"
    app.run().switch_page(f"app_pages/{page.name}").run()
    assert not app.exception
    assert asked - i18n.translations("zh").keys() == set()
    assert len(asked) > 5


@cache
def chinese() -> list[str]:
    return [form for forms in i18n.translations("zh").values() for form in forms]


TERMS = {
    "片段": "子词",
    "词片": "子词",
    "统计对齐器": "统计对齐工具",
    "模型库": "Hugging Face Hub",
    "汉语": "中文",
    "份额": "权重",
    "方块": "图块",
    "奈特": "纳特",
    "热图": "热力图",
    "连线标注": "对齐标注",
    "适合大小": "适应窗口",
    "贡献": "影响",
    "遮蔽影响": "影响",
    "备选": "候选",
    "颜色越深": "颜色越浓",  # strong colours are light by night
}


@pytest.mark.parametrize("rejected", TERMS)
def test_chinese_has_one_word_for_each_concept(rejected: str):
    assert [line for line in chinese() if rejected in line] == [], f"say {TERMS[rejected]}"


def test_no_space_stands_before_a_per_cent_sign_in_chinese():
    assert [line for line in chinese() if re.search(r"[\d}] %", line)] == []


def test_bold_chinese_ends_with_a_word_for_after_a_sign_markdown_takes_the_stars_for_stars():
    assert [line for line in chinese() if re.search(r"[：。？！，；、）”]\*\*", line)] == []


def test_chinese_sentences_are_joined_without_a_space(monkeypatch):
    assert i18n.joined("One.", "", "Two.") == "One. Two."
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert i18n.joined("一。", "", "二。") == "一。二。"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("fr-FR, fr;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh-TW;q=0.7", "zh"),
        ("zh;q=0, en", "en"),
        (";;q=x,,*", "en"),
    ],
)
def test_an_answer_outside_of_any_page_is_in_the_language_that_the_browser_asks_for(header: str, expected: str):
    assert i18n.accepted(header) == expected
