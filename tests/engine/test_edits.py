"""Changes of attention, and one layer's attention computed again, against the formulas for one row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.capture import attended
from engine.capture.arithmetic import arithmetic
from engine.capture.attended import CapturedLayer, Room, Site, scores_of, spread
from engine.capture.edits import Change, Edits, Mute, Permute, Pin, Temperature, Uniform, edited, muted, visible
from engine.capture.kept import WeightsOnly
from engine.capture.readings import check_size, norms, untouched
from engine.errors import Refused

LOWEST = torch.finfo(torch.float32).min
SEEDS = st.integers(0, 2**31 - 1)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def causal(heads: int, size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Logits in which nobody sees what comes after, and the weights of their softmax."""
    hidden = torch.ones(size, size, dtype=torch.bool).triu(1)
    logits = drawn(heads, size, size, seed=seed).masked_fill(hidden, LOWEST)
    return logits, logits.softmax(-1)


@given(st.integers(1, 4), st.integers(1, 6), SEEDS)
@settings(max_examples=30)
def test_uniform_gives_each_key_in_sight_the_same_share(heads: int, size: int, seed: int):
    logits, weights = causal(heads, size, seed)
    found = Uniform("decoder").weigh(weights, logits)
    for row in range(size):
        expected = [1 / (row + 1)] * (row + 1) + [0] * (size - row - 1)
        np.testing.assert_allclose(found[:, row], [expected] * heads, rtol=1e-6)


@given(st.integers(1, 4), st.integers(1, 6), SEEDS, st.integers(0, 99))
@settings(max_examples=30)
def test_permuting_deals_the_same_weights_out_anew_among_the_keys_in_sight(heads: int, size: int, seed: int, deal: int):
    logits, weights = causal(heads, size, seed)
    found = Permute("decoder", seed=deal).weigh(weights, logits)
    torch.testing.assert_close(found.sort(-1).values, weights.sort(-1).values)
    assert (found[~visible(logits)] == 0).all()
    torch.testing.assert_close(found, Permute("decoder", seed=deal).weigh(weights, logits), rtol=0, atol=0)


def test_permuting_by_many_seeds_puts_each_weight_at_each_place_as_often():
    weights = torch.tensor([[[0.7, 0.2, 0.1]]])
    logits = weights.log()
    places = [int(Permute("encoder", seed=seed).weigh(weights, logits)[0, 0].argmax()) for seed in range(600)]
    assert [places.count(place) / 600 for place in range(3)] == pytest.approx([1 / 3] * 3, abs=0.06)


@given(st.floats(0.05, 20), SEEDS)
@settings(max_examples=30)
def test_temperature_raises_each_weight_to_its_power(value: float, seed: int):
    logits, weights = causal(2, 5, seed)
    found = Temperature("decoder", value=value).weigh(weights, logits).double()
    powers = logits.double().div(value).masked_fill(~visible(logits), -math.inf).exp()
    torch.testing.assert_close(found, powers / powers.sum(-1, keepdim=True), atol=1e-5, rtol=1e-4)
    assert (found[~visible(logits)] == 0).all()


def test_a_temperature_of_one_changes_nothing_and_a_low_one_looks_at_one_key():
    logits, weights = causal(2, 5)
    torch.testing.assert_close(Temperature("decoder").weigh(weights, logits), weights)
    sharp = Temperature("decoder", value=0.01).weigh(weights, logits)
    assert (sharp.argmax(-1) == weights.argmax(-1)).all() and float(sharp.amax(-1).min()) > 0.9


@pytest.mark.parametrize("value", [0.0, 0.0099, 100.1, -1.0, math.nan, math.inf])
def test_a_temperature_out_of_range_is_refused(value: float):
    with pytest.raises(Refused, match="out of range"):
        Temperature("encoder", value=value)


def test_a_pinned_position_looks_at_one_key_and_the_others_stay():
    logits, weights = causal(2, 4)
    found = Pin("decoder", query=2, key=1).weigh(weights, logits)
    assert found[:, 2].tolist() == [[0, 1, 0, 0]] * 2
    others = [0, 1, 3]
    torch.testing.assert_close(found[:, others], weights[:, others])
    torch.testing.assert_close(weights, causal(2, 4)[1])  # those given are not touched


@pytest.mark.parametrize(
    ("query", "key", "sentence"),
    [
        (4, 0, "no cell 5, 1"),
        (0, 4, "no cell 1, 5"),
        (-1, 0, "no cell 0, 1"),
        (1, 2, "Position 2 cannot look at position 3"),
    ],
)
def test_what_cannot_be_looked_at_cannot_be_pinned(query: int, key: int, sentence: str):
    logits, weights = causal(2, 4)
    with pytest.raises(Refused, match=sentence):
        Pin("decoder", query=query, key=key).weigh(weights, logits)


def test_a_change_meets_the_attention_that_it_names():
    everywhere, one = Mute("encoder"), Mute("encoder", layer=2, head=1)
    edits = Edits((everywhere, one, Uniform("cross", layer=2)))
    assert edits.at("encoder", 2) == (everywhere, one) and edits.at("encoder", 1) == (everywhere,)
    assert edits.at("cross", 2) == (Uniform("cross", layer=2),) and edits.at("decoder", 2) == ()


def test_changes_follow_one_another_and_each_touches_its_own_heads():
    logits, weights = causal(3, 4)
    changes: tuple[Change, ...] = (
        Uniform("decoder", head=1),
        Pin("decoder", head=1, query=3, key=0),
        Mute("decoder", head=0),
    )
    found = edited(weights, logits, changes)
    torch.testing.assert_close(found[[0, 2]], weights[[0, 2]])
    assert found[1, 3].tolist() == [1, 0, 0, 0] and found[1, 2].tolist() == pytest.approx([1 / 3] * 3 + [0])
    turned = edited(weights, logits, changes[1::-1])
    assert turned[1, 3].tolist() == [0.25] * 4
    assert edited(weights, logits, (Mute("decoder"),)) is weights


def test_muted_heads_are_those_that_are_named_or_all():
    assert muted((Mute("encoder", head=2), Uniform("encoder", head=0), Mute("encoder", head=1)), 4) == [2, 1]
    assert muted((Mute("encoder"),), 3) == [0, 1, 2] and muted((), 3) == []


# --- one layer


def layer(heads: int = 4, groups: int = 2, queries: int = 3, keys: int = 5, **more: Any) -> CapturedLayer:
    parts: dict[str, Any] = {
        "query": drawn(heads, queries, 6, seed=1),
        "key": drawn(groups, keys, 6, seed=2),
        "value": drawn(groups, keys, 3, seed=3),
        "scaling": 0.4,
        "bias": None,
        "mask": None,
        "softcap": None,
        "changes": (),
        "module": nn.Identity(),
    }
    return CapturedLayer(Site("encoder", 0), **{**parts, **more})


HIDDEN = torch.zeros(1, 3, 5)
HIDDEN[0, 0, 3:] = LOWEST
CHOICES = [
    {},
    {"bias": drawn(4, 3, 5, seed=4)},
    {"bias": drawn(1, 3, 5, seed=4)},
    {"mask": HIDDEN},
    {"softcap": 2.0},
    {"softcap": 2.0, "mask": HIDDEN, "bias": drawn(4, 3, 5, seed=5)},
]


def plain(seen: CapturedLayer, head: int, query: int) -> tuple[list[float], list[float]]:
    """Scores and weights of one row, number by number."""
    scores, logits = [], []
    for key in range(seen.key.shape[1]):
        dot = sum(float(a) * float(b) for a, b in zip(seen.query[head, query], seen.key[head // 2, key], strict=True))
        score = dot * seen.scaling
        if seen.bias is not None:
            score += float(seen.bias[head if len(seen.bias) > 1 else 0, query, key])
        if seen.softcap is not None:
            score = math.tanh(score / seen.softcap) * seen.softcap
        scores.append(score)
        hidden = seen.mask is not None and float(seen.mask[0, query, key]) < 0
        logits.append(-math.inf if hidden else score)
    total = sum(math.exp(each) for each in logits)
    return scores, [math.exp(each) / total for each in logits]


@pytest.mark.parametrize("choices", CHOICES)
def test_scores_and_weights_are_those_of_the_formula(choices: dict[str, Any]):
    seen = layer(**choices)
    for head in range(4):
        for query in range(3):
            scores, weights = plain(seen, head, query)
            np.testing.assert_allclose(seen.scores(head)[0, query], scores, atol=1e-5)
            np.testing.assert_allclose(seen.weights(head)[0, query], weights, atol=1e-5)
            cell = arithmetic(seen, head, query, 1)
            assert cell.score == pytest.approx(scores[1], abs=1e-5) and cell.weight == pytest.approx(
                weights[1], abs=1e-5
            )
            assert cell.hidden.tolist() == [weight == 0 for weight in weights]
            np.testing.assert_allclose(cell.weights, weights, atol=1e-5)
    torch.testing.assert_close(seen.scores(), torch.cat([seen.scores(head) for head in range(4)]))


@pytest.mark.parametrize("choices", CHOICES)
@pytest.mark.parametrize("part", [1, 15, 30, 1 << 20])
def test_a_layer_in_parts_is_the_layer_at_once(monkeypatch: pytest.MonkeyPatch, choices: dict[str, Any], part: int):
    seen = layer(**choices)
    whole = seen.weights()
    monkeypatch.setattr(attended, "PART", part)
    parts = seen.parts()
    assert [head for heads in parts for head in range(4)[heads]] == [0, 1, 2, 3]
    room = Room()
    torch.testing.assert_close(torch.cat([seen.some(heads, room).clone() for heads in parts]), whole)
    torch.testing.assert_close(seen.mean(), whole.mean(0))


def test_what_is_changed_is_computed_for_all_heads_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attended, "PART", 1)
    seen = layer(changes=(Permute("encoder", seed=3),))
    assert len(seen.parts()) == 1
    for head in range(4):
        torch.testing.assert_close(seen.weights(head)[0], seen.weights()[head])
    assert arithmetic(seen, 0, 0, 0).changed and not arithmetic(layer(), 0, 0, 0).changed


def test_grouped_keys_serve_heads_side_by_side():
    seen = layer()
    assert (seen.heads, seen.group) == (4, 2)
    torch.testing.assert_close(spread(seen.value, 4), seen.value[[0, 0, 1, 1]])
    assert spread(seen.value, 2) is seen.value
    weights = seen.weights()
    read = seen.read(slice(1, 3), weights[1:3])
    torch.testing.assert_close(read, torch.stack([weights[1] @ seen.value[0], weights[2] @ seen.value[1]]))


def test_scores_do_not_write_over_what_they_are_made_of():
    seen = layer(bias=drawn(4, 3, 5, seed=4), mask=HIDDEN.clone())
    before = [seen.query.clone(), seen.key.clone(), seen.bias.clone(), seen.mask.clone()]
    seen.weights()
    seen.mean()
    for now, then in zip((seen.query, seen.key, seen.bias, seen.mask), before, strict=True):
        torch.testing.assert_close(now, then, rtol=0, atol=0)
    half = scores_of(seen.query.half(), seen.key[[0, 0, 1, 1]].half(), 0.4, seen.bias, None)
    assert half.dtype == torch.float32


@pytest.mark.parametrize("cell", [(3, 0), (0, 5), (-1, 0), (0, -1)])
def test_a_cell_that_is_not_there_has_no_arithmetic(cell: tuple[int, int]):
    with pytest.raises(Refused, match="the rows and columns of this head are 3 × 5"):
        arithmetic(layer(), 0, *cell)


class Holder(nn.Module):
    """An attention with its output projection, as a model holds it."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.attention = nn.Module()
        self.attention.o_proj = nn.Linear(width, hidden, bias=False)


def test_value_norms_are_lengths_of_what_each_key_hands_on():
    holder = Holder(4 * 3, 7)
    seen = layer(module=holder.attention)
    found = norms([seen], {holder.attention: holder})
    projection = holder.attention.o_proj.weight.detach().T.reshape(4, 3, 7)
    for head in range(4):
        for query in range(3):
            lengths = [
                float((seen.weights(head)[0, query, key] * seen.value[head // 2, key] @ projection[head]).norm())
                for key in range(5)
            ]
            np.testing.assert_allclose(found[0, head, query], np.array(lengths) / sum(lengths), atol=1e-6)


def test_where_all_values_are_nothing_the_weights_themselves_are_shown():
    holder = Holder(4 * 3, 7)
    seen = layer(module=holder.attention, value=torch.zeros(2, 5, 3))
    np.testing.assert_allclose(norms([seen], {holder.attention: holder})[0], seen.weights())


def test_a_projection_that_does_not_fit_or_is_not_there_is_refused():
    for holder in (Holder(5, 7), nn.Module()):
        module = getattr(holder, "attention", nn.Identity())
        with pytest.raises(Refused, match="output projection of this model's attention was not found"):
            norms([layer(module=module)], {module: holder})


def test_values_that_cannot_be_seen_have_no_norms():
    weights_only = WeightsOnly.__new__(WeightsOnly)
    with pytest.raises(Refused, match="values of this model cannot be seen"):
        norms([weights_only], {})


def test_what_a_rollout_keeps_of_a_place_is_halved_by_every_layer():
    np.testing.assert_allclose(untouched(4, 2), [[0.5] * 2, [0.25] * 2, [0.125] * 2, [0.0625] * 2])


@pytest.mark.parametrize(("share", "said"), [(2, "70 %"), (4, "50 %"), (100, "10 %")])
def test_a_reading_too_large_for_memory_says_to_what_share_to_shorten(
    monkeypatch: pytest.MonkeyPatch, share: int, said: str
):
    monkeypatch.setattr("engine.capture.readings.MAX_WEIGHTS", 1000)
    check_size(1000)
    with pytest.raises(Refused, match=f"to {said} of its tokens"):
        check_size(1000 * share)
