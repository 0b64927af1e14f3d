"""Encoders: layers that read a source in both directions or ahead alone, and the summary they leave of it."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from engine.models.recurrent.bidirectional import Bidirectional
from engine.models.recurrent.cells import CELLS, Cell, State
from engine.models.recurrent.shared_matrix import SharedMatrix

Direction = Literal["both", "forward"]


class Encoder(nn.Module):
    """Recurrent layers, each over the outputs of the one below. The summary of a sentence is a state of the topmost:

    with `direction` "both" the backward state at the first word, with "forward" the last one, which has read all words.
    """

    def __init__(
        self, cell: str, input_size: int, hidden_size: int, summary_size: int, direction: Direction, layers: int
    ) -> None:
        super().__init__()
        both = direction == "both"
        make, size = CELLS[cell], hidden_size * (1 + both)
        self.ahead: Cell = make(input_size, 0, hidden_size)
        self.back: Cell | None = make(input_size, 0, hidden_size) if both else None
        self.start = nn.Linear(hidden_size, summary_size)
        upper = Bidirectional if both else Ahead
        self.above = nn.ModuleList(upper(cell, size, hidden_size) for _ in range(layers - 1))

    def forward(
        self, embedded: Float[Tensor, "batch source embedding"], present: Bool[Tensor, "batch source"]
    ) -> tuple[Float[Tensor, "batch source keys"], Float[Tensor, "batch summary"]]:
        """Keys for all words, and tanh(V h), where h is the state that sums the sentence up (Cho et al. 2014,
        appendix A.1, arXiv:1406.1078)."""
        keys = run_ahead(self.ahead, embedded) if self.back is None else self._both(self.back, embedded, present)
        for layer in self.above:
            keys = layer(keys, present)
        if self.back is None:
            last = present.sum(1) - 1
            summary = keys[torch.arange(len(keys), device=keys.device), last]
        else:
            summary = keys[:, 0, self.ahead.hidden_size :]
        return keys, torch.tanh(self.start(summary))

    def _both(self, backward: Cell, embedded: Tensor, present: Tensor) -> Tensor:
        """Both directions as one batch, the second over each sentence reversed."""
        lengths = present.sum(1)
        places = torch.arange(present.shape[1], device=present.device)
        # Each sentence reversed within its own length; padding stays where it is, behind the words, and is never read.
        mirror = torch.where(present, lengths.unsqueeze(1) - 1 - places, places)
        turned = embedded.gather(1, mirror.unsqueeze(-1).expand_as(embedded))
        known = torch.stack([self.ahead.input(embedded), backward.input(turned)])
        hidden = SharedMatrix(torch.stack([self.ahead.hidden, backward.hidden]), known.dtype)
        cell = self.ahead
        state: State = tuple(known.new_zeros(2, len(embedded), cell.hidden_size) for _ in range(cell.state))
        states = []
        for inputs in known.unbind(2):
            state = cell.move(inputs, hidden, state)
            states.append(state[0])
        ahead, back = torch.stack(states, 2)
        back = back.gather(1, mirror.unsqueeze(-1).expand_as(back))
        return torch.cat([ahead, back], -1)


class Ahead(nn.Module):
    """One cell that reads each sequence ahead."""

    def __init__(self, cell: str, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.ahead: Cell = CELLS[cell](input_size, 0, hidden_size)

    def forward(
        self, inputs: Float[Tensor, "batch source input_size"], present: Bool[Tensor, "batch source"]
    ) -> Float[Tensor, "batch source hidden"]:
        """Outputs at all words. What stands at padding, behind the words, means nothing."""
        return run_ahead(self.ahead, inputs)


def run_ahead(cell: Cell, inputs: Float[Tensor, "batch source input_size"]) -> Float[Tensor, "batch source hidden"]:
    """A cell's outputs over whole sequences, from a state of zeros."""
    known = cell.input(inputs).transpose(0, 1).unsqueeze(1)
    return cell.run(known, cell.hidden.unsqueeze(0)).squeeze(1).transpose(0, 1)
