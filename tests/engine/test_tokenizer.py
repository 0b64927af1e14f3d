"""Text to pieces and back, and which words the pieces belong to."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine.text.tokenizer import END, END_ID, SPECIALS, UNKNOWN, UNKNOWN_ID, Tokenizer, words
from engine.traces import SPACE

TYPED = [
    "A man rides a brown horse.",
    "Two women aren't reading the newspaper today.",
    "Deux femmes ne lisent pas le journal aujourd'hui.",
    "Qu'est-ce que c'est ? C'est l'été.",
    "Les enfants jouent dans le jardin de l’école, n’est-ce pas ?",
    "  spaces   everywhere\tand\u00a0more  ",
    "<s> </s> <unk> <pad> [CLS] ##ing $x$",
    "naïve café",
    "12 345 hôtels à 3,50 €…",
    "ﷺ zero\u200bwidth \u202eright-to-left 🏳️‍🌈 👍🏽",
    "a\u0301\u0323b",
    "a▁b ▁ c",
]
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
JOINED = regex.compile(r"[\p{Lao}\p{Khmer}\p{Myanmar}\u3000-\u30FF\uFF00-\uFFEF]")
SPACED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"]), max_size=40).filter(
    lambda text: not UNSPACED.search(text)
)


def visible(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).replace("▁", "_").split())


@pytest.mark.parametrize("text", TYPED)
def test_labels_are_the_text_as_it_was_typed(tokenizer, text):
    axis = tokenizer.encode(text).axis
    assert "".join(axis.words().labels[:-1]) == visible(text)
    assert axis.labels[-1] == END and axis.special == (False,) * (len(axis) - 1) + (True,)


@pytest.mark.parametrize("text", TYPED)
def test_words_of_the_axis_are_those_that_links_are_counted_by(tokenizer, text):
    found = tokenizer.encode(text).axis.words().labels[:-1]
    assert list(found) == words(text)


@given(SPACED)
def test_any_text_of_spaced_scripts_is_counted_alike_by_pieces_and_by_words(tokenizer, text):
    axis = tokenizer.encode(text).axis
    assert len(axis.words()) - 1 == len(words(text))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60))
def test_any_text_has_one_label_for_each_piece_and_loses_no_character(tokenizer, text):
    encoded = tokenizer.encode(text)
    assert len(encoded.ids) == len(encoded.axis)
    assert encoded.ids[-1] == END_ID and END_ID not in encoded.ids[:-1]
    labels = "".join(encoded.axis.words().labels[:-1])
    assert visible(labels) == visible(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("aren't", ["aren", "'t"]),
        ("l'été", ["l'", "été"]),
        ("qu’il", ["qu’", "il"]),
        ("aujourd'hui", ["aujourd'hui"]),
        ("n'est-ce pas ?", ["n'", "est", "-", "ce", "pas", "?"]),
        ("3,50 €", ["3", ",", "50", "€"]),
        ("我喜欢骑马。", ["我", "喜欢", "骑马", "。"]),
        ("我有iPhone 12（新）", ["我", "有", "iPhone", "12", "（", "新", "）"]),
        ("猫が好き", ["猫が好き"]),
        ("👍🏽🏳️‍🌈 🇫🇷🇩🇪!", ["👍🏽", "🏳️‍🌈", "🇫🇷", "🇩🇪", "!"]),
    ],
)
def test_words_are_parted_as_readers_expect(text, parts):
    assert words(text) == parts


@pytest.mark.parametrize("text", ["我喜欢骑马。", "猫"])
def test_chinese_is_shown_in_words_whatever_its_pieces_are(tokenizer, text):
    assert list(tokenizer.encode(text).axis.words().labels[:-1]) == words(text)


def test_of_a_script_that_nothing_here_can_cut_each_piece_is_a_word(tokenizer):
    axis = tokenizer.encode("ผมชอบม้า").axis
    pieces = [label for label in axis.labels if label != SPACE]
    assert len(axis.words()) == len(pieces)


def test_a_piece_over_several_words_is_shared_out_between_them_by_its_characters():
    tokenizer = Tokenizer.train(["我不喜欢"] * 3, 40)
    axis = tokenizer.encode("我不喜欢").axis
    assert axis.labels == ("我不喜欢", END)
    assert axis.words().labels == ("我", "不", "喜欢", END)
    assert axis.membership().tolist() == [[0.25, 0], [0.25, 0], [0.5, 0], [0, 1]]


def test_a_character_that_no_vocabulary_holds_is_labelled_as_unknown_and_reads_as_typed_in_its_word(tokenizer):
    axis = tokenizer.encode("a 😀 b").axis
    assert UNKNOWN in axis.labels and "😀" in axis.words().labels


def test_a_piece_keeps_its_number_and_what_the_vocabulary_holds_under_it(tokenizer):
    encoded = tokenizer.encode("Two women")
    assert encoded.axis.ids == encoded.ids
    assert "".join(encoded.axis.tokens) == "▁Two▁women</s>"


@pytest.mark.parametrize("text", TYPED[:5])
def test_decoding_gives_the_text_back(tokenizer, text):
    if UNKNOWN_ID in tokenizer.encode(text).ids:
        text = text.replace("’", "'")
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_many_at_once_are_encoded_as_each_alone(tokenizer):
    assert tokenizer.ids(TYPED) == [list(tokenizer.encode(text).ids) for text in TYPED]


def test_special_tokens_that_somebody_types_are_text(tokenizer):
    ids = tokenizer.encode(" ".join(SPECIALS)).ids
    assert all(i >= len(SPECIALS) or i == UNKNOWN_ID for i in ids[:-1])


GIVEN = [
    ["se", "adresse", "à", "le", "Orateur"],
    ["aren't", "l'été", "n'est-ce"],
    ["x"],
    ["a", "a", "a"],
    ["日本語", "...", "d’", "a_b"],
    ["e\u0301", "🏳️‍🌈", "\u200b"],
]


@pytest.mark.parametrize("tokens", GIVEN)
def test_every_given_word_keeps_its_number(tokenizer, tokens):
    axis = tokenizer.encode_words(tokens).axis
    assert list(axis.words().labels[:-1]) == [unicodedata.normalize("NFC", token) for token in tokens]
    assert axis.groups[-1] == len(tokens)


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=8))
def test_however_odd_the_given_words_all_are_counted(tokenizer, tokens):
    tokens = ["".join(token.split()) or "x" for token in tokens]
    axis = tokenizer.encode_words(tokens).axis
    assert axis.groups[-1] == len(tokens)


@given(st.lists(st.text("猫犬カー。，（ก็aé1'’_▁\ufffc\u0301\u200b", min_size=1, max_size=4), min_size=1, max_size=8))
def test_words_of_all_scripts_side_by_side_keep_their_numbers(tokenizer, tokens):
    axis = tokenizer.encode_words(tokens).axis
    assert axis.groups[-1] == len(tokens)
    assert list(axis.words().labels[:-1]) == [visible(token) for token in tokens]


@given(SPACED)
def test_given_words_of_spaced_scripts_are_read_as_their_text_is(tokenizer, text):
    tokens = [token for token in text.split() if not JOINED.search(token)]
    assert tokenizer.encode_words(tokens).ids == tokenizer.encode(" ".join(tokens)).ids


@pytest.mark.parametrize(
    ("tokens", "written"),
    [
        (["我", "喜欢", "骑马", "。"], "我喜欢骑马。"),
        (["我", "有", "iPhone", "12", "（", "新", "）", "。"], "我有iPhone 12（新）。"),
        (["New", "York", "，", "12", "日"], "New York，12日"),
        (["カード", "は", "ー"], "カードはー"),
        (["ผม", "ชอบ", "ม้า"], "ผมชอบม้า"),
        (["ຂ້ອຍ", "ມັກ"], "ຂ້ອຍມັກ"),
        (["l'", "été", ",", "3", "€"], "l' été , 3 €"),
    ],
)
def test_given_words_are_joined_as_their_script_is_written(tokenizer, tokens, written):
    encoded = tokenizer.encode_words(tokens)
    read = tokenizer.encode(written)
    assert "".join(encoded.axis.labels).replace(SPACE, "") == "".join(read.axis.labels).replace(SPACE, "")
    spaces = [sum(tokenizer.piece(i).startswith(" ") for i in one.ids) for one in (encoded, read)]
    assert spaces[0] == spaces[1]


def test_no_piece_crosses_from_one_given_word_into_the_next():
    text, tokens = "骑马，我喜欢骑马。", ["骑", "马", "，", "我喜", "欢", "骑马", "。"]
    tokenizer = Tokenizer.train([text] * 3, 40)
    assert tokenizer.encode(text).axis.labels[:-1] == ("骑马", "，", "我喜欢骑马", "。")
    encoded = tokenizer.encode_words(tokens)
    assert encoded.axis.words().labels[:-1] == tuple(tokens)
    assert tokenizer.decode(encoded.ids) == text


def test_a_character_that_is_put_between_words_is_told_from_one_that_was_given(tokenizer):
    tokens = ["\ufffc", "骑马", "\ufffc\ufffc", "。"]
    encoded = tokenizer.encode_words(tokens)
    assert encoded.axis.words().labels[:-1] == tuple(tokens)
    assert encoded.ids.count(UNKNOWN_ID) == 3


def test_a_blank_word_is_refused(tokenizer):
    with pytest.raises(ValueError, match="blank"):
        tokenizer.encode_words(["a", "\u00a0"])


@pytest.mark.parametrize("text", TYPED[:4])
def test_an_output_is_parted_into_the_words_that_its_text_has(tokenizer, text):
    ids = tokenizer.encode(text).ids
    made = tokenizer.axis(ids)
    assert made.words().labels == tokenizer.encode(tokenizer.decode(ids)).axis.words().labels


@given(st.lists(st.integers(0, 159), max_size=30))
def test_any_output_has_an_axis(tokenizer, ids):
    ids = [i for i in ids if i < len(tokenizer)]
    axis = tokenizer.axis(ids)
    assert len(axis) == len(ids)
    assert axis.special == tuple(i < len(SPECIALS) and i != UNKNOWN_ID for i in ids)


def test_a_stored_tokenizer_encodes_as_before(tokenizer, tmp_path):
    tokenizer.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert len(again) == len(tokenizer)
    assert all(again.encode(text) == tokenizer.encode(text) for text in TYPED)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"model": {"type": "BPE"}}'])
def test_what_is_no_tokenizer_is_refused(text):
    with pytest.raises(ValueError, match="no tokenizer"):
        Tokenizer.from_json(text)
