"""Pieces of words: they add up to words, and the library that others use cuts as we do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from engine.models.transformer.encoder import fast_tokenizer
from engine.text.document import document
from engine.text.wordpieces import FIRST_ID, LAST_ID, MAX_WORD, SPECIALS, UNKNOWN_ID, Pieces, WordPieces, framed

TEXTS = (
    "I didn't like the film's start. But the END was good!<br /><br />Don't miss it; it's great... isn't it?",
    "A well-made, 2-hour film (8.5/10) that cost $1,000,000. We've seen “better” — they're rare.",
    "Can't wait!!! The actors' work & the score: wonderful. I'd go again & again.",
)


@pytest.fixture(scope="module")
def words() -> WordPieces:
    return WordPieces.train(TEXTS * 3, 150)


@pytest.mark.parametrize("text", TEXTS)
def test_others_read_plain_text_as_we_read_the_words_of_a_document(
    words: WordPieces, tmp_path: Path, text: str
) -> None:
    fast_tokenizer(words).save_pretrained(tmp_path)
    ours = framed(words.pieces([document(text, "en")])[0], 512)
    assert AutoTokenizer.from_pretrained(tmp_path)(text)["input_ids"] == ours


def test_special_pieces_that_somebody_types_are_text(words: WordPieces) -> None:
    found = words.pieces([document("Go [SEP] on [MASK] now", "en")])[0]
    assert not set(found.ids.tolist()) & (set(range(len(SPECIALS))) - {UNKNOWN_ID})


def test_every_word_has_a_piece_and_too_long_a_word_is_unknown(words: WordPieces) -> None:
    text = document("film " + "a" * (MAX_WORD + 1) + " 中 \N{GRINNING FACE} film", "en")
    found = words.pieces([text])[0]
    assert len(found.lengths) == text.size and found.lengths.min() >= 1 and found.lengths.sum() == len(found.ids)
    assert found.ids[found.lengths[0]] == UNKNOWN_ID


def test_what_is_stored_cuts_as_before(words: WordPieces) -> None:
    again = WordPieces.from_json(words.to_json())
    texts = [document(text, "en") for text in TEXTS]
    for one, other in zip(words.pieces(texts), again.pieces(texts), strict=True):
        np.testing.assert_array_equal(one.ids, other.ids)
    with pytest.raises(ValueError):
        WordPieces.from_json("{}")


def test_the_same_texts_give_the_same_pieces() -> None:
    assert len({WordPieces.train(TEXTS * 2, 120).to_json() for _ in range(4)}) == 1


lengths = st.lists(st.integers(1, 6), min_size=1, max_size=60)


def some(lengths: list[int]) -> Pieces:
    return Pieces(np.arange(10, 10 + sum(lengths), dtype=np.int32), np.array(lengths, dtype=np.int32))


@given(lengths, st.integers(16, 80))
def test_a_long_text_is_read_from_both_ends_in_whole_words_and_as_much_as_fits(sizes: list[int], limit: int) -> None:
    pieces = some(sizes)
    read = pieces.read(limit)
    row = framed(pieces, limit)
    assert len(row) <= limit and (row[0], row[-1]) == (FIRST_ID, LAST_ID)
    if sum(sizes) + 2 <= limit:
        assert read.all()
        return
    gap = np.flatnonzero(~read)
    assert gap[-1] - gap[0] + 1 == len(gap) and gap[0] < len(sizes) - gap[-1] + 6
    assert len(row) + sizes[gap[-1]] > limit, "another word would have fitted"


@given(lengths, st.data())
def test_a_hidden_word_is_one_unknown_piece_and_the_others_stay(sizes: list[int], data: st.DataObject) -> None:
    pieces = some(sizes)
    gone = np.array(data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes))))
    found = pieces.hidden(gone)
    starts = np.cumsum(found.lengths) - found.lengths
    assert (found.ids[starts[gone]] == UNKNOWN_ID).all() and (found.lengths[gone] == 1).all()
    np.testing.assert_array_equal(found.kept(~gone).ids, pieces.kept(~gone).ids)
