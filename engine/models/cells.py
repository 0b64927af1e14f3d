"""Recurrent cells in few fused operations, with the part of the input that is known ahead computed ahead."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

State = tuple[Float[Tensor, "batch hidden"], ...]


class Cell(nn.Module):
    """One step of a recurrence whose input is a known part, projected for all steps at once, and a late part.

    `gates` counts the blocks of the input projection; `state` how many tensors a state holds, the output first.
    """

    gates: int
    state: int

    def __init__(self, input_size: int, late_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        bound = 1 / math.sqrt(hidden_size)
        rows = self.gates * hidden_size
        self.input = nn.Linear(input_size, rows)
        self.late = nn.Parameter(torch.empty(late_size, rows).uniform_(-bound, bound)) if late_size else None
        self.hidden = nn.Parameter(torch.empty(hidden_size, rows).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(rows))
        nn.init.uniform_(self.input.weight, -bound, bound)
        nn.init.zeros_(self.input.bias)

    def step(
        self, known: Float[Tensor, "batch rows"], late: Float[Tensor, "batch late_size"] | None, state: State
    ) -> State:
        """`known` is `self.input` of this step's known input."""
        if late is not None and self.late is not None:
            known = torch.addmm(known, late, self.late.to(late.dtype))
        return self.move(known, torch.addmm(self.bias, state[0], self.hidden), state)

    def move(self, given: Float[Tensor, "batch rows"], own: Float[Tensor, "batch rows"], state: State) -> State:
        raise NotImplementedError(f"{type(self).__name__} must say how its state moves on")


class GRU(Cell):
    """Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product, as cuDNN has it."""

    gates, state = 3, 1

    def move(self, given: Float[Tensor, "batch rows"], own: Float[Tensor, "batch rows"], state: State) -> State:
        size = self.hidden_size
        reset, update = torch.sigmoid(given[:, : 2 * size] + own[:, : 2 * size]).chunk(2, 1)
        new = torch.tanh(torch.addcmul(given[:, 2 * size :], reset, own[:, 2 * size :]))
        return (torch.lerp(new, state[0].to(new.dtype), update),)


class LSTM(Cell):
    """Hochreiter & Schmidhuber 1997 with a forget gate (Gers et al. 2000)."""

    gates, state = 4, 2

    def move(self, given: Float[Tensor, "batch rows"], own: Float[Tensor, "batch rows"], state: State) -> State:
        gates = given + own
        size = self.hidden_size
        enter, forget, out = torch.sigmoid(gates[:, : 3 * size]).chunk(3, 1)
        memory = forget * state[1] + enter * torch.tanh(gates[:, 3 * size :])
        return out * torch.tanh(memory), memory


CELLS: dict[str, type[Cell]] = {"gru": GRU, "lstm": LSTM}
