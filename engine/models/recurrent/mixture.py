"""Attention to one word that nobody names: what follows from each is worked out, and the probabilities are averaged.

Deng, Kim, Chiu, Guo & Rush 2018, arXiv:1807.03756, with the sum over all positions worked out exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from engine.attention.imposed import Imposed
from engine.models.recurrent.cells import State
from engine.models.recurrent.seq2seq import Decoded, Memory, Seq2Seq

NUMBERS = 1 << 24
"""How many logits are held at a time."""


class MixtureSeq2Seq(Seq2Seq):
    """`read` holds, for each key, what `Seq2Seq` has for all of them together, and behind it the logarithm of the key's
    weight: [batch, target, source, embedding + 1]."""

    def logits(self, read: Float[Tensor, "*any source embedding_1"]) -> Float[Tensor, "*any vocabulary"]:
        """The logarithms of the mixed probabilities."""
        rows = read.flatten(0, -3)
        size = max(1, NUMBERS // (rows.shape[1] * len(self.bias)))
        mixed = [self._mixed(part) for part in rows.split(size)] or [rows.new_empty(0, len(self.bias))]
        return torch.cat(mixed).view(*read.shape[:-2], len(self.bias))

    def likeliest(self, banned: Sequence[int]) -> Likeliest:
        return Likeliest(self, banned)

    def _mixed(self, read: Float[Tensor, "row source embedding_1"]) -> Float[Tensor, "row vocabulary"]:
        logs = super().logits(read[..., :-1]).float().log_softmax(-1)
        return (logs + read[..., -1:]).logsumexp(1)

    def _attend_after(
        self, memory: Memory, state: State, embedded: Tensor, steps: Tensor, imposed: Imposed | None
    ) -> Decoded:
        """Nothing is `imposed` here, where weights sum up no values: see `imposable`."""
        query, state = self._states(state, self.cell.input(embedded))
        attended = self.attention(query, memory.values, memory.projected, memory.present, steps)
        own, keys = self.attentional.weight.split([query.shape[-1], memory.values.shape[-1]], 1)
        # What the attentional layer makes of [state; key], the part of each key made once for the whole sentence.
        both = (query @ own.T).unsqueeze(2) + (memory.values @ keys.T).unsqueeze(1)
        apart = self._read(torch.tanh(both))
        logs = attended.weights.clamp_min(torch.finfo(torch.float32).tiny).log()
        logs = logs.masked_fill(attended.weights == 0, -torch.inf).unsqueeze(-1)
        return Decoded.of(torch.cat([apart.float(), logs], -1), attended, state)


class Likeliest:
    """The likeliest piece after what was read at one step, those of `banned` left out."""

    def __init__(self, model: MixtureSeq2Seq, banned: Sequence[int]) -> None:
        self.model, self.banned = model, torch.tensor(banned, device=model.bias.device)

    def __call__(self, read: Float[Tensor, "source embedding_1"]) -> int:
        logs = self.model.logits(read.unsqueeze(0))[0]
        return int(logs.index_fill(0, self.banned, -torch.inf).argmax())
