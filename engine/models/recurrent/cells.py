"""Recurrent cells in few fused operations, with the part of the input that is known ahead computed ahead."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.models.recurrent.gru_pass import GRUPass
from engine.models.recurrent.shared_matrix import SharedMatrix

State = tuple[Float[Tensor, "*parts batch hidden"], ...]


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
        nn.init.uniform_(self.input.weight, -bound, bound)
        nn.init.zeros_(self.input.bias)

    def stepper(self, kind: torch.dtype) -> Stepper:
        """What moves a state on through all steps of one pass; `kind` is the type that products are made in."""
        late = SharedMatrix(self.late, kind) if self.late is not None else None
        return Stepper(self, SharedMatrix(self.hidden, kind), late)

    def move(self, inputs: Float[Tensor, "*parts batch rows"], hidden: SharedMatrix, state: State) -> State:
        raise NotImplementedError(f"{type(self).__name__} must say how its state moves on")

    def run(
        self, known: Float[Tensor, "step parts batch rows"], weight: Float[Tensor, "parts hidden rows"]
    ) -> Float[Tensor, "step parts batch hidden"]:
        """Outputs of all steps from a state of zeros; `weight` is the `hidden` of each of the cells side by side."""
        hidden = SharedMatrix(weight, known.dtype)
        state: State = tuple(known.new_zeros(*known.shape[1:-1], self.hidden_size) for _ in range(self.state))
        outputs = []
        for now in known.unbind(0):
            state = self.move(now, hidden, state)
            outputs.append(state[0])
        return torch.stack(outputs)


class Stepper:
    """A cell with its matrices made ready for one pass."""

    def __init__(self, cell: Cell, hidden: SharedMatrix, late: SharedMatrix | None) -> None:
        self.cell, self.hidden, self.late = cell, hidden, late

    def __call__(
        self, known: Float[Tensor, "batch rows"], late: Float[Tensor, "batch late_size"] | None, state: State
    ) -> State:
        """`known` is the cell's `input` of this step's known input."""
        if late is not None and self.late is not None:
            known = self.late.after(known, late)
        return self.cell.move(known, self.hidden, state)


class GRU(Cell):
    """Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product, as cuDNN has it."""

    gates, state = 3, 1

    def move(self, inputs: Float[Tensor, "*parts batch rows"], hidden: SharedMatrix, state: State) -> State:
        size = self.hidden_size
        # Parted by `split`, whose gradient is one joining; that of a slice is a table of zeros for each.
        given_gates, given_new = inputs.split([2 * size, size], -1)
        own_gates, own_new = hidden.after(None, state[0]).split([2 * size, size], -1)
        reset, update = torch.sigmoid(given_gates + own_gates).chunk(2, -1)
        new = torch.tanh(torch.addcmul(given_new, reset, own_new))
        return (torch.lerp(new, state[0], update),)

    def run(
        self, known: Float[Tensor, "step parts batch rows"], weight: Float[Tensor, "parts hidden rows"]
    ) -> Float[Tensor, "step parts batch hidden"]:
        if torch.is_grad_enabled() and (known.requires_grad or weight.requires_grad):
            outputs: Tensor = GRUPass.apply(known, weight.to(known.dtype))  # type: ignore[no-untyped-call]
            return outputs
        return super().run(known, weight)


class LSTM(Cell):
    """Hochreiter & Schmidhuber 1997 with a forget gate (Gers et al. 2000)."""

    gates, state = 4, 2

    def move(self, inputs: Float[Tensor, "*parts batch rows"], hidden: SharedMatrix, state: State) -> State:
        size = self.hidden_size
        gates, new = hidden.after(inputs, state[0]).split([3 * size, size], -1)
        enter, forget, out = torch.sigmoid(gates).chunk(3, -1)
        memory = forget * state[1] + enter * torch.tanh(new)
        return out * torch.tanh(memory), memory


CELLS: dict[str, type[Cell]] = {"gru": GRU, "lstm": LSTM}
