"""Readings of attention beyond the weights of one head: what layers together, and values, make of them.

Each gives a table whose rows sum to 1, so that it can be drawn as weights are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.capture.attended import CapturedLayer
from engine.capture.kept import Layers, WeightsOnly
from engine.capture.limits import MAX_FLOW, MAX_WEIGHTS
from engine.errors import Refused


@dataclass(frozen=True)
class AttentionReading:
    """One way to read all heads together. Page, catalogues and tests read what each says of itself.

    `label` and `meaning` are for visitors and translated where they are shown, `source` is the paper. `whole` needs the
    weights of all layers and heads at once, at most `MAX_WEIGHTS`; `gradient` is taken of an answer of the model;
    `limit` is the most tokens that it reads.
    """

    name: str
    label: str
    meaning: str
    source: str
    whole: bool = False
    gradient: bool = False
    limit: int | None = None


_ALL = (
    AttentionReading(
        name="rollout",
        label="Rollout",
        meaning="The attention of all layers multiplied, with half of each position kept as it is: how much of each "
        "position has reached each other one.",
        source="Abnar & Zuidema 2020, arXiv:2005.00928",
    ),
    AttentionReading(
        name="flow",
        label="Flow",
        meaning="How much can flow from each position to each other one through all layers, if weights are the widths "
        "of pipes.",
        source="Abnar & Zuidema 2020, arXiv:2005.00928",
        limit=MAX_FLOW,
    ),
    AttentionReading(
        name="norms",
        label="Value norms",
        meaning="Weights times the length of the value vectors: a position with a near-zero value vector counts "
        "little, however much attention it gets.",
        source="Kobayashi et al. 2020, arXiv:2004.10102",
        whole=True,
    ),
    AttentionReading(
        name="gradient",
        label="Gradient",
        meaning="Weights times how much the answer would change with them, through all layers: what the answer relies "
        "on.",
        source="Chefer, Gur & Wolf 2021, arXiv:2103.15679",
        whole=True,
        gradient=True,
    ),
)
READINGS: dict[str, AttentionReading] = {reading.name: reading for reading in _ALL}
"""All of them by name, in the order of the menu."""
_RESIDUAL = 0.5  # of each place that a layer leaves as it is, in rollout and flow
_UNIT = 1_000_000  # maximum_flow counts in whole numbers
_OUTPUTS = ("o_proj", "out_proj", "c_proj", "out_lin", "o", "dense", "Wo")


@torch.inference_mode()
def rollout(layers: Layers) -> Float[np.ndarray, "layer 1 query key"]:
    """How much of each input is in each position after every layer, if attention and the residual mix half and half.

    R_l = (½ A_l + ½ I) R_{l-1}, A_l the mean over heads: Abnar & Zuidema 2020, equation 1, arXiv:2005.00928.
    """
    tables = []
    mixed: Tensor | None = None
    for step in _steps(layers):
        mixed = step if mixed is None else step @ mixed
        tables.append(mixed.numpy())
    return np.stack(tables)[:, None].astype(np.float32)


@torch.inference_mode()
def flow(layers: Layers) -> tuple[Float[np.ndarray, "1 1 query key"], Float[np.ndarray, "1 query"]]:
    """How much can flow from each input to each position at the top, edges holding what the rollout multiplies.

    Maximum flow through the layers (Abnar & Zuidema 2020, section 3), each row then made to sum to 1. Beside it what of
    each row flows straight up to its own place without any attention. Raises `Refused` for more than `MAX_FLOW` tokens.
    """
    # Loaded when it is needed: every page reads the table above, and SciPy's graphs are some 200 modules.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    steps = [step.numpy() for step in _steps(layers)]
    size = len(steps[0])
    if size > MAX_FLOW:
        raise Refused(
            "The flow of {size} tokens would take too long; it is computed of {limit} at most: shorten the text.",
            size=size,
            limit=MAX_FLOW,
        )
    heads, tails, capacities = [], [], []
    for number, step in enumerate(steps):
        upper, lower = step.nonzero()
        heads.append(upper + (number + 1) * size)
        tails.append(lower + number * size)
        capacities.append(np.round(step[upper, lower] * _UNIT).astype(np.int32))
    nodes = (len(steps) + 1) * size
    places = (np.concatenate(heads), np.concatenate(tails))
    graph = csr_array((np.concatenate(capacities), places), shape=(nodes, nodes))
    top = len(steps) * size
    flows = [[maximum_flow(graph, top + row, column).flow_value for column in range(size)] for row in range(size)]
    table = np.asarray(flows, dtype=np.float64)
    total = table.sum(1)
    straight = _UNIT * _RESIDUAL / total
    return (table / total[:, None])[None, None].astype(np.float32), straight[None].astype(np.float32)


def followed(
    name: str, layers: Layers
) -> tuple[Float[np.ndarray, "layer 1 query key"], Float[np.ndarray, "layer query"]]:
    """`rollout` or `flow`, and beside it what of each place is there without any attention."""
    if name == "flow":
        return flow(layers)
    table = rollout(layers)
    return table, untouched(len(table), table.shape[2])


def untouched(layers: int, places: int) -> Float[np.ndarray, "layer query"]:
    """What of each place a rollout holds after each layer without any attention: half of the half before."""
    return np.repeat(_RESIDUAL ** np.arange(1, layers + 1, dtype=np.float32)[:, None], places, 1)


def check_size(weights: int) -> None:
    """Raises `Refused` where so many weights at once would take too much memory."""
    if weights > MAX_WEIGHTS:
        raise Refused(
            "This reading needs all {count:,} weights of all heads in memory at once, and {limit:,} are allowed: "
            "shorten the text to {share} % of its tokens, or choose another reading.",
            count=weights,
            limit=MAX_WEIGHTS,
            share=math.floor(100 * math.sqrt(MAX_WEIGHTS / weights)),
        )


@torch.inference_mode()
def norms(layers: Layers, parents: Mapping[nn.Module, nn.Module]) -> Float[np.ndarray, "layer head query key"]:
    """How long the vector is that each key really hands on, ‖α f(x)‖ with f(x) = (x W_V + b_V) W_O, rows made to sum
    to 1: a key of large weight and a value near nothing adds nothing. Kobayashi et al. 2020, equations 4 and 5,
    arXiv:2004.10102. A row whose values are all nothing shows its weights. `parents` gives for each attention module
    the one that holds it.
    """
    tables = []
    for layer in layers:
        if isinstance(layer, WeightsOnly):
            raise Refused("The values of this model cannot be seen, so their norms are not drawn.")
        weights = layer.weights()
        handed = weights * _lengths(layer, output_of(layer, parents)).unsqueeze(1)
        total = handed.sum(-1, keepdim=True)
        tables.append(torch.where(total > 0, handed / total.clamp(min=1e-30), weights).cpu().numpy())
    return np.stack(tables)


def parents(model: nn.Module) -> dict[nn.Module, nn.Module]:
    """For each module the one that holds it."""
    return {child: module for module in model.modules() for child in module.children()}


def output_of(layer: CapturedLayer, parents: Mapping[nn.Module, nn.Module]) -> Float[Tensor, "head value_size hidden"]:
    """The part of the output projection W_O that each head goes through. Raises `Refused` where it is not found."""
    width = layer.heads * layer.value.shape[-1]
    parent = parents[layer.module]
    candidates = [getattr(layer.module, name, None) for name in _OUTPUTS]
    candidates.append(getattr(getattr(parent, "output", None), "dense", None))
    for candidate in candidates:
        weight = getattr(candidate, "weight", None)
        if isinstance(candidate, nn.Module) and isinstance(weight, Tensor):
            # GPT-2 keeps its matrices the other way about.
            matrix = weight if type(candidate).__name__ == "Conv1D" else weight.T
            if matrix.ndim == 2 and matrix.shape[0] == width:
                return matrix.float().reshape(layer.heads, -1, matrix.shape[1])
    raise Refused("The output projection of this model's attention was not found, so its norms are not drawn.")


def _lengths(layer: CapturedLayer, output: Float[Tensor, "head value_size hidden"]) -> Float[Tensor, "head key"]:
    values = layer.value.float().repeat_interleave(layer.group, 0)
    return (values @ output).norm(dim=-1)


def _steps(layers: Layers) -> Sequence[Float[Tensor, "query key"]]:
    """½ A + ½ I of every layer."""
    means = [layer.mean().cpu() for layer in layers]
    if any(mean.shape[0] != mean.shape[1] for mean in means):
        raise Refused("Rollout and flow follow the attention of a text to itself; choose encoder or decoder.")
    return [(mean + torch.eye(len(mean))) / 2 for mean in means]
