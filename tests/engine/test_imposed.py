"""Attention that is imposed: rows come out as they were imposed, and all that follows is worked out from them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attention import SELECTIONS, Mechanism
from engine.attention.imposed import Imposed, Mute, Permute, Pin, Uniform
from engine.attention.imposed_codes import change, code, imposed
from engine.decoding.beam import beam_search
from engine.decoding.contract import Decodable
from engine.decoding.forced import forced
from engine.decoding.greedy import greedy
from engine.decoding.imposed import Imposable, Imposing
from engine.errors import Refused
from engine.inference.imposed import impose, under
from engine.store import catalogue
from tests.engine.terminal import refused, valid

CPU = torch.device("cpu")
SOURCE = [5, 6, 9, 7, 3]
TARGET = [8, 4, 11, 6, 10, 3]
FORMS = {
    "before": {"placement": "before"},
    "after": {"placement": "after"},
    "fed": {"placement": "after", "feeding": True, "cell": "lstm"},
    "sparse": {"placement": "before", "selection": "sparse"},
    "hard": {"placement": "before", "selection": "hard"},
    "local-m": {"placement": "after", "feeding": True, "window": "local_m", "window_width": 1},
    "local-p": {"placement": "before", "window": "local_p", "window_width": 1},
    "null-key": {"placement": "before", "null_key": True},
}
TEXT = "A man isn't reading the newspaper."


@pytest.fixture(params=FORMS)
def model(make_model, request):
    return make_model(**FORMS[request.param])


def said(model, changes: Imposed | None):
    """Weights and what is read of the target, made to be said."""
    found, _, _ = forced(model if changes is None else Imposing(model, changes), [(SOURCE, TARGET)], CPU)
    return found.weights[0], found.read[0]


def test_a_model_that_is_imposed_on_decodes_as_any_other(model):
    assert isinstance(model, Imposable) and isinstance(Imposing(model, Imposed()), Decodable)


def test_nothing_imposed_is_the_very_same_to_the_last_bit(model):
    for changes in (Imposed(), Imposed((Pin((50,), (0,)),))):
        for before, after in zip(said(model, None), said(model, changes), strict=True):
            assert torch.equal(before, after)
        for search in (greedy, lambda *a, **k: beam_search(a[0], a[1], 3, **k)[0]):
            assert search(model, [SOURCE], device=CPU) == search(Imposing(model, changes), [SOURCE], device=CPU)


def test_rows_come_out_as_they_were_imposed(model):
    changes = Imposed((Pin((1, 2), (0, 3), 0.5), Pin((1,), (2,), 0.5), Uniform((4,)), Pin((4,), (1,), 1.0)))
    before, (weights, _) = said(model, None)[0], said(model, changes)
    size = weights.shape[1]
    wanted = torch.zeros(size)
    wanted[[0, 2, 3]] = torch.tensor([0.25, 0.5, 0.25])
    torch.testing.assert_close(weights[1], wanted)
    assert weights[2, [0, 3]].tolist() == [0.25, 0.25] and weights[2].sum().item() == pytest.approx(1)
    torch.testing.assert_close(weights[4], torch.eye(size)[1])
    assert torch.equal(weights[0], before[0])


def test_what_a_pin_leaves_goes_to_the_others_in_the_shares_they_had(make_model):
    model = make_model(**FORMS["before"])
    before, after = said(model, None)[0][0], said(model, Imposed((Pin((0,), (2,), 0.3),)))[0][0]
    others = [0, 1, 3, 4]
    torch.testing.assert_close(after[others], 0.7 * before[others] / before[others].sum())
    assert after[2].item() == pytest.approx(0.3)


def test_a_position_that_a_pin_names_twice_counts_once(make_model):
    model = make_model(**FORMS["before"])
    twice, once = (said(model, Imposed((Pin((0,), keys, 0.5),)))[0][0] for keys in ((1, 1), (1,)))
    assert twice[1].item() == pytest.approx(0.5)
    torch.testing.assert_close(twice, once)


def test_where_a_window_shows_nothing_but_what_is_pinned_the_rest_goes_to_all_others_evenly(make_model):
    changes = Imposed((Pin((0,), (0, 1), 0.4), Mute((3,))))
    row = said(make_model(**FORMS["local-m"]), changes)[0][0]  # at step 0 it shows positions 0 and 1
    torch.testing.assert_close(row, torch.tensor([0.2, 0.2, 0.3, 0, 0.3]))


def test_a_pinned_row_adds_up_to_1_where_the_model_s_own_add_up_to_less(make_model):
    model = make_model(**FORMS["local-p"])
    before, after = said(model, None)[0], said(model, Imposed((Pin((0,), (2,), 0.3),)))[0]
    assert (before.sum(1) < 0.999).all() and after[0].sum().item() == pytest.approx(1)
    others = [0, 1, 3, 4]
    torch.testing.assert_close(after[0, others], 0.7 * before[0, others] / before[0, others].sum())


STEPS = st.lists(st.integers(0, 5), max_size=3).map(tuple)
KEYS = st.lists(st.integers(0, 4), min_size=1, max_size=6).map(tuple)
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
CHANGE = st.one_of(
    st.tuples(st.just(Mute), KEYS),
    st.tuples(st.just(Uniform), STEPS),
    st.tuples(st.just(Permute), STEPS, st.integers(0, 9)),
    st.tuples(st.just(Pin), STEPS, KEYS, SHARES),
)


@settings(max_examples=60, deadline=None)
@given(form=st.sampled_from(list(FORMS)), parts=st.lists(CHANGE, max_size=4))
def test_all_that_is_not_refused_gives_rows_that_add_up(make_model, form: str, parts):
    model, changes = make_model(**FORMS[form]), Imposed(tuple(kind(*rest) for kind, *rest in parts))
    try:
        changes.check(len(TARGET), len(SOURCE) + model.keys_more)
    except Refused:
        return
    weights = said(model, changes)[0]
    assert (weights[:, sorted(changes.muted)] == 0).all() and (weights >= 0).all()
    pinned = [any(isinstance(each, Pin) and each.meets(step) for each in changes.changes) for step in range(6)]
    for row, is_pinned in zip(weights.sum(1).tolist(), pinned, strict=True):
        whole = is_pinned or model.attention.rows == "sum_to_one"
        assert row == pytest.approx(1, abs=1e-5) if whole else 0 < row < 1 + 1e-5


@pytest.mark.parametrize("name", FORMS)
def test_the_context_is_the_sum_of_the_values_by_the_imposed_weights(name: str):
    torch.manual_seed(0)
    choices = {key: value for key, value in FORMS[name].items() if key not in ("placement", "feeding", "cell")}
    mechanism = Mechanism(6, 6, 4, **choices).eval()
    values, present = mechanism.extended(torch.randn(2, 5, 6), torch.ones(2, 5, dtype=torch.bool))
    query, steps = torch.randn(2, 3, 6), torch.arange(4, 7)
    changes = Imposed((Mute((1,)), Permute((4,), 7), Pin((5,), (0, 2), 0.8), Uniform((6,))))
    seen = mechanism(query, values, mechanism.project(values), present, steps, changes)
    torch.testing.assert_close(seen.context, seen.weights @ values)
    plain = mechanism(query, values, mechanism.project(values), present, steps)
    assert torch.equal(seen.scores, plain.scores) and torch.equal(plain.context, plain.weights @ values)
    assert not torch.allclose(seen.context, plain.context)


def test_a_muted_word_has_no_weight_anywhere_and_the_rest_share_it(model):
    for muted in ((1,), (0, 2, 3)):
        weights = said(model, Imposed((Mute(muted),)))[0]
        assert (weights[:, list(muted)] == 0).all()
        if model.attention.rows == "sum_to_one":
            torch.testing.assert_close(weights.sum(1), torch.ones(len(TARGET)))
        else:
            assert (weights.sum(1) > 0).all() and (weights.sum(1) <= 1 + 1e-6).all()


def test_after_a_softmax_the_rest_keep_their_shares_among_themselves(make_model):
    model = make_model(**FORMS["before"])
    before, after = said(model, None)[0][0], said(model, Imposed((Mute((1,)),)))[0][0]
    rest = [0, 2, 3, 4]
    torch.testing.assert_close(after[rest], before[rest] / before[rest].sum())


def test_uniform_rows_are_even_over_what_is_in_sight(make_model):
    weights = said(make_model(**FORMS["before"]), Imposed((Uniform(), Mute((0,)))))[0]
    torch.testing.assert_close(weights, torch.tensor([[0, 0.25, 0.25, 0.25, 0.25]]).expand(len(TARGET), -1))
    window = said(make_model(**FORMS["local-m"]), Imposed((Uniform((0,)),)))[0][0]
    torch.testing.assert_close(window, torch.tensor([0.5, 0.5, 0, 0, 0]))


def test_dealt_out_anew_a_row_holds_the_same_weights_and_each_step_has_its_own_deal(make_model):
    model = make_model(placement="after")  # where nothing that was looked at enters the next step
    before, after = said(model, None)[0], said(model, Imposed((Permute((), 3),)))[0]
    torch.testing.assert_close(after.sort(1).values, before.sort(1).values)
    deals = {tuple(np.argsort(before[t].numpy())[np.argsort(after[t].argsort().numpy())]) for t in range(len(TARGET))}
    assert len(deals) > 1
    assert torch.equal(after, said(model, Imposed((Permute((), 3),)))[0])


@settings(max_examples=25, deadline=None)
@given(step=st.integers(0, 5), key=st.integers(0, 4), form=st.sampled_from(list(FORMS)), share=st.floats(0, 1))
def test_a_pinned_row_leaves_all_before_it_as_it_was(make_model, step: int, key: int, form: str, share: float):
    model = make_model(**FORMS[form])
    for before, after in zip(said(model, None), said(model, Imposed((Pin((step,), (key,), share),))), strict=True):
        assert torch.equal(before[:step], after[:step])


@pytest.mark.parametrize("beam", [1, 3])
def test_step_by_step_the_rows_are_those_of_the_whole_output(translator, beam: int):
    plain = translator.translate(TEXT, beam=beam)
    found = impose(translator, plain, Imposed((Pin((1,), (2,)), Mute((0,)), Permute((3,), 1))), beam)
    whole = under(translator, found.imposed, plain).again(found.new)
    np.testing.assert_allclose(found.new.trace.weights, whole.trace.weights, atol=1e-5)
    assert found.new.trace.matrix()[1, 2] == 1 and (found.new.trace.matrix()[:, 0] == 0).all()
    assert found.new.output.logprob == pytest.approx(whole.output.logprob, abs=1e-3)


def test_the_rise_is_the_difference_of_two_forced_runs(translator):
    plain = translator.translate(TEXT)
    found = impose(translator, plain, Imposed((Uniform(),)))
    twice = [each.again(plain).output for each in (translator, under(translator, found.imposed, plain))]
    rise = [b.logprob - a.logprob for a, b in zip(twice[0].tokens, twice[1].tokens, strict=True)]
    np.testing.assert_allclose(found.rise, rise, atol=1e-6)
    assert found.same.ids == plain.ids and np.abs(found.rise).max() > 0.01
    assert [t.logprob for t in found.before.output.tokens] == pytest.approx(
        [t.logprob for t in plain.output.tokens], abs=1e-4
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((Mute((40,)),), "no position 41"),
        ((Pin((90,), (0,)),), "no step 91"),
        ((Mute(tuple(range(60))),), "no position"),
        ((Pin((0,), (1,), 0.7), Pin((0,), (2,), 0.6)), "more than 100 %"),
        ((Mute((2,)), Pin((1,), (2,))), "muted"),
        ((Pin((0,), (-1,)),), "no position 0"),
        ((Uniform((-1,)),), "no step 0"),
    ],
)
def test_what_does_not_fit_an_output_is_refused_in_a_sentence(translator, changes, words: str):
    with pytest.raises(Refused, match=words):
        impose(translator, translator.translate("A man."), Imposed(changes))


def test_all_of_a_source_cannot_be_muted(translator):
    plain = translator.translate("A man.")
    with pytest.raises(Refused, match="at least"):
        impose(translator, plain, Imposed((Mute(tuple(range(len(plain.keys)))),)))


@pytest.mark.parametrize("muted", [0, 2])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_pin_that_leaves_nobody_to_take_the_rest_is_refused(translator, muted: int, share: float):
    plain = translator.translate("A man.")
    keys = range(len(plain.keys))
    mutes = (Mute(tuple(keys[:muted])),) if muted else ()
    with pytest.raises(Refused, match=rf"Step 2 is pinned with {100 * share:g} % .* no position is left"):
        impose(translator, plain, Imposed((*mutes, Pin((1,), tuple(keys[muted:]), share))))
    whole = impose(translator, plain, Imposed((*mutes, Pin((1,), tuple(keys[muted:]), 1.0)))).same.trace.matrix()
    assert whole[1].sum() == pytest.approx(1) and (whole[1, :muted] == 0).all()


@pytest.mark.parametrize(
    ("choices", "words"),
    [({"selection": "exact", "placement": "after"}, "sums up"), ({"design": "decoder2", "direction": "forward"}, "no")],
)
def test_models_that_cannot_be_imposed_on_say_so(translator, tokenizer, make_model, choices, words: str):
    other = type(translator)(translator.info, make_model(len(tokenizer), **choices), tokenizer)
    with pytest.raises(Refused, match=words):
        impose(other, other.translate("A man."), Imposed((Uniform(),)))


def test_the_catalogue_knows_which_models_can_be_imposed_on(translator):
    assert {name for name, each in SELECTIONS.items() if each.mixes} == {catalogue.MIXING}

    def known(**choices: str) -> bool:
        return replace(translator.info, config={**translator.info.config, "model": choices}).imposable

    assert known() and known(selection="sparse")
    assert not known(selection="exact") and not known(design="decoder1")
    assert not replace(translator.info, config={"model_type": "marian"}).imposable


PLACES = st.lists(st.integers(0, 300), min_size=1, max_size=4, unique=True)
NUMBERS = st.integers(0, 100)


@given(st.sampled_from([Mute, Uniform, Permute, Pin]), st.just([]) | PLACES, PLACES, NUMBERS)
def test_an_id_brings_back_its_change(kind, steps: list[int], keys: list[int], number: int):
    parts = {Mute: (keys,), Uniform: (steps,), Permute: (steps, number), Pin: (steps, keys, number / 100)}[kind]
    found = kind(*(tuple(part) if isinstance(part, list) else part for part in parts))
    assert change(code(found)) == found


@pytest.mark.parametrize(
    "bad", ["", "mute", "mute-0", "mute-3-4", "pin-1-2", "pin-1-2-101", "uniform-x", "mute-٣", "mute-1_", "a-1"]
)
def test_what_is_no_id_stands_for_nothing(bad: str):
    with pytest.raises(ValueError, match=r"no |a pin"):
        imposed([bad])


def test_the_command_line_changes_attention_and_tells_what_became_of_it(run, stored):
    options = ["--mute", "2,3", "--pin", "1-1-70", "--pin", "1-4-30", "--uniform", "2"]
    found = valid("trace", run("trace", "run:tiny", *options, given="A man rides.\n").lines[0])
    changed = found["imposed"]
    assert changed["changes"] == ["mute-2_3", "uniform-2", "pin-1-1-70", "pin-1-4-30"]
    row = changed["same"]["traces"][0]["weights"][0][0][0]
    assert row[:4] == [0.7, 0, 0, 0.3] and len(changed["rise"]) == len(found["output"]["tokens"])
    assert "output" in changed["new"]
    plain = json.loads(run("trace", "run:tiny", given="A man rides.\n").lines[0])
    assert plain == {name: value for name, value in found.items() if name != "imposed"}


def test_the_command_line_takes_a_position_that_is_named_twice_once(run, stored):
    given = "A man rides.\n"
    asked = valid("trace", run("trace", "run:tiny", "--pin", "1-1,1-50", given=given).lines[0])["imposed"]
    row = asked["same"]["traces"][0]["weights"][0][0][0]
    assert asked["changes"] == ["pin-1-1-50"] and row[0] == pytest.approx(0.5) and sum(row) == pytest.approx(1)


@pytest.mark.parametrize("option", [["--mute", "x"], ["--pin", "1-2"], ["--uniform", "-1"]])
def test_the_command_line_refuses_what_is_no_change(run, stored, option):
    refused(run("trace", "run:tiny", f"{option[0]}={option[1]}", given="A man.\n"), f"{option[0]} wants numbers")
