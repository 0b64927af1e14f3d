"""Dropout: how many numbers go, what becomes of the others, and that chance can be repeated."""

from __future__ import annotations

import math

import pytest
import torch

from engine.models.recurrent.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
def test_so_many_numbers_go_as_asked_and_the_others_are_divided_by_the_rest(p: float):
    torch.manual_seed(1)
    count = 400_000
    left = Dropout(p).train()(torch.ones(count))
    gone = (left == 0).sum().item()
    spread = math.sqrt(count * p * (1 - p))
    assert abs(gone - count * p) < 5 * spread
    assert torch.allclose(left[left != 0], torch.tensor(1 / (1 - p)), rtol=1e-4)


def test_neighbours_go_independently_also_those_of_one_draw():
    torch.manual_seed(2)
    gone = (Dropout(0.5).train()(torch.ones(100_000, 4)) == 0).double()
    assert (torch.corrcoef(gone.T) - torch.eye(4)).abs().max() < 0.02


def test_nothing_goes_once_a_model_has_learnt():
    given = torch.randn(3, 5)
    assert torch.equal(Dropout(0.5).eval()(given), given)
    assert torch.equal(Dropout(0.0).train()(given), given)


def test_all_goes_where_all_is_asked():
    assert not Dropout(1.0).train()(torch.ones(7)).any()


def test_the_gradient_passes_where_the_number_did_and_nowhere_else():
    torch.manual_seed(3)
    given = torch.ones(5, 7, requires_grad=True)
    left = Dropout(0.5).train()(given)
    left.sum().backward()
    assert given.grad is not None and torch.equal(given.grad, left.detach())


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 3, 5), (0, 4)])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_any_shape_and_type_stays_as_it_is(shape: tuple[int, ...], kind: torch.dtype):
    left = Dropout(0.5).train()(torch.ones(shape, dtype=kind).transpose(0, -1))
    assert left.shape == torch.ones(shape).transpose(0, -1).shape and left.dtype == kind


def test_the_same_seed_draws_the_same():
    drawn = []
    for _ in range(2):
        torch.manual_seed(4)
        drawn.append(Dropout(0.5).train()(torch.ones(1000)))
    assert torch.equal(*drawn)
