"""Whatever the pieces, a word reads what its text has, each character once, and no weight is lost over it."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from engine.capture.entries import Entries
from engine.capture.inputs import tokens, tokens_of
from engine.text.bytepieces import BytePieces
from engine.text.words import belonging, unparted, words
from engine.traces import Axis, Trace

TAUGHT = [
    "It’s a naïve film, isn't it?",
    "我不喜欢黑色的猫，我不知道。",
    "un café déjà “ok”",
    "... !!! —— ... 👍🏽",
] * 3
ODD = "It’s a naïve film — 猫 €"
KINDS = ("bytes", "word pieces", "unigram", "byte fallback", "ours")
SIGNS = "abé ñ'’.…—“€猫我不喜欢黑色的か😀👍🏽🏳️‍🌈\u0301ﷺ12Ж"
PARTS = [*SIGNS, "  ", "naïve", "[SEP]", "café", "我不喜欢", "..."]
TEXTS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=14).map("".join)


@cache
def reader(kind: str) -> PreTrainedTokenizerFast:
    """A tokenizer of each kind, taught a few lines."""
    marks = {"unk_token": "[UNK]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    names = list(marks.values())
    if kind == "ours":
        fast = BytePieces.train(TAUGHT, 320).fast
        return PreTrainedTokenizerFast(tokenizer_object=fast, eos_token="<|endoftext|>")
    if kind == "bytes":
        fast = Tokenizer(models.BPE())
        fast.pre_tokenizer, fast.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=names, initial_alphabet=alphabet)
    elif kind == "word pieces":
        fast = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        fast.normalizer, fast.decoder = normalizers.BertNormalizer(lowercase=True), decoders.WordPiece()
        fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=names)
    elif kind == "unigram":
        fast = Tokenizer(models.Unigram())
        fast.normalizer = normalizers.NFKC()
        fast.pre_tokenizer, fast.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=90, special_tokens=names, unk_token="[UNK]")
    else:
        fast = Tokenizer(models.BPE(byte_fallback=True, unk_token="[UNK]"))
        fast.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        fast.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
        places = [f"<0x{value:02X}>" for value in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=380, special_tokens=[*names, *places])
    trainer.show_progress = False
    fast.train_from_iterator(TAUGHT, trainer)
    state = json.loads(fast.to_str())
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in names]
    fast = Tokenizer.from_str(json.dumps(state))
    return PreTrainedTokenizerFast(tokenizer_object=fast, **marks)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
def test_words_read_their_text_with_each_character_once(kind, text):
    axis = tokens(reader(kind), text, None, 512).axis
    shown = "".join(without_spaces(word) for word in axis.words().labels if word != "▁")
    if kind in ("word pieces", "unigram"):  # a normalizer may drop characters, and none comes twice
        left = iter(without_spaces(text))
        assert all(character in left for character in shown)
    else:
        assert shown == without_spaces(text)


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS, seed=st.integers(0, 9))
def test_joining_pieces_to_words_keeps_every_rows_sum(kind, text, seed):
    axis = tokens(reader(kind), text, None, 512).axis
    if not len(axis):
        return
    rows = np.random.default_rng(seed).random((1, 1, len(axis), len(axis)))
    joined = Trace("encoder", axis, axis, rows / rows.sum(-1, keepdims=True)).by_words()
    np.testing.assert_allclose(joined.weights.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(axis.membership().sum(0), 1)
    assert (axis.membership().sum(1) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
def test_what_is_said_in_pieces_has_the_words_of_its_text(kind, text):
    ids = list(tokens(reader(kind), text, None, 512).ids)
    entries, axis = Entries(reader(kind)), tokens_of(reader(kind), ids).axis
    read, _ = entries.spans(ids)
    plain = "".join(w for w, mark in zip(axis.words().labels, axis.words().special, strict=True) if not mark)
    if not any(token in ("[UNK]", "[MASK]") for token in axis.tokens):
        assert without_spaces(plain.replace("▁", "")) == without_spaces(read)


@pytest.mark.parametrize("kind", ["bytes", "byte fallback", "ours"])
def test_words_of_byte_pieces_are_those_that_were_typed(kind):
    found = tokens(reader(kind), ODD, None, 512).axis
    assert [word for word in found.words().labels if word != "▁"] == words(ODD)
    assert len(found) > len(found.words())
    assert tokens_of(reader(kind), found.ids).axis.words().labels == found.words().labels


def test_a_byte_that_is_no_character_is_labelled_by_its_digits():
    axis = tokens(reader("bytes"), "Ж", None, 9).axis
    assert axis.labels == ("<D0>", "<96>") and axis.words().labels == ("Ж",)


def test_pieces_are_labelled_as_the_vocabulary_has_them_and_words_as_they_were_typed():
    axis = tokens(reader("word pieces"), "Café 😀 naïvest", None, 64).axis
    assert axis.tokens[0] == "cafe"[: len(axis.tokens[0])]
    assert "[UNK]" in axis.labels
    assert axis.words().labels == ("Café", "😀", "naïvest")
    assert list(axis.ids) == reader("word pieces")("Café 😀 naïvest")["input_ids"]
    again = tokens(reader("word pieces"), "filmnaive", None, 64).axis
    assert any(label.startswith("##") for label in again.labels)


def test_a_special_token_is_one_whoever_wrote_it_and_a_mask_and_an_unknown_word_are_none():
    axis = tokens(reader("word pieces"), "naive [SEP] [MASK] 😀", None, 64).axis
    marked = dict(zip(axis.labels, axis.special, strict=True))
    assert marked["[SEP]"] and not marked["[MASK]"] and not marked["[UNK]"]


def test_signs_that_one_piece_holds_are_one_word():
    axis = tokens(reader("bytes"), "It ... film", None, 64).axis
    assert "..." in axis.words().labels


def test_a_place_without_characters_goes_with_the_word_after_it():
    found = belonging("ab cd", ["▁", "ab", "x", "cd", "y"], [(0, 0), (0, 2), (3, 3), (3, 5), (5, 5)])
    assert found == ((0, 0, 1, 1, 1), ("ab", "cd"), ())
    assert belonging("", ["▁"], [(0, 0)]) == ((0,), ("▁",), ())


@given(st.text("我不喜欢黑色的猫ab ", min_size=1, max_size=20), st.data())
def test_pieces_cut_anywhere_belong_to_words_in_proportion(text, data):
    inner = data.draw(st.sets(st.integers(1, len(text)), max_size=6))
    cuts = sorted({0, *inner, len(text)})
    spans = list(pairwise(cuts))
    found = belonging(text, [text[a:b] for a, b in spans], spans)
    axis = Axis(tuple("x" * len(spans)), special=(False,) * len(spans), **found._asdict())
    sizes = [len(without_spaces(text[a:b])) for a, b in spans]
    if text.strip():
        assert list(found.names) == words(text)
        np.testing.assert_allclose(axis.membership() @ sizes, [len(word) for word in found.names])


def test_which_scripts_nothing_here_can_cut_is_told():
    assert unparted("猫が好き") and unparted("ผมชอบ") and unparted("ខ្មែរ")
    assert not unparted("我喜欢 iPhone") and not unparted("한국어 naïve")
