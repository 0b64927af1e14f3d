"""A review of three sentences and four numbers a vector, whose numbers can be worked out by hand.

It has learnt nothing: the states of words and all parameters were chosen, with two decimals, so that the first number
of a vector speaks for praise and the second for blame.
"""

from __future__ import annotations

from functools import lru_cache

import torch

from engine.inference.step_by_step.hierarchy.text import Text, encoded, pools_of
from engine.models.documents.han import HAN, HANConfig

SIZE = 4
LABELS = ("negative", "positive")
SENTENCES = (("The", "food", "was", "great"), ("We", "waited", "an", "hour"), ("Never", "again"))
STATES = (
    ((0.12, 0.04, 0.11, 0.82), (0.21, 0.13, 0.74, 0.12), (0.14, 0.22, -0.13, 0.71), (0.93, -0.31, 0.22, -0.14)),
    ((0.03, 0.12, 0.34, 0.72), (-0.11, 0.63, 0.42, 0.21), (0.12, 0.02, 0.13, 0.91), (-0.23, 0.52, 0.61, 0.11)),
    ((-0.42, 0.94, 0.12, 0.13), (-0.14, 0.53, 0.24, 0.42)),
)
TURN = ((1.6, 0.1, 0.2, -0.3), (0.1, 1.5, -0.2, 0.2), (0.3, 0.2, 1.2, -0.1), (-0.2, 0.1, 0.1, 1.4))
SHIFT = (0.02, -0.03, 0.05, 0.01)
QUERY = (1.9, 1.8, 0.2, -1.1)
SENTENCE_TURN = ((1.4, -0.2, 0.3, 0.1), (0.2, 1.3, -0.1, 0.2), (0.5, 0.1, 1.2, -0.3), (-0.1, 0.4, 0.2, 1.5))
SENTENCE_QUERY = (1.2, 1.1, 0.9, 1.3)
OUTPUT = ((-1.4, 1.6, -1.2, 1.5), (1.5, -1.3, 1.4, -1.2))


@lru_cache(maxsize=1)
def small_text() -> Text:
    """The network with its review."""
    config = HANConfig(vocabulary=2, embedding=2, word=SIZE // 2, sentence=SIZE // 2, attention=SIZE, dropout=0.0)
    network = HAN(config)
    network.eval().requires_grad_(False)
    for cell in (network.sentences.ahead, network.sentences.back):
        gate = torch.tensor([[0.1, -0.2, 0.0, 0.3], [0.2, 0.1, -0.1, 0.0]])
        new = torch.tensor([[1.8, -0.3, 0.1, 0.0], [-0.2, 1.7, 0.2, 0.1]])
        cell.input.weight.copy_(torch.cat([gate, -gate, new]))
        cell.input.bias.copy_(torch.tensor([0.0, 0.0, -1.0, -1.0, 0.0, 0.0]))
        cell.hidden.copy_(torch.tensor([[0.1, 0.0, -0.1, 0.2, 0.6, -0.1], [0.0, 0.2, 0.1, 0.0, -0.2, 0.5]]))
    pools = pools_of(network, "small")
    for pool, turn, query in zip(pools, (TURN, SENTENCE_TURN), (QUERY, SENTENCE_QUERY), strict=True):
        assert pool.turn is not None  # as it is unless somebody asks for another
        pool.turn.weight.copy_(torch.tensor(turn))
        pool.turn.bias.copy_(torch.tensor(SHIFT))
        pool.query.copy_(torch.tensor(query))
    network.output.weight.copy_(torch.tensor(OUTPUT))
    network.output.bias.zero_()
    present = torch.tensor([[k < len(words) for k in range(max(map(len, SENTENCES)))] for words in SENTENCES])
    states = torch.zeros(*present.shape, SIZE)
    states[present] = torch.tensor([state for sentence in STATES for state in sentence])
    with torch.inference_mode():
        return encoded(network, pools, LABELS, SENTENCES, states, present)
