"""The quick way to the likeliest piece against the plain one: the largest of all scores in full."""

from __future__ import annotations

import pytest
import torch

from engine.decoding import argmax
from engine.decoding.argmax import Likeliest
from engine.decoding.contract import MARKS
from engine.decoding.greedy import greedy, greedy_one
from engine.inference import load
from webapp.examples.sentences import EXAMPLES

SIZE, PIECES = 48, 700
CPU = torch.device("cpu")


def plain(weight: torch.Tensor, bias: torch.Tensor, read: torch.Tensor) -> int:
    scores = weight.double() @ read.double() + bias.double()
    scores[list(MARKS.banned)] = -torch.inf
    return int(scores.argmax())


@pytest.fixture(params=[True, False], ids=["bytes", "no bytes"], autouse=True)
def machine(request, monkeypatch):
    """One that multiplies bytes exactly, as far as this one does, and one that does not."""
    if not request.param:
        monkeypatch.setattr(argmax, "_exact", lambda: False)


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_piece_of_the_largest_score(seed, spread):
    torch.manual_seed(seed)
    weight, bias = torch.randn(PIECES, SIZE) * torch.rand(PIECES, 1), torch.randn(PIECES) * spread
    chosen = Likeliest(weight, bias)
    for read in torch.tanh(torch.randn(40, SIZE) * spread):
        assert chosen(read) == plain(weight, bias, read)


def test_pieces_closer_together_than_a_byte_can_tell_are_told_apart():
    torch.manual_seed(0)
    weight = torch.randn(1, SIZE) + torch.randn(PIECES, SIZE) * 1e-4
    chosen = Likeliest(weight, torch.zeros(PIECES))
    for read in torch.randn(40, SIZE):
        assert chosen(read) == plain(weight, torch.zeros(PIECES), read)


def test_a_piece_that_is_never_given_out_is_not_chosen():
    weight = torch.zeros(PIECES, SIZE)
    weight[list(MARKS.banned)] = 5.0
    assert Likeliest(weight, torch.zeros(PIECES))(torch.ones(SIZE)) not in MARKS.banned


def test_a_read_of_nothing_leaves_the_bias_to_decide():
    bias = torch.linspace(0, 1, PIECES)
    assert Likeliest(torch.randn(PIECES, SIZE), bias)(torch.zeros(SIZE)) == PIECES - 1


def test_numbers_that_overflow_are_left_to_the_plain_way():
    read = torch.ones(SIZE)
    read[0] = torch.inf
    weight = torch.rand(PIECES, SIZE) + 1
    assert 0 <= Likeliest(weight, torch.zeros(PIECES))(read) < PIECES


@pytest.mark.parametrize("name", ["en-fr-additive", "en-fr-dot", "en-fr-transformer", "fr-en-additive"])
def test_trained_models_write_what_they_write_when_all_scores_are_computed(name):
    translator = load.model(f"translation/{name}", "cpu")
    for text in EXAMPLES[name[:2]]:
        source = translator.tokenizer.encode(text).ids
        one = greedy_one(translator.model, source, Likeliest.of(translator.model), device=CPU)
        whole = greedy(translator.model, [source], device=CPU)[0]
        assert (one.ids, one.finished) == (whole.ids, whole.finished)
