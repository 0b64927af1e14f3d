"""A self-attention layer taken apart: what the model computes, number by number, and what follows from a change."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from engine.errors import Refused
from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Place, Stages
from engine.inference.step_by_step.self_attention.heads import take_apart
from engine.inference.step_by_step.self_attention.layer import MOST, Layer
from engine.inference.step_by_step.self_attention.mistakes import MISTAKES, possible
from engine.inference.step_by_step.self_attention.opened import opened, opened_small
from engine.inference.step_by_step.self_attention.reading import READERS, layer_of
from engine.inference.step_by_step.self_attention.scaling import SIZES, by_size, scaling, slopes
from engine.inference.step_by_step.self_attention.small_case import HEADS, WORDS, small_layer
from engine.inference.transformer import Transformer
from tests.engine.tiny_transformers import VOCABULARY, tiny, tokenizer

TEXT = "a b c d e"


class Named:
    name, weights_sha256 = "tiny", "0" * 64


def transformer(family: str) -> Transformer:
    return Transformer(Named(), tiny(family), tokenizer())


def note(outputs: list[torch.Tensor], own: torch.nn.Module, into: object, out: tuple[torch.Tensor, ...]) -> None:
    outputs.append(out[0])


def own_module(network: Any, number: int) -> torch.nn.Module:
    if hasattr(network, "h"):
        return network.h[number].attn
    return network.layers[number].attn if hasattr(network.layers[number], "attn") else network.layers[number].self_attn


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("family", READERS)
def test_every_head_of_every_layer_is_what_the_model_itself_computes(family: str, padding: int):
    agrees(transformer(family), padding)


def agrees(model: Transformer, padding: int = 0) -> None:
    """Weights and outputs of every head of every layer, taken apart and as the model gives them."""
    network = model.model.get_encoder() if model.paired else model.model.base_model
    for number in range(network.config.num_hidden_layers):
        layer = layer_of(model, TEXT, number, padding)
        outputs: list[torch.Tensor] = []
        hook = own_module(network, number).register_forward_hook(partial(note, outputs))
        ids = torch.tensor([[*model.source(TEXT).ids, *[network.config.pad_token_id or 0] * padding]])
        with torch.inference_mode():
            weights = network(
                input_ids=ids, attention_mask=layer.present.unsqueeze(0).long(), output_attentions=True
            ).attentions[number][0]
        hook.remove()
        assert (layer.number, layer.layers) == (number, network.config.num_hidden_layers)
        words = layer.present
        for head in range(layer.heads):
            stages = take_apart(layer, head)
            np.testing.assert_allclose(stages["attention_weights"].value[words], weights[head][words], atol=1e-5)
            np.testing.assert_allclose(stages["layer_output"].value[words], outputs[0][0][words], atol=1e-5)


@pytest.mark.parametrize("by_size", [True, False])
@pytest.mark.parametrize("by_layer", [True, False])
def test_gpt2_divides_products_as_its_configuration_says(by_size: bool, by_layer: bool):
    torch.manual_seed(3)
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_embd=16,
        n_layer=3,
        n_head=2,
        initializer_range=0.5,
        scale_attn_weights=by_size,
        scale_attn_by_inverse_layer_idx=by_layer,
    )
    model = Transformer(Named(), GPT2LMHeadModel(config).eval(), tokenizer())
    agrees(model)
    answer = opened(layer_of(model, TEXT, 2), 0, {}, "scaling")
    assert ("scaling" in answer.possible) == by_size
    products, scores = (answer.now[name].value for name in ("dot_products", "scaled_scores"))
    np.testing.assert_allclose(scores, products / (3 if by_layer else 1), rtol=1e-6)
    formula = answer.right["scaled_scores"].formula
    assert (r"\sqrt{d_k}" in formula, "{3" in formula) == (by_size, by_layer)


@pytest.mark.parametrize("causal", [False, True])
def test_the_small_case_follows_the_formula_of_the_paper(causal: bool):
    layer = small_layer(causal)
    contexts = []
    for head in range(HEADS):
        columns = slice(2 * head, 2 * head + 2)
        query, key, value = (layer.inputs @ part.weight[:, columns] for part in (layer.query, layer.key, layer.value))
        contexts.append(torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=causal))
        np.testing.assert_allclose(take_apart(layer, head)["head_context"].value, contexts[-1], atol=1e-6)
    output = torch.cat(contexts, 1) @ layer.output.weight
    np.testing.assert_allclose(take_apart(layer, 0)["layer_output"].value, output, atol=1e-6)


def test_a_student_can_redo_the_small_case_with_a_pocket_calculator():
    """“Tom” reads (0.9, 0.1, 0.3, −0.2); the matrices' first columns are written in the small case."""
    stages = take_apart(small_layer(), 0)
    query = (0.9 * 1.2 + 0.1 * 2.0 - 0.3 * 0.3 - 0.2 * 0.4, 0.9 * 0.3 - 0.1 * 0.5 + 0.3 * 0.8 - 0.2 * 1.1)
    key = (0.9 * 1.8 - 0.1 * 0.6 + 0.3 * 0.3 - 0.2 * 0.1, 0.9 * 0.2 + 0.1 * 0.7 - 0.3 * 1.2 - 0.2 * 0.9)
    assert query == pytest.approx((1.11, 0.24)) and key == pytest.approx((1.63, -0.29))
    assert stages["queries"].value[0] == pytest.approx(query) and stages["head_keys"].value[0] == pytest.approx(key)
    product = 1.11 * 1.63 - 0.24 * 0.29
    assert stages["dot_products"].value[0, 0] == pytest.approx(product)
    assert stages["scaled_scores"].value[0, 0] == pytest.approx(product / math.sqrt(2))
    powers = [math.exp(score) for score in stages["scaled_scores"].value[0].tolist()]
    weights = [power / sum(powers) for power in powers]
    assert stages["attention_weights"].value[0] == pytest.approx(weights)
    values = ((0.75, 0.48), (-0.06, 0.65), (1.03, -0.43), (0.08, 0.59))
    context = [sum(weight * value[k] for weight, value in zip(weights, values, strict=True)) for k in (0, 1)]
    assert stages["head_context"].value[0] == pytest.approx(context, abs=1e-6)
    for name in ("inputs", "queries", "head_keys", "head_values"):
        hundredths = stages[name].value * 100
        np.testing.assert_allclose(hundredths, np.rint(hundredths), atol=1e-4)


def test_heads_look_at_different_words():
    rows = [take_apart(small_layer(), head)["attention_weights"].value.argmax(1).tolist() for head in range(HEADS)]
    assert rows[0] != rows[1]


@pytest.mark.parametrize("head", range(HEADS))
def test_a_changed_number_changes_what_follows_and_nothing_before_it(head: int):
    right = take_apart(small_layer(), head)
    for at, quantity in enumerate(right.quantities):
        number = 0.0 if quantity.name == "visible" else 0.77
        now = take_apart(small_layer(), head, {Place(quantity.name, 1): number})
        for before, same in zip(right.quantities[:at], now.quantities[:at], strict=True):
            np.testing.assert_array_equal(before.value, same.value)
        changed = now.quantities[at]
        np.testing.assert_array_equal(changed.computed, quantity.value)
        assert (changed.value != quantity.value).ravel().nonzero()[0].tolist() == [1]
        following = zip(right.quantities[at + 1 :], now.quantities[at + 1 :], strict=True)
        follows = [before.name for before, after in following if before.value.tolist() != after.value.tolist()]
        assert follows or quantity.name == "layer_output"


def test_a_change_that_is_not_there_is_refused():
    for quantity, index in (("attention_weights", 16), ("queries", -1), ("keys", 0)):
        with pytest.raises(Refused):
            take_apart(small_layer(), 0, {Place(quantity, index): 1.0})
    with pytest.raises(Refused, match="no head 3"):
        take_apart(small_layer(), 2)


def made(mistake: str) -> tuple[Stages, Stages, Layer]:
    """The layer without the mistake and with it."""
    answer = opened_small(0, mistake == "causal", {}, mistake)
    assert mistake in answer.possible
    return answer.right, answer.now, answer.layer


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_changes_its_own_line_and_nothing_before_it(mistake: str):
    right, wrong, _ = made(mistake)
    differ = [q.name for q in wrong.quantities if q.value.tolist() != right[q.name].value.tolist()]
    assert differ[0] == MISTAKES[mistake].quantity
    assert differ[-1] == "layer_output"


def test_what_each_mistake_does():
    right, wrong, layer = made("scaling")
    np.testing.assert_allclose(wrong["scaled_scores"].value, right["scaled_scores"].value * math.sqrt(2), rtol=1e-6)
    right, wrong, _ = made("axis")
    np.testing.assert_allclose(right["attention_weights"].value.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(wrong["attention_weights"].value.sum(0), 1, atol=1e-6)
    right, wrong, _ = made("scores_weighted")
    means = (right["attention_weights"].value * right["scaled_scores"].value).sum(1)
    np.testing.assert_allclose(wrong["head_context"].value, np.stack([means, means], 1), atol=1e-6)
    right, wrong, padded = made("padding")
    assert len(padded.labels) == len(WORDS) + PADDING
    assert (right["attention_weights"].value[:, 4:] == 0).all() and (wrong["attention_weights"].value[:, 4:] > 0).all()
    right, wrong, _ = made("causal")
    assert (np.triu(right["attention_weights"].value, 1) == 0).all()
    np.testing.assert_allclose(wrong["attention_weights"].value, take_apart(layer, 0)["attention_weights"].value)
    right, wrong, layer = made("heads")
    both = [take_apart(layer, head)["dot_products"].value for head in range(HEADS)]
    np.testing.assert_allclose(wrong["dot_products"].value, both[0] + both[1], atol=1e-6)
    np.testing.assert_allclose(wrong["scaled_scores"].value, (both[0] + both[1]) / 2, atol=1e-6)
    right, wrong, _ = made("output")
    np.testing.assert_array_equal(wrong["layer_output"].value, right["heads_joined"].value)


def test_mistakes_are_those_that_can_be_made():
    assert "causal" not in possible(causal=False, heads=2) and "padding" not in possible(causal=True, heads=2)
    assert "heads" not in possible(causal=False, heads=1)


def test_the_slope_is_the_norm_of_the_jacobian_of_the_softmax():
    scores = torch.tensor([1.3, -0.2, 0.4, 2.0], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda row: row.softmax(0), scores)
    assert slopes(scores.softmax(0).numpy()[None]) == pytest.approx(float(jacobian.norm()))
    assert slopes(np.array([[1.0, 0.0, 0.0]])) == 0


def test_without_division_the_softmax_of_long_vectors_goes_flat():
    divided, plain = by_size()
    assert len(divided) == len(SIZES)
    assert divided.max() - divided.min() < 0.02
    assert (np.diff(plain) < 0).all() and plain[-1] < 0.25 * divided[-1]


def test_both_softmaxes_are_of_the_same_products():
    stages = take_apart(small_layer(causal=True), 1)
    both = scaling(stages)
    np.testing.assert_allclose(both.weights[0], stages["attention_weights"].value, atol=1e-6)
    products = torch.tensor(stages["dot_products"].value).masked_fill(torch.ones(4, 4).triu(1) > 0, -torch.inf)
    np.testing.assert_allclose(both.weights[1], products.softmax(1), atol=1e-6)
    assert both.size == 2


def test_what_cannot_be_taken_apart_is_refused_in_a_sentence():
    with pytest.raises(Refused, match="family bert"):
        layer_of(transformer("bert"), TEXT, 0)
    model = transformer("gpt2")
    with pytest.raises(Refused, match=f"{MOST} tokens at most"):
        layer_of(model, "a b c d e f g h " * 8, 0)
    with pytest.raises(Refused):
        layer_of(model, "  ", 0)
    assert layer_of(model, TEXT, 99).number == 2  # the last one


def test_a_mistake_that_cannot_be_made_changes_nothing():
    answer = opened(small_layer(), 0, {}, "causal")
    assert answer.now is answer.right
