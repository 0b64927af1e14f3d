"""The mean of the last validations' weights is stored where it does better on development data, and nowhere else."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.training.averaging import LastWeights
from engine.training.config import LoopConfig
from engine.training.loop import Trainer
from engine.training.tasks import Translating

Weights = dict[str, torch.Tensor]


def trainer(losses: list[float], average: int) -> Trainer:
    """Validation after each of four updates comes to these losses, and the fifth is of the mean."""
    torch.manual_seed(1)
    sizes = {"embedding": 4, "encoder": 4, "decoder": 8, "attention": 4}
    pairs = [([5, 6, 2], [7, 2])] * 8
    config = LoopConfig(updates=4, batch=4, warmup=1, precision="no", validate_every=1, average=average)
    made = Trainer(Seq2Seq(Seq2SeqConfig(20, **sizes)), Translating(pairs, pairs), config, torch.device("cpu"))
    coming = iter(losses)
    made.validate = lambda: next(coming)  # type: ignore[method-assign]
    return made


def copied(made: Trainer) -> Weights:
    return {name: tensor.clone() for name, tensor in made.net.state_dict().items()}


def same(made: Trainer, weights: Weights) -> bool:
    return all(torch.equal(tensor, weights[name]) for name, tensor in made.net.state_dict().items())


@pytest.mark.parametrize("average", [2, 3, 9])
def test_the_model_is_the_mean_of_so_many_validations_where_that_is_better(average: int) -> None:
    made = trainer([4.0, 3.0, 2.0, 1.0, 0.5], average)
    states = [copied(made) for _ in made.run()]
    made.take_best()
    last = states[-average:]
    mean = {name: torch.stack([state[name] for state in last]).mean(0) for name in last[0]}
    assert same(made, mean)
    assert (made.averaged, made.best, made.best_at) == (len(last), 0.5, 4)


@pytest.mark.parametrize("worse", [1.0, 2.0, math.nan])
def test_the_best_weights_stay_where_the_mean_is_no_better(worse: float) -> None:
    made = trainer([4.0, 1.0, 2.0, 3.0, worse], 2)
    states = [copied(made) for _ in made.run()]
    made.take_best()
    assert same(made, states[1])
    assert (made.averaged, made.best, made.best_at) == (0, 1.0, 2)


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_a_run_that_goes_on_averages_what_it_would_have_averaged(stop: int) -> None:
    straight = trainer([4.0, 3.0, 2.0, 1.0, 0.5], 3)
    list(straight.run())
    straight.take_best()
    begun = trainer([4.0, 3.0, 2.0, 1.0], 3)
    for progress in begun.run():
        if progress.step == stop:
            left = {name: tensor.clone() for name, tensor in begun.tensors().items()}, begun.facts()
    again = trainer([4.0, 3.0, 2.0, 1.0, 0.5][stop:], 3)
    again.restore(*left)
    list(again.run())
    again.take_best()
    assert same(again, copied(straight))


def test_nothing_is_held_and_no_checkpoint_grows_without_the_setting() -> None:
    made = trainer([4.0, 3.0, 2.0, 1.0], 0)
    list(made.run())
    assert not [name for name in made.tensors() if name.startswith("last.")]


def test_weights_of_another_model_are_no_part_of_a_checkpoint() -> None:
    made = trainer([4.0, 3.0, 2.0, 1.0], 2)
    list(made.run())
    tensors = made.tensors()
    name = next(name for name in tensors if name.startswith("last.0."))
    with pytest.raises(ValueError, match="last validations"):
        trainer([1.0], 2).restore({**tensors, name: torch.zeros(1)}, made.facts())


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.integers(2, 6))
def test_the_mean_is_of_the_last_ones_alone(values: list[float], most: int) -> None:
    last = LastWeights(most)
    for value in values:
        last.add({"w": torch.tensor([value], dtype=torch.float64), "n": torch.tensor(int(value))})
    mean = last.mean()
    assert mean["w"].item() == pytest.approx(sum(values[-most:]) / len(values[-most:]))
    assert mean["n"].item() == int(values[-1])
