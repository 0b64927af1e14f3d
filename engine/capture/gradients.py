"""Attention weighed by its gradient, followed through all layers.

Chefer, Gur & Wolf 2021, "Generic Attention-model Explainability", section 3, arXiv:2103.15679: of every layer
Ā = mean over heads of (∇A ⊙ A)⁺ (equation 5), and relevances R, at first the identity, grow by Ā R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from engine.capture.attended import Site
from engine.capture.request import ModelInput


@dataclass(frozen=True, eq=False)
class Weighed:
    """One layer's Ā."""

    site: Site
    table: Float[Tensor, "query key"]


@dataclass(frozen=True, eq=False)
class Relevance:
    """How much each input position mattered for each position: of the text, of the answer so far, and between."""

    encoder: Float[Tensor, "source source"] | None
    decoder: Float[Tensor, "target target"] | None
    cross: Float[Tensor, "target source"] | None


def number(output: Any, read: ModelInput, of: int | None) -> Float[Tensor, ""] | None:
    """The number whose gradient is taken: of a label its score, of a token ln p; None where there is no answer."""
    logits = getattr(output, "logits", None)
    if logits is None or (logits.ndim == 3 and read.answer is None):
        return None
    if logits.ndim == 2:
        return logits[0, int(logits[0].argmax()) if of is None else of]
    answer = read.answer
    assert answer is not None
    shift = 0 if "decoder_input_ids" in read.tensors else 1
    place = len(answer) - 1 - shift if of is None else of
    return logits[0, place].float().log_softmax(-1)[answer.ids[place + shift]]


def weighed(
    sites: Sequence[Site],
    weights: Sequence[Tensor],
    wanted: Float[Tensor, ""],
) -> list[Weighed]:
    """Ā of every layer, in the order of the forward pass, for the number `wanted`.

    `weights` are [head, query, key], of other lengths on either side of an encoder–decoder.
    """
    gradients = torch.autograd.grad(wanted, list(weights), allow_unused=True)
    layers = []
    for site, table, gradient in zip(sites, weights, gradients, strict=True):
        slope = torch.zeros_like(table) if gradient is None else gradient
        layers.append(Weighed(site, (slope * table).clamp(min=0).mean(0).detach().float()))
    return layers


def relevance(layers: Sequence[Weighed]) -> Relevance:
    """Equations 6 and 7 within a side, and 8 to 11 between the two sides of an encoder–decoder."""
    tables: dict[str, Tensor] = {}
    for layer in layers:
        kind, step = layer.site.kind, layer.table
        if kind == "cross":
            _cross(tables, step)
            continue
        own = tables.get(kind, torch.eye(len(step), device=step.device))
        if "cross" in tables:
            tables["cross"] = tables["cross"] + step @ tables["cross"]
        tables[kind] = own + step @ own
    return Relevance(tables.get("encoder"), tables.get("decoder"), tables.get("cross"))


def _cross(tables: dict[str, Tensor], step: Float[Tensor, "target source"]) -> None:
    decoder, encoder = _normalised(tables["decoder"]), _normalised(tables["encoder"])
    tables["cross"] = tables.get("cross", torch.zeros_like(step)) + decoder.T @ step @ encoder


def _normalised(table: Float[Tensor, "position position"]) -> Float[Tensor, "position position"]:
    """What attention added to the identity, each row made to sum to 1, and the identity again (equations 8 and 9)."""
    identity = torch.eye(len(table), device=table.device)
    added = table - identity
    total = added.sum(-1, keepdim=True)
    return torch.where(total > 0, added / total.clamp(min=1e-30), torch.zeros_like(added)) + identity
