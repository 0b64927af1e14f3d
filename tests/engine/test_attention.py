"""Scoring functions against their papers' formulas, and what must hold of every mechanism."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.attention import SCORES, SELECTIONS, WINDOWS, Mechanism

SIZE, HIDDEN = 5, 7

# Each formula for one query s and one key h; j is the key's place in the sentence.
ORACLE = {
    "dot": lambda f, s, h, j: s @ h,
    "scaled_dot": lambda f, s, h, j: s @ h / math.sqrt(len(s)),
    "general": lambda f, s, h, j: s @ f.W @ h,
    "additive": lambda f, s, h, j: f.v @ torch.tanh(f.W @ s + f.U @ h),
    "concat": lambda f, s, h, j: f.v @ torch.tanh(f.W @ torch.cat([s, h])),
    "cosine": lambda f, s, h, j: f.log_beta.exp() * (s @ h) / (s.norm() * h.norm()),
    "mlp": lambda f, s, h, j: f.v @ torch.tanh(f.W2 @ torch.tanh(f.W1 @ torch.cat([s, h]))),
    "linear": lambda f, s, h, j: f.w @ h + f.u @ s,
    "key_only": lambda f, s, h, j: f.w @ h,
    "location": lambda f, s, h, j: (f.W @ s)[j],
}


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def mechanism(name: str, **choices: str | int) -> Mechanism:
    torch.manual_seed(0)
    return Mechanism(SIZE, SIZE, HIDDEN, score=name, **choices).requires_grad_(False)


HARD = {name for name, selection in SELECTIONS.items() if selection.chooses and not selection.mixes}


def attend(of: Mechanism, query: Tensor, keys: Tensor, present: Tensor | None = None):
    present = torch.ones(keys.shape[:2], dtype=torch.bool) if present is None else present
    return of(query, keys, of.project(keys), present, torch.arange(query.shape[1]))


@pytest.mark.parametrize("name", SCORES)
def test_score_equals_its_paper_formula(name):
    torch.manual_seed(1)
    score = SCORES[name](SIZE, SIZE, HIDDEN).requires_grad_(False)
    query, keys = drawn(2, 3, SIZE), drawn(2, 4, SIZE, seed=1)
    found = score.score(query, score.project(keys))
    wanted = torch.stack(
        [
            torch.stack([torch.stack([ORACLE[name](score, s, h, j) for j, h in enumerate(hs)]) for s in ss])
            for ss, hs in zip(query, keys, strict=True)
        ]
    )
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(
    ("table", "name"), [(table, name) for table in (SCORES, SELECTIONS, WINDOWS) for name in table]
)
def test_every_part_of_a_mechanism_says_what_it_is_to_visitors_and_to_readers_of_its_paper(table, name):
    part = table[name]
    assert part.name == name
    assert all((part.label, part.meaning.endswith("."), part.formula, part.source, part.__doc__))


@pytest.mark.parametrize("name", ["dot", "scaled_dot", "cosine"])
def test_scores_that_multiply_states_refuse_unequal_sizes_and_say_what_to_use(name):
    with pytest.raises(ValueError, match=f"{name} needs equal sizes, got query 3 and key 4; use 'general'"):
        SCORES[name](3, 4)


@pytest.mark.parametrize("name", sorted(SCORES.keys() - {"dot", "scaled_dot", "cosine"}))
def test_other_scores_take_unequal_sizes(name):
    score = SCORES[name](3, 4, HIDDEN)
    assert score.score(drawn(1, 2, 3), score.project(drawn(1, 6, 4))).shape == (1, 2, 6)


def test_concat_is_additive_with_the_two_matrices_joined():
    additive, concat = SCORES["additive"](3, 4, HIDDEN), SCORES["concat"](3, 4, HIDDEN)
    concat.load_state_dict({"W": torch.cat([additive.W, additive.U], 1), "v": additive.v})
    query, keys = drawn(2, 3, 3), drawn(2, 5, 4)
    torch.testing.assert_close(additive.score(query, additive.project(keys)), concat.score(query, concat.project(keys)))


@pytest.mark.parametrize("name", ["linear", "key_only"])
def test_a_score_without_interplay_gives_every_target_word_the_same_weights(name):
    weights = attend(mechanism(name), drawn(1, 6, SIZE), drawn(1, 5, SIZE)).weights[0]
    torch.testing.assert_close(weights, weights[:1].expand_as(weights))


@pytest.mark.parametrize("name", sorted(SCORES.keys() - {"linear", "key_only"}))
def test_other_scores_give_different_target_words_different_weights(name):
    weights = attend(mechanism(name), drawn(1, 2, SIZE), drawn(1, 5, SIZE)).weights[0]
    assert not torch.allclose(weights[0], weights[1])


@pytest.mark.parametrize("size", [16, 256])
def test_scaling_keeps_the_variance_of_the_dot_product_at_one(size):
    query, keys = drawn(1, 400, size), drawn(1, 400, size, seed=1)
    scaled, dot = SCORES["scaled_dot"](size, size), SCORES["dot"](size, size)
    assert scaled.score(query, scaled.project(keys)).var().item() == pytest.approx(1, rel=0.05)
    assert dot.score(query, dot.project(keys)).var().item() == pytest.approx(size, rel=0.05)


def test_location_refuses_more_keys_than_it_has_positions():
    location = SCORES["location"](SIZE, SIZE)
    with pytest.raises(ValueError, match="location knows 256 positions, got 257 keys"):
        location.project(drawn(1, 257, SIZE))


# A location score goes by the place of a key, which leaving another one out moves.
@pytest.mark.parametrize("name", sorted(SCORES.keys() - {"location"}))
def test_masking_a_key_equals_leaving_it_out(name):
    of, query, keys = mechanism(name), drawn(1, 3, SIZE), drawn(1, 6, SIZE)
    present = torch.tensor([[True, False, True, True, False, True]])
    whole, part = attend(of, query, keys, present), attend(of, query, keys[:, present[0]])
    torch.testing.assert_close(whole.context, part.context)
    torch.testing.assert_close(whole.weights[..., present[0]], part.weights)
    assert (whole.weights[..., ~present[0]] == 0).all()


@pytest.mark.parametrize("name", SCORES)
@settings(max_examples=15)
@given(pad=st.integers(0, 5), seed=st.integers(0, 50))
def test_whatever_stands_in_the_padding_changes_nothing(name, pad, seed):
    of, query, keys = mechanism(name), drawn(1, 3, SIZE), drawn(1, 4, SIZE)
    junk = drawn(1, pad, SIZE, seed=seed) * 100
    present = torch.tensor([[True] * 4 + [False] * pad])
    alone, padded = attend(of, query, keys), attend(of, query, torch.cat([keys, junk], 1), present)
    torch.testing.assert_close(alone.context, padded.context)
    torch.testing.assert_close(alone.weights, padded.weights[..., :4])


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("window", WINDOWS)
def test_weights_are_shares_and_the_context_their_average(name, selection, window):
    of, query, keys = mechanism(name, selection=selection, window=window), drawn(2, 3, SIZE), drawn(2, 4, SIZE)
    present = torch.tensor([[True] * 4, [True, True, False, False]])
    seen = attend(of, query, keys, present)
    assert (seen.weights >= 0).all()
    assert (seen.weights[1, :, 2:] == 0).all()
    assert seen.rows == ("at_most_one" if window == "local_p" and not SELECTIONS[selection].chooses else "sum_to_one")
    assert (seen.weights.sum(-1) > 0).all() and (seen.weights.sum(-1) < 1 + 1e-6).all()
    if seen.rows == "sum_to_one":
        torch.testing.assert_close(seen.weights.sum(-1), torch.ones(2, 3))
    torch.testing.assert_close(seen.context, torch.einsum("bts,bsk->btk", seen.weights, keys))


def test_one_query_at_a_time_gives_what_all_at_once_give():
    for name in SCORES:
        of, query, keys = mechanism(name), drawn(2, 3, SIZE), drawn(2, 4, SIZE)
        whole = attend(of, query, keys).weights
        single = torch.cat([attend(of, query[:, t : t + 1], keys).weights for t in range(3)], 1)
        torch.testing.assert_close(whole, single)


def by_the_paper(of: Mechanism, s: Tensor, keys: Tensor, t: int) -> tuple[float, list[float]]:
    """Centre and weights of one query over a whole source, as section 3.2 of Luong et al. 2015 prints them."""
    count, width = len(keys), of.window.width
    if of.window.name == "local_m":
        p = float(min(t, count - 1))
    else:
        p = count * float(torch.sigmoid(of.window.v @ torch.tanh(of.window.W @ s)))
    inside = [j for j in range(count) if p - width <= j <= p + width]
    e = {j: math.exp(float(ORACLE[of.scoring.name](of.scoring, s, keys[j], j))) for j in inside}
    gaussian = {j: math.exp(-((j - p) ** 2) / (2 * (width / 2) ** 2)) if of.window.favours else 1.0 for j in inside}
    return p, [e[j] / sum(e.values()) * gaussian[j] if j in inside else 0.0 for j in range(count)]


@pytest.mark.parametrize("width", [1, 2, 4, 10])
@pytest.mark.parametrize("window", ["local_m", "local_p"])
@pytest.mark.parametrize("score", ["additive", "general", "location"])
def test_a_window_gives_the_weights_of_its_paper_without_making_them_whole_again(window, width, score):
    of = mechanism(score, window=window, window_width=width)
    query, keys = drawn(3, 12, SIZE) * 3, drawn(3, 9, SIZE, seed=1)
    present = torch.arange(9) < torch.tensor([[9], [4], [1]])
    seen = attend(of, query, keys, present)
    for i, count in enumerate([9, 4, 1]):
        for t in range(12):
            p, weights = by_the_paper(of, query[i, t], keys[i, :count], t)
            assert seen.centre[i, t].item() == pytest.approx(p, abs=1e-5)
            torch.testing.assert_close(seen.weights[i, t, :count], torch.tensor(weights))
    assert (seen.width == width).all()
    assert (seen.weights.sum(-1) < 0.99).any() == (window == "local_p")


@pytest.mark.parametrize("window", ["local_m", "local_p"])
@settings(max_examples=25)
@given(
    present=st.lists(st.booleans(), min_size=1, max_size=12).filter(any),
    far=st.floats(-40, 40),
    first=st.integers(0, 30),
)
def test_a_window_never_leaves_a_row_empty_whatever_is_missing(window, present, far, first):
    of = mechanism("dot", window=window, window_width=1)
    if window == "local_p":
        of.window.v.fill_(far)
    keys, mask = drawn(1, len(present), SIZE), torch.tensor([present])
    seen = of(drawn(1, 2, SIZE), keys, of.project(keys), mask, torch.tensor([first, first + 1]))
    assert (seen.weights.sum(-1) > 0.1).all() and (seen.weights[:, :, ~mask[0]] == 0).all()
    places = torch.arange(len(present))[mask[0]]
    away = (places - seen.centre.unsqueeze(-1)).abs()
    looked = seen.weights[:, :, mask[0]] > 0
    assert (looked <= (away <= away.amin(-1, keepdim=True).clamp(min=1) + 1e-5)).all()


def test_the_place_that_a_query_names_moves_with_what_is_learnt():
    of = mechanism("dot", window="local_p").requires_grad_(True)
    attend(of, drawn(1, 2, SIZE), drawn(1, 6, SIZE)).context.sum().backward()
    assert of.window.W.grad.abs().sum() > 0 and of.window.v.grad.abs().sum() > 0


@pytest.mark.parametrize("selection", sorted(HARD))
def test_where_one_key_gets_all_the_gaussian_is_part_of_the_choice(selection):
    of = mechanism("dot", window="local_p", selection=selection, window_width=4).eval()
    query, keys = drawn(1, 8, SIZE), drawn(1, 9, SIZE, seed=1) / 4
    seen = attend(of, query, keys)
    distance = torch.arange(9) - seen.centre.unsqueeze(-1)
    weighed = (seen.scores - distance.square() / (2 * 2**2)).masked_fill(distance.abs() > 4, -math.inf)
    assert (seen.weights.argmax(-1) == weighed.argmax(-1)).all() and (seen.weights.amax(-1) == 1).all()
    assert (weighed.argmax(-1) != seen.scores.argmax(-1)).any()


def test_a_window_reaches_at_least_one_place_to_either_side():
    with pytest.raises(ValueError, match="at least 1 position to either side, got 0"):
        mechanism("dot", window="local_m", window_width=0)


def nearest_on_the_simplex(scores: Tensor) -> Tensor:
    """Sparsemax by its definition: of all supports, the one whose weights are shares and lie nearest to the scores."""
    found = []
    for size in range(1, len(scores) + 1):
        for support in map(list, combinations(range(len(scores)), size)):
            weights = torch.zeros_like(scores)
            weights[support] = scores[support] - (scores[support].sum() - 1) / size
            if (weights >= 0).all():
                found.append(weights)
    return min(found, key=lambda weights: float((weights - scores).square().sum()))


@settings(max_examples=50)
@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=6))
def test_sparse_weights_are_the_shares_nearest_to_the_scores(scores):
    row = torch.tensor(scores, dtype=torch.float64)
    torch.testing.assert_close(SELECTIONS["sparse"]()(row[None, None])[0, 0], nearest_on_the_simplex(row))


def test_sparse_gives_nothing_to_what_scores_low_and_its_gradient_is_that_of_the_support():
    scores = torch.tensor([[[1.2, 0.9, -3.0, -math.inf]]], requires_grad=True)
    weights = SELECTIONS["sparse"]()(scores)
    torch.testing.assert_close(weights.detach(), torch.tensor([[[0.65, 0.35, 0.0, 0.0]]]))
    weights[0, 0, 0].backward()
    # the Jacobian on a support S is the identity less 1 / |S| (Martins & Astudillo 2016, on the Jacobian)
    torch.testing.assert_close(scores.grad, torch.tensor([[[0.5, -0.5, 0.0, 0.0]]]))


def squared_roots(scores: Tensor, rounds: int = 200) -> Tensor:
    """1.5-entmax by its definition: [e / 2 - τ]₊², τ found by halving so that the weights add up to 1."""
    halves = scores.double() / 2
    low, high = halves.amax(-1, keepdim=True) - 1, halves.amax(-1, keepdim=True)
    for _ in range(rounds):
        middle = (low + high) / 2
        above = (halves - middle).clamp(min=0).square().sum(-1, keepdim=True) >= 1
        low, high = torch.where(above, middle, low), torch.where(above, high, middle)
    return (halves - low).clamp(min=0).square()


@settings(max_examples=100)
@given(st.lists(st.one_of(st.floats(-6, 6, width=32), st.just(-math.inf)), min_size=1, max_size=12))
def test_entmax_weights_are_those_of_its_definition_whatever_is_masked(scores):
    row = torch.tensor([[[0.5, *scores]]])
    weights = SELECTIONS["entmax15"]()(row)
    torch.testing.assert_close(weights.double(), squared_roots(row), atol=2e-6, rtol=1e-5)
    assert (weights[row == -math.inf] == 0).all()


def test_entmax_lies_between_sparse_and_soft():
    scores = drawn(1, 200, 9) * 2
    kept = [(SELECTIONS[name]()(scores) > 0).float().mean().item() for name in ("sparse", "entmax15", "soft")]
    assert kept == sorted(kept) and kept[0] < kept[1] - 0.05 < 1 - 0.1 and kept[2] == 1


def test_the_gradient_of_entmax_is_that_of_its_weights():
    scores = (drawn(2, 3, 6) * 2).double().requires_grad_()
    assert torch.autograd.gradcheck(SELECTIONS["entmax15"](), scores)
    masked = scores.detach().masked_fill(torch.arange(6) == 2, -math.inf).requires_grad_()
    (SELECTIONS["entmax15"]()(masked) * drawn(2, 3, 6, seed=1)).sum().backward()
    assert masked.grad.isfinite().all() and (masked.grad[..., 2] == 0).all()
    torch.testing.assert_close(masked.grad.sum(-1), torch.zeros(2, 3).double(), atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", ["sparse", "entmax15"])
def test_weights_of_half_precision_scores_add_up_in_full(name):
    weights = SELECTIONS[name]()(drawn(1, 50, 40).bfloat16())
    assert weights.dtype == torch.float32
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 50), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 2, 1000])
@pytest.mark.parametrize("name", ["sparse", "entmax15"])
def test_sparse_adds_up_however_large_and_many_the_scores(name, size):
    for scores in (drawn(1, 2, size) * 1e4, drawn(1, 2, size) + 1e6, torch.zeros(1, 2, size)):
        torch.testing.assert_close(SELECTIONS[name]()(scores).sum(-1), torch.ones(1, 2))


@pytest.mark.parametrize("name", sorted(HARD))
def test_hard_gives_all_to_the_highest_score_and_of_equals_to_the_first(name):
    scores = torch.tensor([[[0.1, 2.0, 2.0, -math.inf], [-5.0, -math.inf, -6.0, -7.0]]])
    hard = SELECTIONS[name]().eval()
    assert hard(scores).tolist() == [[[0, 1, 0, 0], [1, 0, 0, 0]]]


def test_hard_draws_while_training_as_often_as_the_soft_shares_say_and_has_a_gradient():
    torch.manual_seed(0)
    scores = torch.tensor([1.0, 0.0, -1.0, -math.inf]).expand(1, 4000, 4).clone().requires_grad_()
    weights = SELECTIONS["hard"]()(scores)
    assert ((weights.detach() > 0.999) | (weights.detach() == 0)).all()
    torch.testing.assert_close(weights.detach().mean(1)[0], scores.detach()[0, 0].softmax(0), atol=0.03, rtol=0)
    weights[..., 0].sum().backward()
    assert scores.grad.isfinite().all()
    assert (scores.grad[..., 0] > 0).all() and (scores.grad[..., 1] < 0).all() and (scores.grad[..., 3] == 0).all()


def test_draws_that_rewards_are_for_follow_the_shares_and_half_of_them_are_left_soft():
    torch.manual_seed(0)
    scores = torch.tensor([1.0, 0.0, -1.0, -math.inf]).expand(1, 4000, 4)
    weights, shares = SELECTIONS["hard_reinforce"]()(scores), scores[0, 0].softmax(0)
    drawn = (weights == 1).any(-1)
    assert drawn.float().mean().item() == pytest.approx(0.5, abs=0.03)
    torch.testing.assert_close(weights[drawn].mean(0), shares, atol=0.03, rtol=0)
    torch.testing.assert_close(weights[~drawn], shares.expand(int((~drawn).sum()), 4))


def test_the_shares_of_draws_are_known_while_training_alone():
    of = mechanism("dot", selection="hard_reinforce", window="local_p")
    query, keys = drawn(1, 3, SIZE), drawn(1, 6, SIZE)
    seen = attend(of.train(), query, keys)
    torch.testing.assert_close(seen.shares.sum(-1), torch.ones(1, 3))
    soft = seen.weights.amax(-1) < 1
    torch.testing.assert_close(seen.weights[soft], seen.shares[soft])
    assert attend(of.eval(), query, keys).shares is None
    assert attend(mechanism("dot", selection="hard").train(), query, keys).shares is None


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_selection_says_its_formula_and_gives_masked_keys_exactly_nothing(name):
    assert SELECTIONS[name].formula and SELECTIONS[name].__doc__
    scores = drawn(3, 5, 7).masked_fill(torch.tensor([False, True] * 3 + [True]), -math.inf)
    for selection in (SELECTIONS[name](), SELECTIONS[name]().eval()):
        weights = selection(scores)
        assert (weights[..., torch.tensor([1, 3, 5, 6])] == 0).all()
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, 5))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("score", ["additive", "cosine", "key_only"])
def test_a_null_key_is_a_key_like_any_other_behind_the_last_word_of_each_source(score, selection, window):
    of = mechanism(score, selection=selection, window=window, null_key=True).eval()
    with torch.no_grad():
        of.nowhere.mul_(4)
    query, keys = drawn(2, 3, SIZE), drawn(2, 4, SIZE)
    present = torch.tensor([[True] * 4, [True, True, False, False]])
    extended, allowed = of.extended(keys, present)
    seen = of(query, extended, of.project(extended), allowed, torch.arange(3))
    assert seen.nowhere and seen.weights.shape == (2, 3, 5) and (seen.weights[1, :, 3:] == 0).all()
    torch.testing.assert_close(extended[1, 2], of.nowhere)
    torch.testing.assert_close(extended[0, :4], keys[0])
    alone = of(query[1:], extended[1:, :3], of.project(extended[1:, :3]), torch.ones(1, 3, dtype=bool), torch.arange(3))
    torch.testing.assert_close(alone.weights, seen.weights[1:, :, :3])
    if window == "local_m":  # S counts words alone
        assert seen.centre.tolist() == [[0, 1, 2], [0, 1, 1]]
    if selection == "soft":  # never shut out, never lessened
        share = seen.scores.masked_fill(seen.weights == 0, -math.inf).softmax(-1)
        torch.testing.assert_close(seen.weights[0, :, 4], share[0, :, 4])
        torch.testing.assert_close(seen.weights[1, :, 2], share[1, :, 2])


def test_a_place_of_nowhere_goes_with_scores_that_read_keys():
    with pytest.raises(ValueError, match="location goes by places, and a null key has none"):
        mechanism("location", null_key=True)


@pytest.mark.parametrize("choice", ["score", "window", "selection"])
def test_an_unknown_name_is_answered_with_the_known_ones(choice):
    with pytest.raises(ValueError, match="there are"):
        Mechanism(4, 4, **{choice: "nonsense"})
