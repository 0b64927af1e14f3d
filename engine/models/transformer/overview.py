"""All heads at once, made small while the model runs, so that no whole set of weights is ever held."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from engine.models.transformer.edits import AttentionKind
from engine.models.transformer.squares import Squares
from engine.traces import Axis

TILE = 80
"""The most rows and columns of a tile."""

SELF = ("previous", "next", "same", "first", "separator", "rare")
CROSS = ("first", "separator", "rare")


@dataclass(frozen=True, eq=False)
class Overview:
    """Every head of every layer of one kind of attention.

    `tiles` hold round(255 × the largest weight in a block of `block` queries and keys), so that a thin diagonal stays
    visible. `entropy` is in nats, the mean over queries (0: each looks at one key). `distance` is how many positions
    lie between query and key, the mean under the weights. `toward` is the mean share of weight that goes to a place
    (the position before, after, itself, the first) or to a token (special ones but the first; the rarest of the text).
    Of a picture, `distance` is in squares and `toward` is about those around (`engine.models.transformer.squares`).
    """

    kind: AttentionKind
    queries: Axis
    keys: Axis
    tiles: UInt8[np.ndarray, "layer head row column"]
    block: tuple[int, int]
    entropy: Float[np.ndarray, "layer head"]
    distance: Float[np.ndarray, "layer head"]
    toward: dict[str, Float[np.ndarray, "layer head"]]

    @property
    def layers(self) -> int:
        return len(self.tiles)

    @property
    def heads(self) -> int:
        return int(self.tiles.shape[1])


@dataclass(frozen=True, eq=False)
class Summary:
    """One layer of an overview."""

    tiles: UInt8[Tensor, "head row column"]
    entropy: Float[Tensor, " head"]
    distance: Float[Tensor, " head"]
    toward: dict[str, Float[Tensor, " head"]]


def block_of(queries: int, keys: int) -> tuple[int, int]:
    """How many of each stand in one row and column of a tile."""
    return math.ceil(queries / TILE), math.ceil(keys / TILE)


@torch.inference_mode()
def summarise(weights: Float[Tensor, "head query key"], collectors: Collectors | Squares, *, cross: bool) -> Summary:
    """What an overview keeps of one layer."""
    weights = weights.float()
    queries, keys = weights.shape[1:]
    block = block_of(queries, keys)
    tiles = torch.nn.functional.max_pool2d(weights, block, block, ceil_mode=True)
    return Summary(
        tiles.mul(255).round().clamp(0, 255).to(torch.uint8),
        torch.special.entr(weights).sum(-1).mean(-1),
        collectors.distance(weights),
        collectors.shares(weights, cross=cross),
    )


@dataclass(frozen=True, eq=False)
class Collectors:
    """Which keys draw attention by what they are: special ones but the first, and the rarest of the others."""

    special: Int[Tensor, " special"]
    rare: Int[Tensor, " rare"]

    @classmethod
    def of(cls, axis: Axis, rarity: list[int] | None) -> Collectors:
        """`rarity` has a number for each position, higher for rarer; None where nothing is known of it."""
        special = [i for i, mark in enumerate(axis.special) if mark and i]
        plain = [i for i, mark in enumerate(axis.special) if not mark]
        rare = [] if rarity is None or len(plain) < 2 else [max(plain, key=rarity.__getitem__)]
        return cls(*(torch.tensor(places, dtype=torch.long) for places in (special, rare)))

    def distance(self, weights: Float[Tensor, "head query key"]) -> Float[Tensor, " head"]:
        """How many positions lie between query and key, the mean under the weights."""
        queries, keys = (torch.arange(size, device=weights.device) for size in weights.shape[1:])
        apart = (queries[:, None] - keys).abs()
        return torch.einsum("hqk,qk->h", weights, apart.to(weights.dtype)) / len(queries)

    def shares(self, weights: Float[Tensor, "head query key"], *, cross: bool) -> dict[str, Float[Tensor, " head"]]:
        """Diagonals are averaged over the queries that have such a key."""
        found = {} if cross else {n: _diagonal(weights, k) for n, k in (("previous", -1), ("next", 1), ("same", 0))}
        found["first"] = weights[:, :, 0].mean(-1)
        for name, places in (("separator", self.special), ("rare", self.rare)):
            if len(places):
                found[name] = weights[:, :, places.to(weights.device)].sum(-1).mean(-1)
        return found


def _diagonal(weights: Float[Tensor, "head query key"], offset: int) -> Float[Tensor, " head"]:
    line = weights.diagonal(offset, -2, -1)
    return line.mean(-1) if line.shape[-1] else weights.new_zeros(len(weights))


def overview(kind: AttentionKind, queries: Axis, keys: Axis, layers: list[Summary]) -> Overview:
    """All layers of one kind together."""
    tables = [torch.stack([getattr(one, name) for one in layers]).cpu() for name in ("tiles", "entropy", "distance")]
    toward = {name: torch.stack([one.toward[name] for one in layers]).cpu().numpy() for name in layers[0].toward}
    block = block_of(len(queries), len(keys))
    tiles, entropy, distance = (table.numpy() for table in tables)
    return Overview(kind, queries, keys, tiles, block, entropy, distance, toward)
