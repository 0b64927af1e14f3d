"""What is typed without care is read as training texts are written: case, marks, the final mark, and whose language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import casing
from engine.text.document import sentences
from engine.text.normalisation import normalised
from engine.text.spoken import foreign

OTHERS = {"en": ("fr", "zh"), "fr": ("en", "zh"), "zh": ("en", "fr")}
SENTENCE = st.one_of(st.text(max_size=40), st.text("aIÀ ’'\"?.…!iS中文吗。", max_size=40))


def whole(word: str) -> int:
    """A vocabulary that knows one name as it is written, and cuts all else into letters."""
    return 1 if word == "Anna" else len(word)


@pytest.mark.parametrize(
    ("language", "typed", "read", "changes"),
    [
        ("en", "WHERE IS TOM?", "Where is Tom?", ("case",)),
        ("en", "my name is anna", "My name is Anna.", ("case", "end")),
        ("en", "i'm here and I am fine.", "I'm here and I am fine.", ("case",)),
        ("en", "what is your name", "What is your name?", ("case", "end")),
        ("en", "she left. do you know why", "She left. Do you know why?", ("case", "end")),
        ("en", "It’s “good”.", 'It\'s "good".', ("marks",)),
        ("en", "Come here！", "Come here!", ("marks",)),
        ("en", "the cat", "the cat.", ("end",)),
        ("en", "USA", "USA.", ("end",)),
        ("en", "It costs 5.0 euros.", "It costs 5.0 euros.", ()),
        ("en", 'He said: "No."', 'He said: "No."', ()),
        ("en", "…", "…", ()),
        ("fr", "JE T’AIME", "Je t'aime.", ("marks", "case", "end")),
        ("fr", "où habites-tu", "Où habites-tu ?", ("case", "end")),
        ("fr", "parle-t-il anglais", "Parle-t-il anglais ?", ("case", "end")),
        ("fr", "dis-moi tout", "Dis-moi tout.", ("case", "end")),
        ("zh", "你好吗", "你好吗？", ("end",)),
        ("zh", "你叫什么名字?", "你叫什么名字？", ("marks",)),
        ("zh", "我爱中国", "我爱中国。", ("end",)),
        ("zh", "3.5 公里。", "3.5 公里。", ()),
        ("de", "GUTEN TAG", "guten tag", ("case",)),
    ],
)
def test_what_is_typed_without_care_becomes_what_training_texts_have(
    language: str, typed: str, read: str, changes: tuple[str, ...]
):
    assert normalised(typed, language, whole) == (read, changes)


@given(SENTENCE, st.sampled_from(["en", "fr", "zh", "de"]))
def test_a_text_is_changed_once_and_then_never_again(text: str, language: str):
    once = normalised(text, language, whole)
    assert normalised(once.text, language, whole) == (once.text, ())
    assert bool(once.changes) == (once.text != text)


@given(
    st.lists(
        st.sampled_from(["The", "cat", "Tom", "saw", "Mary", "in", "Boston", "and", "I", "you", "we"]),
        min_size=3,
        max_size=12,
    )
)
def test_capitals_and_small_letters_are_read_alike(words: list[str]):
    typed = " ".join(words)
    assert normalised(typed.upper(), "en", whole).text == normalised(typed.lower(), "en", whole).text


def test_usual_forms_are_those_most_often_seen_where_no_sentence_begins():
    texts = [
        "The cat saw Tom.",
        "Tom, the cat and Tom left.",
        "It is May. May I?",
        "I may. I may, in May, go.",
        "A: The b.",
    ]
    assert casing.usual(texts) == ["Tom"]
    assert casing.usual(["Now I go.", "Then I go."]) == ["I"]
    assert casing.usual(["I saw Tom."] * 9) == [], "each text counts once"


def test_the_lists_that_come_along_have_one_form_for_each_word():
    for language in ("en", "fr"):
        forms = casing.forms(language)
        assert len(forms) > 200 and all(word == form.lower() != form for word, form in forms.items())
    assert casing.forms("en")["tom"] == "Tom" and casing.forms("fr")["paris"] == "Paris" and not casing.forms("zh")


def test_a_paragraph_is_cut_into_its_sentences():
    assert sentences("The cat sleeps. Where is Mr. Smith? He left!", "en") == [
        "The cat sleeps.",
        "Where is Mr. Smith?",
        "He left!",
    ]
    assert sentences("我爱你。你呢？", "zh") == ["我爱你。", "你呢？"]


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("我爱中国", "en", "zh"),
        ("Where is the station?", "zh", "en"),
        ("Où est la gare ?", "en", "fr"),
        ("Je t'aime.", "en", "fr"),
        ("The cat is black.", "fr", "en"),
        ("The cat is black.", "en", None),
        ("Who's on your list?", "en", None),
        ("Tom has a bald spot.", "en", None),
        ("Il a un chat.", "fr", None),
        ("-n --help", "en", None),
        ("Tom!", "fr", None),
        ("42", "zh", None),
        ("Где вокзал?", "en", None),
        ("Wo ist der Bahnhof?", "de", None),
    ],
)
def test_a_sentence_is_of_another_language_only_where_that_is_sure(text: str, language: str, spoken: str | None):
    assert foreign(text, language, OTHERS.get(language, ("zh",))) == spoken
