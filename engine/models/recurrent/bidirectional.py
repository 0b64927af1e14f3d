"""A recurrence in both directions over sequences of many lengths."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.models.recurrent.cells import CELLS, Cell


class Bidirectional(nn.Module):
    """Two cells, one reading each sequence ahead and one back; both run as one batch."""

    def __init__(self, cell: str, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.ahead: Cell = CELLS[cell](input_size, 0, hidden_size)
        self.back: Cell = CELLS[cell](input_size, 0, hidden_size)

    def forward(
        self, inputs: Float[Tensor, "batch source input_size"], present: Bool[Tensor, "batch source"]
    ) -> Float[Tensor, "batch source both"]:
        """Outputs of both directions side by side. What stands at padding, behind the words, means nothing."""
        return self.read(self.project(inputs[present]), numbered(present), present)

    def project(self, words: Float[Tensor, "word input_size"]) -> Float[Tensor, "both word rows"]:
        """What both cells make of words before they read them in order; for many sequences at once."""
        return torch.stack([self.ahead.input(words), self.back.input(words)])

    def read(
        self,
        known: Float[Tensor, "both word rows"],
        numbers: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"],
    ) -> Float[Tensor, "batch source both_hidden"]:
        """Outputs over the words that `numbers` names among the projected ones."""
        count, longest = numbers.shape
        # Each sequence reversed within its own length, so that padding is behind the words for both cells.
        mirror = mirrored(present)
        order = torch.stack([numbers.T, numbers.gather(1, mirror).T + known.shape[1]], 1)
        steps = known.flatten(0, 1).index_select(0, order.flatten()).view(longest, 2, count, -1)
        outputs = self.ahead.run(steps, torch.stack([self.ahead.hidden, self.back.hidden]))
        rows = torch.arange(count, device=known.device).unsqueeze(1)
        places = torch.arange(longest, device=known.device)
        back = torch.stack([places * 2 * count + rows, (mirror * 2 + 1) * count + rows], 2)
        return outputs.flatten(0, 2).index_select(0, back.flatten()).view(count, longest, -1)


def numbered(present: Bool[Tensor, "batch source"]) -> Int[Tensor, "batch source"]:
    """For each word its number among all of them in reading order; padding repeats some number."""
    return present.flatten().cumsum(0).view(present.shape).sub(1).clamp_min(0)


def mirrored(present: Bool[Tensor, "batch source"]) -> Int[Tensor, "batch source"]:
    """For each position the one that stands there once the sequence is reversed within its own length."""
    places = torch.arange(present.shape[1], device=present.device)
    return torch.where(present, present.sum(1, keepdim=True) - 1 - places, places)
