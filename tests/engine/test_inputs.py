"""A text as a Transformer's positions: what each reads, and that words are those which Translate shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.capture.inputs import before, tokens, tokens_of, translated
from engine.inference.transformer import Request, Transformer
from engine.inference.translator import Translator
from engine.models.transformer.translator import TransformerConfig, TransformerTranslator, fast_tokenizer
from engine.store.catalogue import ModelInfo
from engine.text.tokenizer import START, START_ID, words
from tests import tiny_attention
from tests.engine.test_tokenizer import TYPED

TEXTS = (*TYPED[:9], "我喜欢骑马。", "我 喜欢 iPhone 12。", "猫 <s>")
LIMIT = 512


@pytest.mark.parametrize("text", TEXTS)
def test_a_translators_text_has_the_words_of_translate(tokenizer, text):
    found = translated(fast_tokenizer(tokenizer), text, LIMIT)
    expected = tokenizer.encode(text)
    assert (found.ids, found.axis) == (expected.ids, expected.axis)


@given(st.lists(st.integers(0, 159), min_size=1, max_size=30))
def test_whatever_a_translator_says_has_the_words_of_translate(tokenizer, ids):
    ids = [i for i in ids if i < len(tokenizer)]
    found, expected = tokens_of(fast_tokenizer(tokenizer), ids).axis, tokenizer.axis(ids)
    assert (found.labels, found.groups) == (expected.labels, expected.groups)


def test_articles_elisions_and_signs_of_an_answer_are_words_of_their_own(tokenizer):
    fast = fast_tokenizer(tokenizer)
    text = "Qu'est-ce que c'est ? C'est l'été."
    assert tokens_of(fast, tokenizer.encode(text).ids).axis.words().labels[:-1] == tuple(words(text))


def test_a_decoder_is_given_its_start_and_then_the_words_it_says(tokenizer):
    fast = fast_tokenizer(tokenizer)
    target = translated(fast, "C'est l'été.", LIMIT)
    given = before(fast, START_ID, target)
    assert given.ids == (START_ID, *target.ids[:-1])
    assert given.axis.words().labels == (START, "C'", "est", "l'", "été", ".")
    assert given.axis.special == (True, *(False for _ in target.ids[:-1]))


def test_a_space_that_nobody_typed_reads_no_character(tokenizer):
    fast = fast_tokenizer(tokenizer)
    for found in (tokens(fast, "猫", None, LIMIT), translated(fast, "猫", LIMIT)):
        assert found.axis.labels == ("▁", "<unk>", "</s>")
        assert found.axis.words().labels == ("猫", "</s>")


@pytest.mark.parametrize("text", ["naïve café", "👍🏽 yes", "Ж"])
def test_pieces_that_share_a_character_stay_in_one_word(text):
    pieces = tiny_attention.tokenizer()
    ids = pieces(text, add_special_tokens=False)["input_ids"]
    assert len(ids) > len(text.split())
    assert len(tokens_of(pieces, ids).axis.words()) == len(text.split())


def test_a_text_that_is_cut_says_where(tokenizer):
    fast = fast_tokenizer(tokenizer)
    assert translated(fast, "horse " * 20, 9).cut == len(translated(fast, "horse " * 20, 9)) == 9
    assert translated(fast, "horse", LIMIT).cut is None


def test_both_pages_show_one_pair_over_the_same_words(tokenizer):
    torch.manual_seed(1)
    model = TransformerTranslator.new(TransformerConfig(len(tokenizer), size=16, inner=24, layers=2, heads=2)).eval()
    info = ModelInfo(
        "translation/tiny", "translation", "en", "fr", Path("nowhere"), {"weights_sha256": "0"}, None, None
    )
    text, pair = "Two women aren't reading, are they?", "Deux femmes ne lisent pas, n'est-ce pas ?"
    trace = Translator(info, model, tokenizer).translate(text, target=pair).trace.by_words()
    looked = Transformer(info, model.net, fast_tokenizer(tokenizer)).look(Request(text, pair))
    cross = looked.overview("cross")
    assert (cross.queries.words(), cross.keys.words()) == (trace.queries, trace.keys)
    assert looked.overview("encoder").queries.words() == trace.keys
    assert looked.overview("decoder").queries.words().labels[1:] == trace.queries.labels[:-1]
