"""What mattered: each number against the model asked twice, with the word and without it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.decoding.contract import MARKS
from engine.decoding.effect import drops, without
from engine.decoding.forced import logprobs
from engine.traces import Axis, Effect

CPU = torch.device("cpu")
SOURCE = (5, 6, 7, 8, 3)
AXIS = Axis(("un", "able", "to", "go", "</s>"), (0, 0, 1, 2, 3), (False, False, False, False, True))
TARGET = (9, 10, 3)
VARIANTS = [{"placement": "before"}, {"placement": "after", "cell": "lstm"}, {"placement": "after", "feeding": True}]


@pytest.fixture(params=VARIANTS, ids=lambda variant: "-".join(map(str, variant.values())))
def model(make_model, request):
    return make_model(**request.param)


def asked(model, source):
    return logprobs(model, [(source, TARGET)], CPU)[0]


def test_a_word_is_taken_away_with_all_its_pieces():
    assert without(SOURCE, AXIS, 0) == (MARKS.unknown, MARKS.unknown, 7, 8, 3)
    assert without(SOURCE, AXIS, 1) == (5, 6, MARKS.unknown, 8, 3)


def test_each_number_is_the_fall_of_log_probability_when_the_word_goes(model):
    (found,) = drops(model, [(SOURCE, AXIS)], [TARGET], CPU)
    whole = asked(model, SOURCE)
    for word, columns in ((0, [0, 1]), (1, [2]), (2, [3])):
        fall = whole - asked(model, without(SOURCE, AXIS, word))
        for column in columns:
            np.testing.assert_allclose(found[:, column], fall, atol=1e-4)


def test_the_end_of_a_sentence_cannot_be_taken_away(model):
    (found,) = drops(model, [(SOURCE, AXIS)], [TARGET], CPU)
    assert (found[:, -1] == 0).all()


def test_a_word_that_is_unknown_already_has_no_effect(model):
    source = (5, 6, MARKS.unknown, 8, 3)
    (found,) = drops(model, [(source, AXIS)], [TARGET], CPU)
    np.testing.assert_allclose(found[:, 2], 0, atol=1e-5)


def test_many_pairs_at_once_give_what_each_alone_gives(model):
    short = Axis.of(("a", "</s>"), end=True)
    sources = [(SOURCE, AXIS), ((6, 3), short), (SOURCE, AXIS)]
    targets = [TARGET, (4, 4, 4, 4, 4, 4, 3), (3,)]
    together = drops(model, sources, targets, CPU)
    for source, target, found in zip(sources, targets, together, strict=True):
        (alone,) = drops(model, [source], [target], CPU)
        assert found.shape == (len(target), len(source[0]))
        np.testing.assert_allclose(found, alone, atol=1e-4)


def test_no_pairs_have_no_effects(model):
    assert drops(model, [], [], CPU) == []


def test_words_that_share_a_piece_go_together_and_share_out_the_fall(model):
    axis = Axis(("我不", "喜欢", "</s>"), (0, 2, 3), (False, False, True), shares=((0.25, 0.75), (1.0,), (1.0,)))
    source = (5, 6, 3)
    assert axis.units() == (0, 1, 2) and without(source, axis, 0) == (MARKS.unknown, 6, 3)
    (found,) = drops(model, [(source, axis)], [TARGET], CPU)
    words = Effect(Axis.of(("x", "y", "</s>"), end=True), axis, found).by_words()
    np.testing.assert_allclose(words.drops[:, :2], found[:, :1] * [0.25, 0.75], atol=1e-5)
    np.testing.assert_allclose(words.drops[:, 2], found[:, 1], atol=1e-5)
