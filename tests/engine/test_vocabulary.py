"""Words get the same numbers wherever a vocabulary went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Fast

from engine.text.tokenizer import Tokenizer
from engine.text.vocabulary import PAD_ID, UNKNOWN_ID, Vocabulary
from tests.endless import MARKS

SENTENCES = [("The", "film", ",", "the", "Film"), ("A", "dull", "film"), ("我", "喜欢", "Ａ")]
WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.train(SENTENCES, 6)


def test_the_most_frequent_words_are_held_whatever_their_case_or_width(vocabulary: Vocabulary) -> None:
    assert len(vocabulary) == 6
    assert vocabulary.ids(["FILM", "a", "ａ", "THE", ","]) == [2, 3, 3, 4, 5]
    assert vocabulary.ids(["dull", "喜欢", "", "never"]) == [UNKNOWN_ID] * 4


def test_special_words_typed_by_somebody_are_unknown_words() -> None:
    vocabulary = Vocabulary.train([("<pad>", "<unk>", "<PAD>", "word")] * 3, 10)
    assert len(vocabulary) == 3
    assert vocabulary.ids(["<pad>", "<unk>", "word"]) == [UNKNOWN_ID, UNKNOWN_ID, 2]
    assert PAD_ID == 0


@given(st.lists(st.lists(WORDS, max_size=8), max_size=8), st.lists(WORDS, max_size=8))
def test_a_vocabulary_read_again_gives_the_same_numbers(sentences: list[list[str]], others: list[str]) -> None:
    made = Vocabulary.train(sentences, 20)
    again = Vocabulary.from_json(made.to_json())
    asked = [word for sentence in sentences for word in sentence] + others
    assert again.ids(asked) == made.ids(asked)
    assert len(again) == len(made) <= 20
    assert max(made.ids(asked), default=0) < len(made)


def test_it_is_kept_in_a_folder_and_other_programs_read_it(vocabulary: Vocabulary, tmp_path: Path) -> None:
    vocabulary.save(tmp_path)
    assert Vocabulary.load(tmp_path).to_json() == vocabulary.to_json()
    other = Fast.from_file(str(tmp_path / "tokenizer.json"))
    assert other.encode(["FILM", "ａ", "never"], is_pretokenized=True).ids == [2, 3, UNKNOWN_ID]


def test_thirty_thousand_words_make_a_small_file() -> None:
    made = Vocabulary.train([[f"word{number:04x}" for number in range(29_998)]], 30_000)
    assert len(made) == 30_000 and len(made.to_json()) < 600_000


def test_equal_counts_are_ranked_by_alphabet_so_that_training_is_repeatable() -> None:
    assert Vocabulary.train([("b", "a"), ("c",)], 5).to_json() == Vocabulary.train([("c",), ("a", "b")], 5).to_json()


def changed(**parts: object) -> str:
    whole = json.loads(Vocabulary.train(SENTENCES, 6).to_json())
    for name, part in parts.items():
        whole[name] = {**(whole[name] or {}), **part} if isinstance(part, dict) else part
    return json.dumps(whole)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[" * 100_000,
        changed(normalizer=None),
        changed(added_tokens=[{"id": 9, "content": "film", "single_word": False, "lstrip": False, "rstrip": False,
                               "normalized": False, "special": True}]),
        changed(pre_tokenizer={"type": "Whitespace"}),
        changed(decoder={"type": "Fuse"}),
        changed(model={"vocab": {"<pad>": 0, "<unk>": 1, "film": 7}}),
        changed(model={"vocab": {"<pad>": 0, "<unk>": 1, "film": 2, "a": 2}}),
        changed(model={"vocab": {"<unk>": 0, "<pad>": 1, "film": 2}}),
        changed(model={"vocab": {"film": 0}}),
        changed(model={"vocab": {}}),
        changed(model={"unk_token": "film"}),
        changed(model={"type": "WordPiece", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9}),
        Tokenizer.train(["a text"], 12).to_json(),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_no_vocabulary_of_ours_wrote_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"vocabulary|tokenizer|twice"):
        Vocabulary.from_json(text)


def test_a_vocabulary_laid_out_for_people_is_the_same(vocabulary: Vocabulary) -> None:
    text = json.dumps(json.loads(vocabulary.to_json()), indent=2)
    assert Vocabulary.from_json(text).to_json() == vocabulary.to_json()


def test_an_endless_word_of_marks_is_unknown(vocabulary: Vocabulary) -> None:
    assert vocabulary.ids([MARKS]) == [UNKNOWN_ID]
    assert Vocabulary.train([[MARKS]], 5).ids(["x"]) == [UNKNOWN_ID]


@pytest.mark.parametrize("words", [["a", "a"], ["<unk>"]])
def test_a_word_has_one_number(words: list[str]) -> None:
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(words)
