"""Attention captured from Hugging Face models is the model's own, and changes to it leave nothing behind."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from engine.capture import capture
from engine.capture.attended import CapturedLayer
from engine.capture.capture import Kinds, Recorder, prepare, recording
from engine.capture.edits import Change, Edits, Mute, Permute, Pin, Temperature, Uniform
from engine.errors import Refused
from tests.engine.tiny_transformers import MODELS, OWN_ATTENTION, inputs, tiny


def traced(model: PreTrainedModel, kinds: Kinds, *changes: Change) -> tuple[list[tuple[CapturedLayer, Tensor]], Any]:
    found: list[tuple[CapturedLayer, Tensor]] = []
    recorder = Recorder(kinds, Edits(changes), lambda seen, weights: found.append((seen, weights)))
    with torch.no_grad(), recording(recorder):
        output = model(**inputs(model))
    return found, output


def ready(name: str) -> tuple[PreTrainedModel, Kinds]:
    model = tiny(name)
    return model, prepare(model, inputs(model))


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def own(model: PreTrainedModel) -> dict[str, tuple[Tensor, ...]]:
    """What the model itself gives out under its "eager" attention."""
    model.set_attn_implementation("eager")
    with torch.no_grad():
        output = model(**inputs(model), output_attentions=True)
    if not model.config.is_encoder_decoder:
        return {"encoder": output.attentions, "decoder": output.attentions}
    return {
        "encoder": output.encoder_attentions,
        "decoder": output.decoder_attentions,
        "cross": output.cross_attentions,
    }


def test_captured_weights_are_those_of_the_models_own_eager_attention(name: str) -> None:
    model = tiny(name)
    expected = own(model)
    found, _ = traced(model, prepare(model, inputs(model)))
    kinds = {seen.site.kind for seen, _ in found}
    assert len(found) == sum(len(expected[kind]) for kind in kinds)
    for seen, weights in found:
        torch.testing.assert_close(weights, expected[seen.site.kind][seen.site.layer][0], atol=1e-5, rtol=0)


def test_every_row_of_weights_sums_to_one_and_hidden_keys_get_nothing(name: str) -> None:
    model, kinds = ready(name)
    for seen, weights in traced(model, kinds)[0]:
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-5, rtol=0)
        if seen.site.kind == "decoder":
            assert (weights.triu(1) == 0).all()


def test_the_output_is_the_models_own(name: str) -> None:
    model = tiny(name)
    with torch.no_grad():
        expected = model(**inputs(model)).logits
    _, output = traced(model, prepare(model, inputs(model)))
    torch.testing.assert_close(output.logits, expected, atol=1e-4, rtol=1e-4)


def test_what_was_kept_gives_the_same_weights_and_scores_again(name: str) -> None:
    model, kinds = ready(name)
    for change in (Temperature("decoder", None, 1, 0.5), Permute("encoder", 0, 2, 7)):
        for seen, weights in traced(model, kinds, change)[0]:
            torch.testing.assert_close(seen.weights(), weights, atol=1e-6, rtol=0)
            torch.testing.assert_close(seen.weights(1)[0], weights[1], atol=1e-6, rtol=0)
            torch.testing.assert_close(seen.scores(3)[0], seen.scores()[3], atol=1e-5, rtol=1e-5)


CHANGES = (Mute, Uniform, Permute, Temperature, Pin)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_moves_the_output_and_leaves_nothing_behind(name: str, change: type[Change]) -> None:
    model, kinds = ready(name)
    _, before = traced(model, kinds)
    arguments = {"value": 0.3} if change is Temperature else {"query": 4, "key": 2} if change is Pin else {}
    _, changed = traced(model, kinds, change(next(iter(kinds.values())), None, 1, **arguments))
    _, after = traced(model, kinds)
    assert not torch.allclose(changed.logits, before.logits, atol=1e-6)
    assert torch.equal(after.logits, before.logits)


def test_two_threads_that_share_a_model_see_only_their_own_changes() -> None:
    model, kinds = ready("bert")
    alone = {change: traced(model, kinds, change)[1].logits for change in (Mute("encoder", 0), Uniform("encoder"))}
    wrong: list[Change] = []

    def work(change: Change) -> None:
        for _ in range(30):
            if not torch.equal(traced(model, kinds, change)[1].logits, alone[change]):
                wrong.append(change)

    threads = [threading.Thread(target=work, args=(change,)) for change in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("name", OWN_ATTENTION)
def test_a_model_with_attention_of_its_own_is_found_out(name: str) -> None:
    model = tiny(name)
    assert prepare(model, inputs(model)) == {}


def test_a_muted_head_gives_nothing_on() -> None:
    model, kinds = ready("gpt2")
    heads: dict[nn.Module, Tensor] = {}
    layer = model.transformer.h[1].attn
    layer.c_proj.register_forward_pre_hook(lambda module, given: heads.__setitem__(module, given[0]))
    traced(model, kinds, Mute("decoder", 1, 2))
    read = heads[layer.c_proj].view(-1, 4, 8)
    assert (read[:, 2] == 0).all()
    assert (read[:, [0, 1, 3]] != 0).all()


def test_uniform_attention_is_one_over_what_may_be_seen() -> None:
    model, kinds = ready("llama")
    found, _ = traced(model, kinds, Uniform("decoder", 1))
    for head in found[1][1]:
        for position, row in enumerate(head):
            assert row[: position + 1].tolist() == pytest.approx([1 / (position + 1)] * (position + 1))


def test_permuted_rows_hold_the_same_weights_elsewhere() -> None:
    model, kinds = ready("gpt2")
    plain, _ = traced(model, kinds)
    dealt, _ = traced(model, kinds, Permute("decoder", 0, seed=3))
    assert torch.equal(plain[0][1].sort(-1).values, dealt[0][1].sort(-1).values)
    assert not torch.equal(plain[0][1], dealt[0][1])
    assert (dealt[0][1].triu(1) == 0).all()


def test_a_temperature_divides_the_scores() -> None:
    model, kinds = ready("bert")
    (plain, _), *_ = traced(model, kinds)[0]
    _, warm = traced(model, kinds, Temperature("encoder", 0, None, 2.0))[0][0]
    torch.testing.assert_close(warm, (plain.scores() / 2).softmax(-1), atol=1e-6, rtol=0)


def test_a_pinned_row_looks_at_its_cell_alone() -> None:
    model, kinds = ready("bert")
    _, weights = traced(model, kinds, Pin("encoder", 1, 0, query=5, key=7))[0][1]
    assert weights[0, 5].tolist() == [float(key == 7) for key in range(9)]


def test_a_key_that_is_hidden_cannot_be_pinned() -> None:
    model, kinds = ready("gpt2")
    with pytest.raises(Refused, match="Position 3 cannot look at position 6"):
        traced(model, kinds, Pin("decoder", 0, 0, query=2, key=5))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Pin("encoder", 0, 0, query=20, key=1), "no cell 21, 2"),
        (Mute("encoder", 0, 11), "no head 12"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(change: Change, said: str) -> None:
    model, kinds = ready("bert")
    with pytest.raises(Refused, match=said):
        traced(model, kinds, change)


def test_an_unknown_keyword_is_refused_rather_than_ignored() -> None:
    states = torch.zeros(1, 2, 3, 4)
    with pytest.raises(Refused, match="s_aux"):
        capture.attention(nn.Identity(), states, states, states, None, s_aux=torch.zeros(2))


def test_a_model_of_which_a_layer_cannot_be_seen_is_refused() -> None:
    model = tiny("bert")
    model.bert.encoder.layer[1].attention.forward = lambda hidden, *args, **kwargs: (hidden, None)
    with pytest.raises(Refused, match=r"\(3\) only 2 can be captured"):
        prepare(model, inputs(model))
