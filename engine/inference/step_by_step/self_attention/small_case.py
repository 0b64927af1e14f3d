"""A layer of four words, four numbers a vector and two heads of two, whose numbers can all be worked out by hand.

It has learnt nothing. What it reads and its matrices have one decimal, so that queries, keys and values have two.
"""

from __future__ import annotations

from functools import lru_cache

import torch

from engine.inference.step_by_step.self_attention.layer import Layer, Linear
from engine.text.tokenizer import PAD

WORDS = ("Tom", "chases", "Jerry", ".")
HEADS = 2
INPUTS = ((0.9, 0.1, 0.3, -0.2), (-0.2, 1.0, 0.1, 0.4), (0.7, -0.1, -0.6, 0.5), (0.1, 0.2, -0.3, -0.8))
PADDING = (0.2, 0.3, 0.1, 0.2)
QUERY = ((1.2, 0.3, -0.4, 1.5), (2.0, -0.5, 0.6, 0.2), (-0.3, 0.8, 1.9, -0.7), (0.4, 1.1, 0.3, 1.6))
KEY = ((1.8, 0.2, 0.5, 0.9), (-0.6, 0.7, 1.4, -0.3), (0.3, -1.2, 0.8, 1.7), (0.1, 0.9, -0.2, 0.6))
VALUE = ((1.0, 0.2, -0.3, 0.5), (0.1, 0.9, 0.4, -0.2), (-0.4, 0.3, 1.1, 0.2), (0.2, -0.6, 0.3, 1.0))
OUTPUT = ((0.8, -0.2, 0.3, 0.1), (0.2, 0.9, -0.1, 0.4), (-0.3, 0.1, 1.0, 0.2), (0.4, 0.3, -0.2, 0.7))


@lru_cache(maxsize=8)
def small_layer(causal: bool = False, padding: int = 0) -> Layer:
    """The layer as an encoder has it, or with the mask of a language model."""
    inputs = torch.tensor([*INPUTS, *[PADDING] * padding])
    present = torch.arange(len(inputs)) < len(WORDS)
    query, key, value, output = (Linear(torch.tensor(part)) for part in (QUERY, KEY, VALUE, OUTPUT))
    return Layer((*WORDS, *[PAD] * padding), inputs, present, query, key, value, output, HEADS, causal)
