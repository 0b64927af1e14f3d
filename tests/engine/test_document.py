"""A text is cut into sentences and words whose places are those of what was typed."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.text.document import MAX_CHARACTERS, MAX_SENTENCE, check_document, document
from engine.text.given import entered

# What people type, and what they never would: scripts, marks, joiners, flags, breaks, half of everything.
PIECES = (
    *"aB9 .,!?'\"-_~<>/()\n\t\u00a0\u200b\u200d\ufe0f\u0301\u00ad。，！“”我很好はがไก한ا\u0600ß№½²",
    *(
        "n't",
        "'s",
        "’T",
        "Mr. ",
        "...",
        "<br />",
        "<BR>",
        "<br",
        "👍🏽",
        "👨‍👩‍👧",
        "🇫🇷",
        "1️⃣",
        "喜欢",
        "T恤",
        "3.5",
        "\r\n",
        "\u2028",
    ),
)
ODD = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
UNICODE = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
BLANK = regex.compile(r"(?:(?i:<br\s{0,9}/?>)|[\s\p{Z}\p{Cc}\p{Cf}])*")


def sentences(text: str, language: str = "en") -> list[tuple[str, ...]]:
    found = document(text, language)
    return [found.words(i) for i in range(len(found.sentences))]


@given(st.one_of(ODD, UNICODE), st.sampled_from(["en", "zh"]))
@example("a" * 5_000, "en")
@example("我很好" * 2_000, "zh")
@example("A cat sat. " * 500, "en")
def test_words_rise_stay_in_their_sentence_and_leave_out_only_blanks(text: str, language: str) -> None:
    try:
        found = document(text, language)
    except Refused:
        return
    at, text = 0, entered(text)
    for sentence in found.sentences:
        assert 1 <= len(sentence.words) <= MAX_SENTENCE
        assert (sentence.start, sentence.end) == (sentence.words[0][0], sentence.words[-1][1])
        for start, end in sentence.words:
            assert at <= start < end
            assert BLANK.fullmatch(text, at, start)
            at = end
    assert BLANK.fullmatch(text, at)
    assert found.text == entered(text)
    assert found.size == sum(len(found.words(i)) for i in range(len(found.sentences))) > 0


@given(ODD)
def test_whatever_passes_the_check_is_a_document_and_nothing_else_is(text: str) -> None:
    try:
        check_document(text)
    except Refused as refused:
        with pytest.raises(Refused) as again:
            document(text, "en")
        assert str(again.value) == str(refused)
    else:
        assert document(text, "en").size


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It isn't Mr. Bean's film.", "It is n't Mr . Bean 's film ."),
        ("I CAN'T, won’t and didn't.", "I CA N'T , wo n’t and did n't ."),
        ("do n't stop", "do n't stop"),
        ("7.5/10, 1,000 times in the 80s", "7.5 / 10 , 1,000 times in the 80s"),
        ("well-made... so good!!!", "well - made ... so good !!!"),
        ("naïve e\u0301te\u0301", "naïve e\u0301te\u0301"),
        ("great 👍🏽👍🏽 👨‍👩‍👧🇫🇷🇩🇪1️⃣", "great 👍🏽 👍🏽 👨‍👩‍👧 🇫🇷 🇩🇪 1️⃣"),
        ("mi\u00adxed \u200bup", "mixed up"),
        ("我喜欢骑马，T恤很好👍", "我 喜欢 骑马 ， T恤 很 好 👍"),
        ("私は馬が好き", "私 は 馬 が 好 き"),
    ],
)
def test_words_are_cut_as_people_expect(text: str, words: str) -> None:
    assert [word for sentence in sentences(text) for word in sentence] == words.split()


def test_sentences_end_at_their_signs_at_line_breaks_and_at_br() -> None:
    text = "Mr. Bean is 3.5 m tall. Really?<br /><br />Yes<BR>he is\nso tall\r\n\r\nhe says"
    assert [" ".join(words) for words in sentences(text)] == [
        "Mr . Bean is 3.5 m tall .",
        "Really ?",
        "Yes",
        "he is",
        "so tall",
        "he says",
    ]
    assert ["".join(words) for words in sentences("我喜欢。你呢？“是的！”他说。", "zh")] == [
        "我喜欢。",
        "你呢？",
        "“是的！”",
        "他说。",
    ]


def test_a_sentence_without_end_is_parted_into_equal_pieces() -> None:
    assert [len(words) for words in sentences("word " * (MAX_SENTENCE + 1))] == [100, 101]
    assert [len(words) for words in sentences("word " * 200)] == [200]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1. The food was good.\n2. The service was slow.", ["1 . The food was good .", "2 . The service was slow ."]),
        ("1.<br />Good film.\n\nb)\n\nBad.", ["1 . Good film .", "b ) Bad ."]),
        ("•\ncheap\n-\nnear", ["• cheap", "- near"]),
        ("Rated so: 3.", ["Rated so : 3 ."]),
        ("Good.\n7.", ["Good .", "7 ."]),
        ("5", ["5"]),
    ],
)
def test_a_list_marker_belongs_to_its_sentence(text: str, wanted: list[str]) -> None:
    cut = document(text, "en")
    assert [" ".join(cut.words(i)) for i in range(len(cut.sentences))] == wanted


@pytest.mark.parametrize("word", ["word", "considerable"])
def test_a_sentence_too_long_is_cut_into_equal_parts_that_know_of_each_other(word: str) -> None:
    cut = document(f"Short. {f'{word} ' * 419}{word}. Short again.", "en").sentences
    assert [len(sentence.words) for sentence in cut] == [2, 140, 140, 141, 3]
    assert [sentence.part for sentence in cut] == [(1, 1), (1, 3), (2, 3), (3, 3), (1, 1)]


def test_a_sentence_longer_than_what_is_read_at_once_is_cut_between_words() -> None:
    assert {word for words in sentences("interminable " * 1_000) for word in words} == {"interminable"}


def test_a_document_cut_in_chunks_has_the_sentences_of_its_parts() -> None:
    part = "Dr. Who met Mr. Bean in the U.S. last year. It cost 3.5 dollars! "
    assert sentences(part * 200) == sentences(part) * 200


@pytest.mark.parametrize("text", ["", "  \n", "<br /><br>", "\u200b\u00a0", "<br/>\u2028"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Type a text first"):
        document(text, "en")


def test_a_text_too_long_or_unreadable_is_refused_with_the_place() -> None:
    with pytest.raises(Refused, match="100001 characters and 100000"):
        document("a" * (MAX_CHARACTERS + 1), "en")
    assert document("a<br />\n<BR/>\x07", "en").text == "a<br />\n<BR/>"
    with pytest.raises(Refused, match=r"U\+D800"):
        document("a\ud800", "en")


HOSTILE = {
    "one word": "a",
    "one sign": ".",
    "marks": "\u0301",
    "lines": "\n",
    "sentences": "a. ",
    "Chinese sentences": "我。",
    "Chinese and Latin": "x1我",
    "quotes": '"a. ',
    "brackets": "(a. ",
    "negations": "n't",
    "negations that are none": "n'",
    "numbers": "1,",
    "flags": "🇩",
    "families": "👨\u200d",
    "breaks": "<br />a",
    "breaks that are none": "<br ",
    "Korean letters": "ᄀ",
    "signs with marks": "-\u0301",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_takes_long(piece: str, language: str) -> None:
    document("我 a", language)  # dictionaries are read once
    text = (piece * MAX_CHARACTERS)[: MAX_CHARACTERS - 1] + "z"
    document(text, language)
