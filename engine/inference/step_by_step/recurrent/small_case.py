"""A translator of four numbers a vector, all of them with two decimals, so that each can be worked out by hand.

It has learnt nothing: its numbers are chosen so that each state points where the key of its word does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import torch
from jaxtyping import Float
from torch import Tensor

from engine.inference.step_by_step.recurrent.walk import Walk, padded
from engine.models.recurrent.decoders import build
from engine.models.recurrent.seq2seq import Memory, Placement, Seq2Seq, Seq2SeqConfig
from engine.text.tokenizer import SPECIALS
from engine.traces import Axis

SIZE = 4
SOURCE, TARGET = ("我", "爱", "中国", "</s>"), ("I", "love", "China", "</s>")
VOCABULARY = (*SPECIALS, *SOURCE[:-1], *TARGET[:-1])
KEYS = ((0.9, 0.1, -0.2, 0.1), (0.1, 0.8, 0.2, -0.1), (-0.2, 0.1, 0.9, 0.2), (0.1, -0.1, 0.2, 0.8))
PADDING = (0.3, 0.2, 0.1, 0.2)  # what an encoder leaves where no word was
START = (0.8, 0.1, 0.0, 0.1)
BIAS = (-3.0, -3.0, -3.0, 0.0, -2.0, -2.0, -2.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Form:
    """Which mechanism the small translator has, and where."""

    score: str = "additive"
    window: str = "global"
    selection: str = "soft"
    placement: Placement = "before"
    feeding: bool = False


@dataclass(frozen=True, eq=False)
class SmallCase:
    """The translator and its way through 我爱中国."""

    model: Seq2Seq
    walk: Walk


@lru_cache(maxsize=128)
def small_case(form: Form, padding: int = 0) -> SmallCase:
    """Raises `Refused` for parts that do not fit together."""
    model = build(
        Seq2SeqConfig(
            len(VOCABULARY), SIZE, SIZE // 2, SIZE, SIZE, **{name: getattr(form, name) for name in form.__annotations__}
        )
    )
    assert isinstance(model, Seq2Seq)  # there is attention in every form
    model.eval().requires_grad_(False)
    _fill(model)
    return SmallCase(model, _walk(model, padding))


def _fill(model: Seq2Seq) -> None:
    """Every parameter with two decimals: small ones of either sign, and larger ones where they carry a meaning."""
    numbers = _small()
    for parameter in model.parameters():
        values = [next(numbers) for _ in range(parameter.numel())]
        parameter.copy_(torch.tensor(values).view(parameter.shape))
    model.bias.copy_(torch.tensor(BIAS))
    for piece, direction in ((2, 3), (3, 3), (4, 0), (5, 1), (6, 2), (7, 0), (8, 1), (9, 2)):
        model.embedding.weight[piece, direction] += 1.4
    eye, scoring = torch.eye(SIZE), model.attention.scoring
    ahead = 2 if model.config.placement == "before" else 1  # how far the word written last is from where to look
    model.cell.input.weight[2 * SIZE :] += 0.5 * eye.roll(ahead, 0)
    model.cell.input.bias[SIZE : 2 * SIZE] -= 1
    if model.config.placement == "before":  # of state, context and previous word, the context says which word it is
        model.readout.weight[:, SIZE : 2 * SIZE] += 2.5 * eye
    else:
        model.attentional.weight += torch.cat([0.5 * eye, 1.5 * eye], 1)
        model.readout.weight += 2 * eye
    _score(scoring, eye)
    for parameter in model.parameters():
        parameter.copy_(_rounded(parameter))


def _score(scoring: torch.nn.Module, eye: Tensor) -> None:
    """The scoring function's own numbers, so that what points the same way fits."""
    joined = torch.cat([eye, eye], 1)
    for name, parameter in scoring.named_parameters():
        if parameter.shape == eye.shape:
            parameter.add_(1.5 * eye)
        elif parameter.shape == joined.shape:
            parameter.add_(1.5 * joined)
        elif name == "W":  # of `location`: a row for each of many places
            parameter[:SIZE].add_(1.5 * eye)
        elif name == "v":
            parameter.sub_(2.5)  # two vectors that point the same way fill fewer places than two that do not
        elif name == "log_beta":
            parameter.add_(1.5)
        else:
            parameter.add_(0.6)


def _small() -> Iterator[float]:
    return ((7 * k * k + 3 * k + 5) % 11 / 100 - 0.05 for k in count())


def _rounded(values: Tensor) -> Tensor:
    return (values * 100).round() / 100


def _walk(model: Seq2Seq, padding: int) -> Walk:
    """Keys and the first state as they are written above; the states after it rounded to two decimals."""
    values: Float[Tensor, "1 source 4"] = torch.tensor([[*KEYS, *[PADDING] * padding]])
    present = torch.arange(values.shape[1]).unsqueeze(0) < len(KEYS)
    memory = Memory(values, model.attention.project(values), present, torch.tensor([START]))
    ids = tuple(VOCABULARY.index(word) for word in TARGET)
    state, states = model.begin(memory), []
    with torch.inference_mode():
        for place, piece in enumerate((VOCABULARY.index("<s>"), *ids[:-1])):
            states.append(state)
            moved = model.decode(memory, state, torch.tensor([[piece]]), place).state
            state = tuple(map(_rounded, moved))
    return Walk(memory, tuple(states), ids, Axis.of(TARGET, end=True), padded(Axis.of(SOURCE, end=True), padding))
