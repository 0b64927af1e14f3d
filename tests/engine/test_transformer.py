"""One text through a Transformer: what it said, all heads made small, and any head whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import engine.inference.transformer
from engine.capture import attended
from engine.capture.attended import Site
from engine.capture.edits import Edits, Mute, Uniform
from engine.capture.form import Form
from engine.capture.kept import Gathering, Kept, WeightsOnly
from engine.capture.output import compared
from engine.capture.overview import TILE, Collectors, block_of, summarise
from engine.errors import Refused
from engine.inference.transformer import Request, Transformer
from engine.traces import Axis, Trace
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
    monkeypatch.setattr(engine.inference.transformer, "KEPT", Kept(0))
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
    tiles = summarise(weights, Collectors.of(axis, None), "cross").tiles
    high, wide = block_of(queries, keys)
    assert max(tiles.shape[1:]) <= TILE
    for row, line in enumerate(tiles[1].tolist()):
        for column, value in enumerate(line):
            block = weights[1, row * high : (row + 1) * high, column * wide : (column + 1) * wide]
            assert value == round(float(block.max()) * 255) or abs(value - float(block.max()) * 255) < 0.51


def test_numbers_about_a_head_are_what_they_are_called() -> None:
    axis = Axis(("<s>", "the", "cat", "</s>"), (0, 1, 2, 3), (True, False, False, True))
    looks = {"previous": [0, 0, 1, 2], "next": [1, 2, 3, 3], "itself": [0, 1, 2, 3], "first": [0] * 4}
    looks |= {"separator": [3] * 4, "rare": [2] * 4}
    weights = torch.nn.functional.one_hot(torch.tensor(list(looks.values())), 4).float()
    found = summarise(weights, Collectors.of(axis, [5, 7, 9, 99]), "encoder")
    assert found.entropy.abs().max() == 0
    for head, name in enumerate(looks):
        assert float(found.toward[name][head]) == 1.0, name
    distances = [np.abs(np.arange(4) - places).mean() for places in looks.values()]
    assert found.distance.tolist() == pytest.approx(distances)
    even = summarise(torch.full((1, 4, 4), 0.25), Collectors.of(axis, None), "encoder")
    assert float(even.entropy) == pytest.approx(np.log(4))


def test_the_first_row_of_a_decoder_which_has_no_choice_does_not_count() -> None:
    axis = Axis.of(["a", "b", "c"])
    weights = torch.tensor([[[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.25, 0.25]]])
    found = summarise(weights, Collectors.of(axis, None), "decoder")
    assert float(found.toward["first"]) == pytest.approx(0.5)
    assert float(found.toward["itself"]) == pytest.approx(0.375)
    assert float(found.entropy) == pytest.approx((np.log(2) + 0.5 * np.log(2) + 0.5 * np.log(4)) / 2)
    assert float(found.distance) == pytest.approx((0.5 + 1.25) / 2)
    whole = summarise(weights, Collectors.of(axis, None), "encoder")
    assert float(whole.toward["first"]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("kind", "share"), [("encoder", 0.6), ("decoder", 0.5)])
def test_a_twin_is_the_same_token_at_another_place_that_may_be_looked_at(kind: Any, share: float) -> None:
    axis = Axis(("x", "y", "x"), (0, 1, 2), (False,) * 3, ids=(7, 8, 7))
    rows = [[0.3, 0, 0.7], [0.5, 0.5, 0], [0.5, 0.25, 0.25]]
    found = summarise(torch.tensor([rows]), Collectors.of(axis, None), kind)
    assert float(found.toward["twin"]) == pytest.approx(share)
    assert "twin" not in summarise(torch.tensor([rows]), Collectors.of(Axis.of("abc"), None), kind).toward


def gathered(kept: Kept, count: int = 1) -> Gathering:
    """So many layers of 400 bytes."""
    found = kept.gathering()
    for layer in range(count):
        found.add(WeightsOnly(Site("encoder", layer), torch.zeros(1, 10, 10)))
    return found


def test_the_oldest_layers_leave_memory_first() -> None:
    kept = Kept(1000)
    numbers = [kept.put(gathered(kept)) for _ in range(3)]
    assert [kept.get(number) is not None for number in numbers] == [False, True, True]


def test_memory_goes_back_to_the_system_each_time_a_quarter_of_the_budget_was_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[int] = []
    monkeypatch.setattr("engine.capture.kept.give_back", lambda: given.append(len(put)))
    kept, put = Kept(4000), list[int]()
    for _ in range(20):
        put.append(kept.put(gathered(kept)))
    assert given == [12, 15, 18]  # after ten each drops 400 bytes, and the third passes 1,000


def test_a_pass_over_the_budget_holds_on_to_nothing_while_it_runs() -> None:
    kept = Kept(1000)
    first = kept.put(gathered(kept))
    found = gathered(kept, 3)
    assert found.layers is None
    assert kept.get(kept.put(found)) is None
    assert kept.get(first) is not None


LOOKS = [Request(TEXT), Request(TEXT, edits=Edits((Mute("encoder", 0, 1), Uniform("decoder", 1))))]


@pytest.mark.parametrize("request_", LOOKS)
@pytest.mark.parametrize("name", ["bert", "llama", "t5", "gemma2", "bart"])
def test_a_text_read_a_head_at_a_time_shows_and_says_the_same(
    name: str, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ready(name)
    whole = model.look(request_)
    monkeypatch.setattr(attended, "PART", 1)
    parted = model.look(request_)
    for one, other in zip(whole.overviews, parted.overviews, strict=True):
        np.testing.assert_allclose(one.tiles.astype(int), other.tiles.astype(int), atol=1)
        np.testing.assert_allclose(one.entropy, other.entropy, atol=1e-5)
        np.testing.assert_allclose(one.distance, other.distance, atol=1e-4)
        for place, values in one.toward.items():
            np.testing.assert_allclose(values, other.toward[place], atol=1e-5)
    logprobs = [[token.logprob for token in looked.output.tokens] for looked in (whole, parted)]
    np.testing.assert_allclose(logprobs[0], logprobs[1], atol=1e-4)


PIECES = Axis(
    ("<s>", "un", "believ", "able", "!", "</s>", "ca", "t"),
    (0, 1, 1, 1, 2, 3, 4, 4),
    (True, False, False, False, False, True, False, False),
)
ALL_SPECIAL = Axis(("<s>", "</s>"), (0, 1), (True, True))
NONE_SPECIAL = Axis.of(["a", "b", "c"])


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("words", [True, False])
@pytest.mark.parametrize("queries", [PIECES, ALL_SPECIAL, NONE_SPECIAL])
@pytest.mark.parametrize("keys", [PIECES, ALL_SPECIAL, NONE_SPECIAL])
def test_a_form_of_weights_is_what_a_trace_makes_of_them(queries: Axis, keys: Axis, words: bool, special: bool) -> None:
    weights = torch.rand(2, len(queries), len(keys), generator=torch.Generator().manual_seed(0))
    weights[0, 0] = torch.nn.functional.one_hot(torch.tensor(0), len(keys)) * 1.0  # one that looks at a mark alone
    weights = weights / weights.sum(-1, keepdim=True)
    expected = Trace("cross", queries, keys, weights[None].numpy())
    expected = expected.by_words() if words else expected
    taken = None
    if not special and 0 < sum(expected.keys.special) < len(expected.keys):
        expected, taken = expected.without_special_keys()
        rows = [k for k, mark in enumerate(expected.queries.special) if not mark] or list(range(len(expected.queries)))
        expected = replace(expected, queries=expected.queries.only(rows), weights=expected.weights[:, :, rows])
        taken = taken[0][:, rows]
    form = Form.of(queries, keys, words=words, special=special)
    shown, share = form(weights)
    assert (form.queries.labels, form.keys.labels) == (expected.queries.labels, expected.keys.labels)
    np.testing.assert_allclose(shown.numpy(), expected.weights[0], atol=1e-6)
    assert (share is None) == (taken is None) == (not form.leaves_out)
    if share is not None and taken is not None:
        np.testing.assert_allclose(share.numpy(), taken.mean(-1), atol=1e-6)


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("diagonal", [True, False])
def test_a_form_without_the_first_token_and_the_diagonal_shares_out_what_is_left(diagonal: bool, special: bool) -> None:
    weights = torch.rand(2, 8, 8, generator=torch.Generator().manual_seed(0)).tril()
    weights = weights / weights.sum(-1, keepdim=True)
    shown, left_out = Form.of(PIECES, PIECES, special=special, first=False, diagonal=diagonal)(weights)
    places = [k for k in range(1, 8) if special or not PIECES.special[k]]
    rest = weights[:, places][:, :, places] * (1 if diagonal else 1 - torch.eye(len(places)))
    total = rest.sum(-1, keepdim=True)
    np.testing.assert_allclose(shown.numpy(), (rest / total.clamp(min=1e-30)).numpy(), atol=1e-6)
    assert left_out is not None and left_out.tolist() == pytest.approx((1 - total).mean((1, 2)).tolist())


def test_between_two_texts_only_the_first_column_goes_and_there_is_no_diagonal() -> None:
    form = Form.of(NONE_SPECIAL, NONE_SPECIAL, first=False, diagonal=False, itself=False)
    assert (form.queries.labels, form.keys.labels) == (("a", "b", "c"), ("b", "c"))
    assert not Form.of(NONE_SPECIAL, NONE_SPECIAL, diagonal=False, itself=False).leaves_out


def test_a_word_is_as_rare_as_its_rarest_piece() -> None:
    form = Form.of(PIECES, PIECES, words=True, special=False)
    assert form.rarity([2, 50, 90, 7, 40, 3, 10, 11]) == [90, 40, 11]


@pytest.mark.parametrize("name", ["bert", "gpt2", "marian", "deberta-v2"])
@pytest.mark.parametrize("budget", [0, 10**9])
def test_an_overview_of_words_holds_the_heads_as_words(name: str, budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.inference.transformer, "KEPT", Kept(budget))
    model = ready(name)
    looked = model.look(Request("a unbelievable catbird sat"))
    for plain in looked.overviews:
        found = model.overview(looked, plain.kind, words=True, special=False)
        trace = model.head(looked, plain.kind, 1, 2).by_words()
        if any(trace.keys.special):
            trace, taken = trace.without_special_keys()
            assert found.left_out is not None and found.left_out[1, 2] <= taken.max() + 1e-6
        assert found.keys.labels == trace.keys.labels
        rows = [k for k, mark in enumerate(trace.queries.special) if not mark]
        rows = rows if found.left_out is not None else list(range(len(trace.queries)))
        np.testing.assert_allclose(found.tiles[1, 2], np.round(trace.weights[0, 0][rows] * 255), atol=1)
        assert model.overview(looked, plain.kind) is plain


def test_a_masked_model_is_asked_for_guesses_only_where_a_mask_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ready("bert")
    asked: list[str] = []
    monkeypatch.setattr(
        model.model.cls, "forward", lambda hidden, own=model.model.cls.forward: asked.append("") or own(hidden)
    )
    without = model.look(Request(TEXT))
    assert asked == []
    model.look(Request(f"{TEXT} <mask>"))
    assert asked == [""]
    assert without.overviews[0].layers == 3


def test_a_text_longer_than_a_sentence_may_be_is_read_by_a_long_model() -> None:
    looked = ready("gpt2").look(Request("the cat sat " * 1500))
    assert looked.cut == 64
    with pytest.raises(Refused, match="24000 are read at most"):
        ready("gpt2").look(Request("the cat sat " * 3000))
