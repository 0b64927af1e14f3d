"""One text through a Transformer: what it said, all heads made small, and any head whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import engine.transformer
from engine.errors import Refused
from engine.models.transformer.capture import Site
from engine.models.transformer.edits import Edits, Mute, Uniform
from engine.models.transformer.kept import Given, Kept
from engine.models.transformer.output import compared
from engine.models.transformer.overview import TILE, Collectors, block_of, summarise
from engine.traces import Axis
from engine.transformer import Request, Transformer
from tests.engine.tiny_transformers import MODELS, OWN_ATTENTION, tiny, tokenizer

TEXT = "the cat sat on a hill"
TEXTUAL = [name for name in MODELS if name != "vit"]


@dataclass(frozen=True)
class Named:
    name: str
    weights_sha256: str = ""


def ready(name: str) -> Transformer:
    return Transformer(Named(name), tiny(name), tokenizer())


@pytest.mark.parametrize("name", [*TEXTUAL, *OWN_ATTENTION])
def test_every_architecture_shows_all_its_heads_and_opens_each(name: str) -> None:
    model = ready(name)
    looked = model.look(Request(TEXT))
    kinds = ["encoder", "decoder", "cross"] if model.paired else None
    assert kinds is None or [one.kind for one in looked.overviews] == kinds
    for one in looked.overviews:
        layers = 2 if model.paired and one.kind != "encoder" else 3
        assert (one.layers, one.heads) == (layers, 4)
        trace = model.head(looked, one.kind, layers - 1, 3)
        assert trace.queries == one.queries
        expected = np.round(trace.weights[0, 0] * 255)
        np.testing.assert_allclose(one.tiles[layers - 1, 3], expected, atol=1)


@pytest.mark.parametrize("name", ["bert", "llama", "bart"])
def test_a_head_reads_the_same_from_memory_and_from_the_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ready(name)
    request = Request(TEXT, edits=Edits((Uniform("encoder", 0, 1), Uniform("decoder", 0, 1))))
    kind = "encoder" if name == "bert" else "decoder"
    kept = model.head(model.look(request), kind, 1, 2)
    monkeypatch.setattr(engine.transformer, "KEPT", Kept(0))
    again = model.head(model.look(request), kind, 1, 2)
    np.testing.assert_array_equal(kept.weights, again.weights)
    assert kept.scores is not None and again.scores is not None
    np.testing.assert_array_equal(kept.scores, again.scores)


def test_a_language_model_tells_how_likely_each_token_was() -> None:
    model = ready("gpt2")
    output = model.look(Request(TEXT)).output
    ids = model.tokenizer(TEXT, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        loss = model.model(input_ids=ids, labels=ids).loss
    assert -output.logprob / len(output.tokens) == pytest.approx(float(loss), abs=1e-4)
    assert [token.position for token in output.tokens] == list(range(1, ids.shape[1]))
    assert all(token.candidates[0].logprob >= token.logprob - 1e-6 for token in output.tokens)


def test_a_translator_says_the_likeliest_or_weighs_what_was_given() -> None:
    model = ready("marian")
    free = model.look(Request(TEXT))
    assert free.output.text is not None
    forced = model.look(Request(TEXT, "a dog ran"))
    assert [token.text for token in forced.output.tokens][-1] == "</s>"
    assert forced.overview("cross").queries.labels == tuple(token.text for token in forced.output.tokens)
    for token in free.output.tokens[:-1]:
        assert token.logprob == pytest.approx(token.candidates[0].logprob, abs=1e-4)


def test_a_masked_model_fills_its_masks_and_no_other_place() -> None:
    model = ready("bert")
    output = model.look(Request("the <mask> sat on <mask>")).output
    assert len(output.tokens) == 2
    assert model.look(Request(TEXT)).output.tokens == ()


def test_two_texts_are_told_apart() -> None:
    axis = ready("bert").look(Request("the cat", "a dog")).overviews[0].queries
    assert axis.labels == ("<s>", "the", "cat", "</s>", "a", "dog", "</s>")
    assert axis.special == (True, False, False, True, False, False, True)


def test_a_text_too_long_is_cut_and_says_so() -> None:
    model = ready("gpt2")
    looked = model.look(Request("the cat sat " * 60))
    assert looked.cut == model.limit == len(looked.overviews[0].keys)
    assert model.look(Request(TEXT)).cut is None


def test_edits_change_the_answer_of_this_request_alone() -> None:
    model = ready("gpt2")
    before = model.look(Request(TEXT)).output
    edited = model.look(Request(TEXT, edits=Edits((Mute("decoder", 1),)))).output
    changes = compared(before, edited)
    assert sum(change for _, change in changes) == pytest.approx(edited.logprob - before.logprob)
    assert edited.logprob != before.logprob
    assert model.look(Request(TEXT)).output.logprob == before.logprob


@pytest.mark.parametrize("name", OWN_ATTENTION)
def test_attention_of_a_models_own_can_be_read_but_not_changed(name: str) -> None:
    model = ready(name)
    looked = model.look(Request(TEXT))
    assert model.head(looked, looked.overviews[0].kind, 0, 0).scores is None
    with pytest.raises(Refused, match="not changed"):
        model.look(Request(TEXT, edits=Edits((Mute("encoder", 0, 0),))))


@pytest.mark.parametrize(("layer", "head", "said"), [(3, 0, "no layer 4"), (0, 4, "no head 5"), (-1, 0, "no layer 0")])
def test_a_head_that_is_not_there_is_refused(layer: int, head: int, said: str) -> None:
    model = ready("bert")
    with pytest.raises(Refused, match=said):
        model.head(model.look(Request(TEXT)), "encoder", layer, head)


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_a_blank_text_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Type a text first"):
        ready("bert").look(Request(text))


@given(queries=st.integers(1, 200), keys=st.integers(1, 200), seed=st.integers(0, 99))
def test_no_weight_is_lost_in_a_tile(queries: int, keys: int, seed: int) -> None:
    weights = torch.rand(2, queries, keys, generator=torch.Generator().manual_seed(seed)).softmax(-1)
    axis = Axis.of([str(i) for i in range(keys)])
    tiles = summarise(weights, Collectors.of(axis, None), cross=True).tiles
    high, wide = block_of(queries, keys)
    assert max(tiles.shape[1:]) <= TILE
    for row, line in enumerate(tiles[1].tolist()):
        for column, value in enumerate(line):
            block = weights[1, row * high : (row + 1) * high, column * wide : (column + 1) * wide]
            assert value == round(float(block.max()) * 255) or abs(value - float(block.max()) * 255) < 0.51


def test_numbers_about_a_head_are_what_they_are_called() -> None:
    axis = Axis(("<s>", "the", "cat", "</s>"), (0, 1, 2, 3), (True, False, False, True))
    looks = {"previous": [0, 0, 1, 2], "next": [1, 2, 3, 3], "same": [0, 1, 2, 3], "first": [0] * 4}
    looks |= {"separator": [3] * 4, "rare": [2] * 4}
    weights = torch.nn.functional.one_hot(torch.tensor(list(looks.values())), 4).float()
    found = summarise(weights, Collectors.of(axis, [5, 7, 9, 99]), cross=False)
    assert found.entropy.abs().max() == 0
    for head, name in enumerate(looks):
        assert float(found.toward[name][head]) == 1.0, name
    distances = [np.abs(np.arange(4) - places).mean() for places in looks.values()]
    assert found.distance.tolist() == pytest.approx(distances)
    even = summarise(torch.full((1, 4, 4), 0.25), Collectors.of(axis, None), cross=False)
    assert float(even.entropy) == pytest.approx(np.log(4))


def test_the_oldest_layers_leave_memory_first() -> None:
    layers = [Given(Site("encoder", 0), torch.zeros(1, 10, 10))]  # 400 bytes
    kept = Kept(1000)
    numbers = [kept.put(list(one)) for one in ([Given(Site("encoder", 0), torch.zeros(1, 10, 10))] for _ in range(3))]
    assert [kept.get(number) is not None for number in numbers] == [False, True, True]
    assert Kept(100).get(Kept(100).put(layers)) is None
