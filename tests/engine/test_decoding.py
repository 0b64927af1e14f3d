"""Greedy and beam search against searches that try everything, and against the model's own probabilities."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import pytest
import torch

from engine.decoding.beam import beam_search
from engine.decoding.contract import MARKS, Decodable, length_penalty, limit, take
from engine.decoding.forced import CELLS, FEWEST, batches, logprobs
from engine.decoding.greedy import greedy
from engine.text.padding import padded

CPU = torch.device("cpu")
SOURCES = [[5, 6, 3], [4, 3], [7, 7, 8, 9, 10, 3], [11, 5, 3], [6, 3]]
VARIANTS = [
    {"placement": "before"},
    {"placement": "before", "cell": "lstm"},
    {"placement": "after"},
    {"placement": "after", "feeding": True},
]


class Both(NamedTuple):
    left: torch.Tensor
    right: tuple[torch.Tensor, ...]


@pytest.fixture(params=VARIANTS, ids=lambda variant: "-".join(map(str, variant.values())))
def model(make_model, request):
    return make_model(**request.param)


def test_the_recurrent_model_fulfils_the_contract(model):
    assert isinstance(model, Decodable)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_beam_of_full_width_finds_what_exhaustive_search_finds(make_model, monkeypatch, seed, alpha):
    most = 4
    monkeypatch.setattr("engine.decoding.beam.limit", lambda source: most)
    model = make_model(6, seed=seed, placement="after" if seed % 2 else "before")
    source = [4, 5, 5, 3]
    outputs = [(*body, MARKS.end) for size in range(most) for body in product((4, 5), repeat=size)]
    found = logprobs(model, [(source, output) for output in outputs], CPU)
    scores = {o: float(p.sum()) / length_penalty(len(o), alpha) for o, p in zip(outputs, found, strict=True)}
    best = beam_search(model, [source], len(outputs), alpha=alpha, device=CPU)[0]
    assert [one.ids for one in best] == sorted(outputs, key=lambda o: -scores[o])
    assert [one.score for one in best] == pytest.approx(sorted(scores.values(), reverse=True), abs=1e-4)


def test_a_beam_of_one_is_greedy(model):
    one = greedy(model, SOURCES, device=CPU)
    for found, (other,) in zip(one, beam_search(model, SOURCES, 1, device=CPU), strict=True):
        assert found.ids == other.ids and found.finished == other.finished
        assert found.logprob == pytest.approx(other.logprob, abs=1e-4)


@pytest.mark.parametrize("width", [1, 4])
def test_a_batch_gives_what_each_alone_gives(model, width):
    together = beam_search(model, SOURCES, width, device=CPU)
    for source, found in zip(SOURCES, together, strict=True):
        (alone,) = beam_search(model, [source], width, device=CPU)
        assert [one.ids for one in found] == [one.ids for one in alone]
        assert [one.score for one in found] == pytest.approx([one.score for one in alone], abs=1e-4)


def test_greedy_in_a_batch_gives_what_each_alone_gives(model):
    together = greedy(model, SOURCES, device=CPU)
    assert [one.ids for one in together] == [greedy(model, [source], device=CPU)[0].ids for source in SOURCES]


@pytest.mark.parametrize("width", [1, 3])
def test_a_search_reports_the_probability_that_the_model_gives_when_told_to_say_the_same(model, width):
    for source, found in zip(SOURCES, beam_search(model, SOURCES, width, device=CPU), strict=True):
        for one in found:
            told = float(logprobs(model, [(source, one.ids)], CPU)[0].sum())
            assert one.logprob == pytest.approx(told, abs=1e-4)
            assert one.score == pytest.approx(told / length_penalty(len(one.ids), 1.0), abs=1e-4)


def test_a_wider_beam_holds_no_output_twice_and_the_best_comes_first(model):
    for found in beam_search(model, SOURCES, 5, device=CPU):
        assert len({one.ids for one in found}) == len(found) >= 5
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize("width", [1, 3])
def test_what_is_no_word_is_never_given_out(make_model, width):
    model = make_model()
    with torch.no_grad():
        model.bias[list(MARKS.banned)] = 20.0
    for found in [*beam_search(model, SOURCES, width, device=CPU), greedy(model, SOURCES, device=CPU)]:
        assert all(set(one.ids).isdisjoint(MARKS.banned) for one in found)


@pytest.mark.parametrize("width", [1, 3])
def test_an_output_without_end_is_ended_at_the_limit_and_says_so(make_model, width):
    model = make_model()
    with torch.no_grad():
        model.bias[MARKS.end] = -50.0
    outputs = [found[0] for found in beam_search(model, SOURCES, width, device=CPU)] + greedy(
        model, SOURCES, device=CPU
    )
    for source, one in zip(SOURCES * 2, outputs, strict=True):
        assert len(one.ids) == limit(len(source) - 1)
        assert one.ids[-1] == MARKS.end and MARKS.end not in one.ids[:-1]
        assert not one.finished


def test_an_output_that_ends_by_itself_is_finished(make_model):
    model = make_model()
    with torch.no_grad():
        model.bias[MARKS.end] = 50.0
    assert [(one.ids, one.finished) for one in greedy(model, SOURCES, device=CPU)] == [((MARKS.end,), True)] * 5


@pytest.mark.parametrize(("source", "most"), [(1, 20), (5, 20), (6, 22), (100, 210)])
def test_the_limit_is_twice_the_source_and_ten_but_at_least_twenty(source, most):
    assert limit(source) == most


def test_the_length_penalty_is_that_of_wu_et_al():
    assert length_penalty(1, 0.6) == 1
    assert length_penalty(7, 1.0) == 2
    assert length_penalty(19, 0.5) == 2
    assert length_penalty(100, 0.0) == 1


def test_a_long_output_wins_only_with_a_length_penalty():
    # One sum of -3 over 13 pieces, one of -2 over 1: bare sums prefer the short one, penalised ones the long one.
    assert -3 < -2
    assert -3 / length_penalty(13, 1.0) > -2 / length_penalty(1, 1.0)


def test_nothing_in_gives_nothing_out(model):
    assert greedy(model, [], device=CPU) == [] == beam_search(model, [], 3, device=CPU)


def test_rows_of_nested_tuples_are_taken_in_the_order_asked_for():
    tree = (torch.arange(3), Both(torch.arange(6).view(3, 2), (torch.arange(3) * 10,)))
    first, second = take(tree, torch.tensor([2, 0, 0]))
    assert first.tolist() == [2, 0, 0]
    assert isinstance(second, Both)
    assert second.left.tolist() == [[4, 5], [0, 1], [0, 1]] and second.right[0].tolist() == [20, 0, 0]
    with pytest.raises(TypeError, match="got list"):
        take([1], torch.tensor([0]))


def test_batches_hold_each_pair_once_and_not_too_much():
    pairs = [([1] * (1 + i % 37), [1] * (1 + i % 53)) for i in range(700)]
    groups = list(batches(pairs))
    assert sorted(i for group in groups for i in group) == list(range(700))
    for group in groups:
        sources, targets = (max(len(pairs[i][side]) for i in group) for side in (0, 1))
        assert len(group) <= FEWEST or len(group) * sources * targets <= CELLS
    assert len(groups) < 80


def test_padding_stands_behind_the_words():
    table, present = padded([[5, 6], [7]], CPU)
    assert table.tolist() == [[5, 6], [7, 0]]
    assert present.tolist() == [[True, True], [True, False]]
