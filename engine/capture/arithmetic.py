"""How one weight came about: the vectors, their product, and the softmax over the row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from engine.capture.attended import CapturedLayer
from engine.capture.edits import visible
from engine.errors import Refused


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """score = Σ `products` × `scaling` + `bias`, and weight = exp(score) / Σ exp(scores) over what is not `hidden`.

    `bias` is what the model adds for the distance of the two positions, 0 where it does not. `capped` scores went
    through a tanh. `changed` says that the weights are not those of the softmax, since something was edited.
    """

    query: Float[np.ndarray, " size"]
    key: Float[np.ndarray, " size"]
    products: Float[np.ndarray, " size"]
    dot: float
    scaling: float
    bias: float
    capped: bool
    score: float
    weight: float
    scores: Float[np.ndarray, " key"]
    weights: Float[np.ndarray, " key"]
    hidden: np.ndarray
    changed: bool


@torch.inference_mode()
def arithmetic(layer: CapturedLayer, head: int, query: int, key: int) -> Arithmetic:
    """Of one cell, counted from 0. Raises `Refused` where there is none."""
    scores, weights = layer.scores(head)[0], layer.weights(head)[0]
    rows, columns = scores.shape
    if not (0 <= query < rows and 0 <= key < columns):
        raise Refused(
            "There is no cell {query}, {key}; the rows and columns of this head are {rows} × {columns}.",
            query=query + 1,
            key=key + 1,
            rows=rows,
            columns=columns,
        )
    asking, asked = layer.query[head, query].float(), layer.key[head // layer.group, key].float()
    products = asking * asked
    bias = 0.0 if layer.bias is None else float(layer.bias[head if len(layer.bias) > 1 else 0, query, key])
    hidden = torch.zeros(columns, dtype=torch.bool)
    if layer.mask is not None:
        hidden = ~visible(layer.mask[head if len(layer.mask) > 1 else 0, query].unsqueeze(0).unsqueeze(0))[0, 0]
    return Arithmetic(
        query=_numpy(asking),
        key=_numpy(asked),
        products=_numpy(products),
        dot=float(products.sum()),
        scaling=layer.scaling,
        bias=bias,
        capped=layer.softcap is not None,
        score=float(scores[query, key]),
        weight=float(weights[query, key]),
        scores=_numpy(scores[query]),
        weights=_numpy(weights[query]),
        hidden=hidden.cpu().numpy(),
        changed=bool(layer.changes),
    )


def _numpy(table: Tensor) -> np.ndarray:
    return table.float().cpu().numpy()
