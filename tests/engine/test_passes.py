"""A GRU's pass with its written gradient, against what automatic differentiation makes of the same steps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.models.recurrent.cells import GRU, Cell
from engine.models.recurrent.gru_pass import GRUPass

sizes = st.integers(1, 5)


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


@given(steps=sizes, cells=sizes, batch=sizes, hidden=sizes)
def test_outputs_and_gradients_are_those_of_the_steps(steps: int, cells: int, batch: int, hidden: int) -> None:
    torch.manual_seed(steps)
    known, weight = numbers(steps, cells, batch, 3 * hidden), numbers(cells, hidden, 3 * hidden)
    cell = GRU(1, 0, hidden)
    ours, wanted = cell.run(known, weight), Cell.run(cell, known, weight)
    torch.testing.assert_close(ours, wanted)
    into = torch.randn_like(wanted)
    for got, right in zip(*(torch.autograd.grad(one, (known, weight), into) for one in (ours, wanted)), strict=True):
        torch.testing.assert_close(got, right)


def test_the_gradient_is_the_slope() -> None:
    torch.manual_seed(0)
    assert torch.autograd.gradcheck(GRUPass.apply, (numbers(3, 2, 2, 6), numbers(2, 2, 6)))


@pytest.mark.parametrize("frozen", [0, 1])
def test_either_side_may_stand_still(frozen: int) -> None:
    torch.manual_seed(0)
    given_ = [numbers(3, 2, 2, 6), numbers(2, 2, 6)]
    both = torch.autograd.grad(GRUPass.apply(*given_).sum(), given_)
    given_[frozen] = given_[frozen].detach()
    moving = given_[1 - frozen]
    torch.testing.assert_close(torch.autograd.grad(GRU(1, 0, 2).run(*given_).sum(), moving)[0], both[1 - frozen])
