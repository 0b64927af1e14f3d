"""Attention that chooses one place, as the draws that it stands for: where it might have looked instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from engine.attention import Mechanism
from engine.attention.windows import masked
from engine.traces import Trace

DRAWS = 20
SEED = 1


@dataclass(frozen=True, eq=False)
class Drawn:
    """At each step of an output, how likely each place is the one looked at, and which places so many draws took.

    The output is given, and so is where the model looked at the steps before: each step is drawn by itself.
    """

    shares: Float[np.ndarray, "target source"]
    places: Int[np.ndarray, "draw target"]

    def frequencies(self) -> Float[np.ndarray, "target source"]:
        """The share of the draws that took each place."""
        columns = np.arange(self.shares.shape[1])
        return np.asarray((self.places[..., None] == columns).mean(0))

    def differ(self) -> float:
        """How often two draws of the same step took different places, on the mean of all steps."""
        count = len(self.places)
        alike = np.square(self.frequencies() * count).sum(1) - count
        return float((1 - alike / (count * (count - 1))).mean())


def drawn(mechanism: Mechanism, trace: Trace, count: int = DRAWS, seed: int = SEED) -> Drawn:
    """Draws from the probabilities with which places are drawn in training, or by which outputs are mixed.

    `trace` is of `mechanism`, whose selection chooses. The same seed draws the same places.
    """
    shares = trace.matrix().astype(np.float64) if mechanism.selection.mixes else _shares(mechanism, trace)
    shares = shares / shares.sum(1, keepdims=True)
    dice = np.random.default_rng(seed)
    places = np.stack([dice.choice(shares.shape[1], size=count, p=row) for row in shares], 1)
    return Drawn(shares, places.astype(np.int64))


@torch.inference_mode()
def _shares(mechanism: Mechanism, trace: Trace) -> Float[np.ndarray, "target source"]:
    """The soft shares of the scores that the window lets through; it lies where it lay in the trace."""
    if trace.scores is None:
        raise ValueError("draws need the scores, and this trace holds none")
    scores = torch.tensor(trace.scores[0])
    present = torch.ones(1, scores.shape[-1], dtype=torch.bool)
    centre = None if trace.centre is None else torch.tensor(trace.centre[0])
    # A window whose place is known does not ask the query for it, and one without a place asks nothing.
    query = torch.zeros(1, scores.shape[1], 1)
    view = mechanism.view(query, torch.arange(scores.shape[1]), present, centre)
    logs = masked(scores if view.favour is None else scores + view.favour, view)
    return np.asarray(logs.double().softmax(-1)[0])
