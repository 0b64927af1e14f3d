"""Readings of attention against their papers' formulas, and the sums behind one weight."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from engine.capture import readings
from engine.capture.capture import Recorder, recording
from engine.capture.edits import Edits, Mute, Uniform
from engine.capture.gradients import relevance, weighed
from engine.capture.readings import READINGS, flow, norms, output_of, parents, rollout
from engine.errors import Refused
from engine.inference.transformer import Request
from tests.engine.test_capture import ready, traced
from tests.engine.test_transformer import TEXT
from tests.engine.test_transformer import ready as transformer
from tests.engine.tiny_transformers import MODELS, OWN_ATTENTION, inputs, tiny

SELF = [name for name in MODELS if name not in ("t5", "bart", "marian")]


def test_rollout_multiplies_layers_with_half_their_residual() -> None:
    model, kinds = ready("bert")
    layers = [seen for seen, _ in traced(model, kinds)[0]]
    expected = np.eye(9)
    for layer, table in zip(layers, rollout(layers), strict=True):
        step = np.zeros((9, 9))
        for row in range(9):
            for column in range(9):
                mean = sum(float(layer.weights(head)[0, row, column]) for head in range(4)) / 4
                step[row, column] = 0.5 * mean + 0.5 * (row == column)
        expected = step @ expected
        np.testing.assert_allclose(table[0], expected, atol=1e-6)


def test_flow_of_one_layer_is_its_mixture_and_of_two_is_bounded_by_both() -> None:
    model, kinds = ready("gpt2")
    layers = [seen for seen, _ in traced(model, kinds)[0]]
    np.testing.assert_allclose(flow(layers[:1])[0][0, 0], rollout(layers[:1])[0, 0], atol=1e-5)
    # Of the first position of a causal model everything comes from itself.
    assert flow(layers)[0][0, 0, 0].tolist() == [1.0] + [0.0] * 8
    np.testing.assert_allclose(flow(layers)[0][0, 0].sum(1), 1, atol=1e-5)


def test_flow_finds_the_narrowest_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # Top row 1 reaches input 0 by way of 0 (0.4 then 1) and of 1 (0.6 then 0.3); so 0.4 + 0.3, and input 1 by 0.6.
    steps = [torch.tensor([[1.0, 0.0], [0.3, 0.7]]), torch.tensor([[1.0, 0.0], [0.4, 0.6]])]
    monkeypatch.setattr("engine.capture.readings._steps", lambda layers: steps)
    np.testing.assert_allclose(flow([])[0][0, 0, 1], [0.7 / 1.3, 0.6 / 1.3], atol=1e-5)


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama"])
@pytest.mark.parametrize("reading", ["rollout", "flow", "gradient"])
def test_what_each_place_has_of_itself_without_any_attention_is_told_beside_a_reading(name: str, reading: str) -> None:
    model = transformer(name)
    if reading == "gradient" and not model.look(Request(TEXT)).output.tokens:
        return
    found = model.reading(model.look(Request(TEXT)), reading, "encoder" if name == "bert" else "decoder")
    assert found.identity is not None
    rest = found.weights[:, 0] - np.stack([np.diag(own) for own in found.identity])
    assert rest.min() > -1e-5
    if reading == "rollout":
        np.testing.assert_allclose(found.identity[:, 0], 0.5 ** np.arange(1, len(found.weights) + 1))
    assert found.only(0).identity.shape == (1, len(found.queries))


@pytest.mark.parametrize("name", MODELS)
def test_what_heads_hand_on_adds_up_to_what_the_output_projection_gives(name: str) -> None:
    model, kinds = ready(name)
    given: list[torch.Tensor] = []
    found, _ = traced(model, kinds)
    holders = parents(model)
    seen = found[-1][0]
    outputs = output_of(seen, holders)
    handed = sum(seen.weights(head)[0] @ seen.value[head // seen.group] @ outputs[head] for head in range(seen.heads))
    projection = next(
        one
        for one in model.modules()
        if isinstance(getattr(one, "weight", None), nn.Parameter)
        and one.weight.ndim == 2
        and any(
            torch.equal(table, outputs.reshape(-1, outputs.shape[-1]))
            for table in (one.weight, one.weight.T)
            if table.shape == outputs.reshape(-1, outputs.shape[-1]).shape
        )
    )
    projection.register_forward_hook(lambda module, arguments, output: given.append(output))
    traced(model, kinds)
    bias = getattr(projection, "bias", None)
    expected = given[-1].reshape(-1, outputs.shape[-1]) - (0 if bias is None else bias)
    torch.testing.assert_close(handed, expected, atol=1e-4, rtol=1e-3)


def test_norms_are_lengths_of_weighed_values() -> None:
    model, kinds = ready("llama")
    layers = [seen for seen, _ in traced(model, kinds)[0]]
    table = norms(layers, parents(model))
    outputs = output_of(layers[1], parents(model)).detach()
    lengths = [
        float((layers[1].weights(3)[0, 5, key] * layers[1].value[1, key] @ outputs[3]).norm()) for key in range(9)
    ]
    np.testing.assert_allclose(table[1, 3, 5], np.array(lengths) / sum(lengths), atol=1e-6)


def test_gradients_times_attention_are_those_of_the_models_own_weights() -> None:
    model = tiny("bert")
    given = inputs(model)
    model.set_attn_implementation("eager")
    output = model(**given, output_attentions=True)
    wanted = output.logits[0, 3, 7]
    expected = torch.eye(9)
    for table, slope in zip(output.attentions, torch.autograd.grad(wanted, output.attentions), strict=True):
        step = torch.zeros(9, 9)
        for head in range(4):
            step += (slope[0, head] * table[0, head]).clamp(min=0) / 4
        expected = expected + step @ expected
    own, kinds = ready("bert")
    own.requires_grad_(False)
    sites, weights = [], []
    recorder = Recorder(
        kinds, Edits(), lambda seen, table: (sites.append(seen.site), weights.append(table)), differentiable=True
    )
    with recording(recorder):
        wanted = own(**given).logits[0, 3, 7]
    found = relevance(weighed(sites, weights, wanted)).encoder
    torch.testing.assert_close(found, expected.detach(), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", READINGS)
def test_every_reading_says_what_it_is_to_visitors_and_where_its_paper_is(name: str) -> None:
    reading = READINGS[name]
    assert reading.name == name
    assert all((reading.label, reading.meaning.endswith("."), "arXiv:" in reading.source))


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("name", ["gpt2", "marian", "llama"])
def test_every_reading_of_every_kind_is_drawn_or_refused_in_a_sentence(name: str, reading: str) -> None:
    model = transformer(name)
    looked = model.look(Request(TEXT, "a dog ran" if model.paired else None))
    for one in looked.overviews:
        if one.kind == "cross" and reading in ("rollout", "flow"):
            with pytest.raises(Refused, match="choose encoder or decoder"):
                model.reading(looked, reading, one.kind)
            continue
        trace = model.reading(looked, reading, one.kind)
        assert trace.weights.shape[2:] == (len(one.queries), len(one.keys))


def test_relevance_of_a_label_differs_from_that_of_another() -> None:
    model = transformer("gpt2")
    looked = model.look(Request(TEXT))
    first, last = (model.reading(looked, "gradient", "decoder", of).weights for of in (0, None))
    assert not np.allclose(first, last)
    # What comes later cannot have mattered for the first token.
    np.testing.assert_allclose(first[0, 0, 1:], np.eye(len(first[0, 0]))[1:], atol=1e-6)


def test_a_model_that_answers_nothing_has_no_gradient() -> None:
    model = transformer("bert")
    with pytest.raises(Refused, match="no answer"):
        model.reading(model.look(Request(TEXT)), "gradient", "encoder")


def test_an_unknown_reading_is_refused() -> None:
    model = transformer("bert")
    with pytest.raises(Refused, match="no reading tea"):
        model.reading(model.look(Request(TEXT)), "tea", "encoder")


def test_the_flow_of_a_long_text_is_refused() -> None:
    model = transformer("bert")
    with pytest.raises(Refused, match="40 at most"):
        model.reading(model.look(Request("the cat sat " * 20)), "flow", "encoder")


@pytest.mark.parametrize("name", OWN_ATTENTION)
@pytest.mark.parametrize("reading", ["norms", "gradient"])
def test_readings_that_need_more_than_weights_are_refused(name: str, reading: str) -> None:
    model = transformer(name)
    looked = model.look(Request(TEXT))
    kind = looked.overviews[0].kind
    assert model.reading(looked, "rollout", kind).weights.shape[0] == 3
    with pytest.raises(Refused):
        model.reading(looked, reading, kind)
    with pytest.raises(Refused, match="alone"):
        model.arithmetic(looked, kind, 0, 0, 0, 0)


@pytest.mark.parametrize("reading", [name for name, reading in READINGS.items() if reading.whole])
def test_a_reading_that_would_fill_the_memory_is_refused_and_says_how_much_to_shorten(
    reading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = transformer("gpt2")
    looked = model.look(Request(TEXT))
    count = 3 * 4 * len(looked.overviews[0].keys) ** 2
    monkeypatch.setattr(readings, "MAX_WEIGHTS", count // 4)
    with pytest.raises(Refused, match="to 50 % of its tokens"):
        model.reading(looked, reading, "decoder")
    monkeypatch.setattr(readings, "MAX_WEIGHTS", count)
    assert model.reading(looked, reading, "decoder").weights.shape[-1] == len(looked.overviews[0].keys)


@pytest.mark.parametrize("name", ["bert", "llama", "t5", "gemma2"])
def test_the_arithmetic_of_a_cell_adds_up(name: str) -> None:
    model = transformer(name)
    looked = model.look(Request(TEXT))
    kind = "decoder" if name != "bert" else "encoder"
    found = model.arithmetic(looked, kind, 1, 2, 3, 1)
    assert found.dot == pytest.approx(float(np.dot(found.query, found.key)), rel=1e-4)
    score = found.dot * found.scaling + found.bias
    if found.capped:
        score = float(np.tanh(score / 50) * 50)
    assert found.score == pytest.approx(score, abs=1e-3)
    open_ = np.where(found.hidden, -np.inf, found.scores)
    shares = np.exp(open_ - open_.max())
    np.testing.assert_allclose(found.weights, shares / shares.sum(), atol=1e-5)
    assert found.weight == pytest.approx(float(found.weights[1]))
    assert found.hidden[4:].all() == (kind == "decoder")
    with pytest.raises(Refused, match="no cell"):
        model.arithmetic(looked, kind, 1, 2, 99, 1)


def test_edited_arithmetic_says_that_it_is() -> None:
    model = transformer("bert")
    looked = model.look(Request(TEXT, edits=Edits((Uniform("encoder", 0, 1), Mute("encoder", 2)))))
    assert model.arithmetic(looked, "encoder", 0, 1, 2, 2).changed
    assert not model.arithmetic(looked, "encoder", 1, 1, 2, 2).changed
