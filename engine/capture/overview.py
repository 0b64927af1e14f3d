"""All heads at once, made small while the model runs, so that no whole set of weights is ever held."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from engine.capture.edits import AttentionKind
from engine.capture.form import Form
from engine.capture.pictures import Picture
from engine.capture.squares import Squares
from engine.traces import Axis

TILE = 80
"""The most rows and columns of a tile."""

SELF = ("previous", "next", "itself", "twin", "first", "separator", "rare")
CROSS = ("first", "separator", "rare")
_LEAST = 1e-38  # stands for 0 under a logarithm
_AT_ONCE = 1 << 18  # weights that fit where the processor reads fastest


@dataclass(frozen=True, eq=False)
class Overview:
    """Every head of every layer of one kind of attention.

    `tiles` hold round(255 × the largest weight in a block of `block` queries and keys), so that a thin diagonal stays
    visible. `entropy` is in nats, the mean over queries (0: each looks at one key). `distance` is how many positions
    lie between query and key, the mean under the weights. `toward` is the mean share of weight that goes to a place
    (the position before, after, itself, the first) or to a token (its twin, the same one at another place; special ones
    but the first; the rarest of the text). A decoder's first row, which may look at nothing but itself, does not count.
    `left_out` is the mean share of weight that special tokens had before they were left out, None where they were not.
    Of a picture, `distance` is in squares and `toward` is about those around (`engine.capture.squares`).
    """

    kind: AttentionKind
    queries: Axis
    keys: Axis
    tiles: UInt8[np.ndarray, "layer head row column"]
    block: tuple[int, int]
    entropy: Float[np.ndarray, "layer head"]
    distance: Float[np.ndarray, "layer head"]
    toward: dict[str, Float[np.ndarray, "layer head"]]
    left_out: Float[np.ndarray, "layer head"] | None = None

    @property
    def layers(self) -> int:
        return len(self.tiles)

    @property
    def heads(self) -> int:
        return int(self.tiles.shape[1])


@dataclass(frozen=True, eq=False)
class Summary:
    """Some heads of one layer of an overview."""

    tiles: UInt8[Tensor, "head row column"]
    entropy: Float[Tensor, " head"]
    distance: Float[Tensor, " head"]
    toward: dict[str, Float[Tensor, " head"]]
    left_out: Float[Tensor, " head"] | None = None


def block_of(queries: int, keys: int) -> tuple[int, int]:
    """How many of each stand in one row and column of a tile."""
    return math.ceil(queries / TILE), math.ceil(keys / TILE)


@torch.inference_mode()
def summarise(
    weights: Float[Tensor, "head query key"], collectors: Collectors | Squares, kind: AttentionKind
) -> Summary:
    """What an overview keeps of these heads."""
    weights = weights.float().contiguous()
    forced = int(kind == "decoder" and weights.shape[1] > 1)
    counted = weights.shape[1] / (weights.shape[1] - forced)  # a row that looks at itself alone adds 0 to both means
    return Summary(
        _pooled(weights, block_of(*weights.shape[1:])).mul(255).round().clamp(0, 255).to(torch.uint8),
        _entropy(weights) * counted,
        collectors.distance(weights) * counted,
        collectors.shares(weights, kind),
    )


def _entropy(weights: Float[Tensor, "head query key"]) -> Float[Tensor, " head"]:
    """In nats, the mean over queries, a few rows at a time so that logarithms need little room."""
    heads, queries, keys = weights.shape
    entropies = weights.new_zeros(heads)
    for rows in weights.split(max(1, _AT_ONCE // (heads * keys)), 1):
        flat = rows.reshape(heads, 1, -1)
        entropies -= torch.bmm(flat, flat.clamp(min=_LEAST).log_().transpose(1, 2)).view(heads)
    return entropies.clamp(min=0) / queries


def _pooled(weights: Float[Tensor, "head query key"], block: tuple[int, int]) -> Float[Tensor, "head row column"]:
    """The largest weight in each block; blocks at the ends may be smaller."""
    return _highest(_highest(weights, block[0], 1), block[1], 2)


def _highest(weights: Tensor, size: int, axis: int) -> Tensor:
    """Along one axis; a library's pooling also looks for places, which takes six times as long."""
    if size == 1:
        return weights
    length = weights.shape[axis]
    in_blocks = length - length % size
    blocks = [weights.narrow(axis, 0, in_blocks).unflatten(axis, (-1, size)).amax(axis + 1)] if in_blocks else []
    if in_blocks < length:
        blocks.append(weights.narrow(axis, in_blocks, length - in_blocks).amax(axis, keepdim=True))
    return torch.cat(blocks, axis) if len(blocks) > 1 else blocks[0]


@dataclass(frozen=True, eq=False)
class Collectors:
    """Which keys draw attention by what they are: special ones but the first, the rarest of the others, and twins."""

    special: Int[Tensor, " special"]
    rare: Int[Tensor, " rare"]
    twins: Int[Tensor, " key"]
    _apart: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, axis: Axis, rarity: list[int] | None) -> Collectors:
        """`rarity` has a number for each position, higher for rarer; None where nothing is known of it."""
        special = [i for i, mark in enumerate(axis.special) if mark and i]
        plain = [i for i, mark in enumerate(axis.special) if not mark]
        rare = [] if rarity is None or len(plain) < 2 else [max(plain, key=rarity.__getitem__)]
        named = axis.ids or axis.labels
        numbers = {name: number for number, name in enumerate(dict.fromkeys(named))}
        twins = [-1 - i if mark else numbers[named[i]] for i, mark in enumerate(axis.special)]
        places = [torch.tensor(each, dtype=torch.long) for each in (special, rare, twins)]
        return cls(places[0], places[1], places[2])

    def apart(self, queries: int, keys: int, device: torch.device) -> Float[Tensor, " cell"]:
        """How many positions lie between query and key, the same for all layers of a text."""
        if (queries, keys) not in self._apart:
            rows, columns = (torch.arange(count, device=device, dtype=torch.float32) for count in (queries, keys))
            self._apart[queries, keys] = (rows[:, None] - columns).abs_().view(-1)
        return self._apart[queries, keys]

    def distance(self, weights: Float[Tensor, "head query key"]) -> Float[Tensor, " head"]:
        """How many positions lie between query and key, the mean under the weights."""
        heads, queries, keys = weights.shape
        # As the product of a matrix: a plain sum over what is multiplied goes through memory several times.
        return weights.view(heads, -1) @ self.apart(queries, keys, weights.device) / queries

    def shares(
        self, weights: Float[Tensor, "head query key"], kind: AttentionKind
    ) -> dict[str, Float[Tensor, " head"]]:
        """Diagonals are averaged over the queries that have such a key, and so are twins; the first row of a decoder,
        which has but one key, is left out."""
        forced = int(kind == "decoder" and weights.shape[1] > 1)
        shares = {} if kind == "cross" else self._own(weights, forced)
        drawn = weights[:, forced:].mean(1)
        shares["first"] = drawn[:, 0]
        for name, places in (("separator", self.special), ("rare", self.rare)):
            if len(places):
                shares[name] = drawn[:, places.to(weights.device)].sum(-1)
        return shares

    def _own(self, weights: Float[Tensor, "head query key"], forced: int) -> dict[str, Float[Tensor, " head"]]:
        shares = {name: _diagonal(weights, offset) for name, offset in (("previous", -1), ("next", 1))}
        shares["itself"] = _diagonal(weights[:, forced:, forced:], 0)
        twins = self.twins.to(weights.device)
        alike = (twins[:, None] == twins).fill_diagonal_(False)
        if forced:
            alike = alike.tril()  # what comes after may not be looked at
        if alike.any():
            shares["twin"] = weights.view(len(weights), -1) @ alike.float().view(-1) / alike.any(1).sum()
        return shares


def _diagonal(weights: Float[Tensor, "head query key"], offset: int) -> Float[Tensor, " head"]:
    line = weights.diagonal(offset, -2, -1)
    return line.mean(-1) if line.shape[-1] else weights.new_zeros(len(weights))


class Gathered:
    """The overview of one kind of attention while it is made: it takes the weights of some heads at a time."""

    def __init__(
        self, kind: AttentionKind, form: Form, rarity: list[int] | None, picture: Picture | None = None
    ) -> None:
        self.kind = kind
        self.form = form
        self._collectors: Collectors | Squares
        if picture is None:
            self._collectors = Collectors.of(form.keys, None if rarity is None else form.rarity(rarity))
        else:
            self._collectors = Squares(picture.grid, 0 if form.leaves_out else picture.marks)
        self._layers: dict[int, list[Summary]] = defaultdict(list)

    def take(self, layer: int, weights: Float[Tensor, "head query key"]) -> None:
        """The next heads of a layer."""
        shown, left_out = self.form(weights)
        summary = summarise(shown, self._collectors, self.kind)
        self._layers[layer].append(Summary(**{**vars(summary), "left_out": left_out}))

    def overview(self) -> Overview:
        """All layers together, once all have come."""
        form = self.form
        tiles, entropy, distance = (self._all(name) for name in ("tiles", "entropy", "distance"))
        toward = {name: self._all("toward", name) for name in self._layers[0][0].toward}
        left_out = self._all("left_out") if form.leaves_out else None
        block = block_of(len(form.queries), len(form.keys))
        return Overview(self.kind, form.queries, form.keys, tiles, block, entropy, distance, toward, left_out)

    def _all(self, name: str, within: str | None = None) -> np.ndarray:
        parts = [[getattr(summary, name) for summary in layer] for _, layer in sorted(self._layers.items())]
        rows = [torch.cat([part if within is None else part[within] for part in layer]) for layer in parts]
        return np.asarray(torch.stack(rows).cpu().numpy())
