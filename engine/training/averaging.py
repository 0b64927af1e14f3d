"""The mean of the weights at the last validations (Vaswani et al. 2017, section 6.1, do so with checkpoints)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

PREFIX = "last"
Weights = dict[str, Tensor]


class LastWeights:
    """The weights at up to `most` validations, the oldest first; none are held where fewer than two would be."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: list[Weights] = []

    def __len__(self) -> int:
        return len(self._held)

    def add(self, weights: Weights) -> None:
        """Hold a copy that nobody changes, and let go of the oldest where there are too many."""
        if self.most > 1:
            self._held = [*self._held, weights][-self.most :]

    def mean(self) -> Weights:
        """Of all that are held, in the type of each tensor; whole numbers are those of the newest."""
        newest = self._held[-1]
        return {
            name: torch.stack([weights[name] for weights in self._held]).mean(0)
            if tensor.is_floating_point()
            else tensor
            for name, tensor in newest.items()
        }

    def tensors(self) -> Weights:
        """All of them under names of their own, for a checkpoint."""
        return {f"{PREFIX}.{place}.{name}": t for place, held in enumerate(self._held) for name, t in held.items()}

    def restore(self, tensors: Mapping[str, Tensor], shapes: Mapping[str, torch.Size]) -> None:
        """As `tensors` gave them. Raises ValueError for those of another model, or too many."""
        places: dict[int, Weights] = {}
        for name, tensor in tensors.items():
            if name.startswith(f"{PREFIX}."):
                _, place, own = name.split(".", 2)
                places.setdefault(int(place), {})[own] = tensor
        held = [places[place] for place in sorted(places)]
        if len(held) > self.most or any({n: t.shape for n, t in each.items()} != dict(shapes) for each in held):
            raise ValueError("it lacks the weights of the last validations")
        self._held = held
