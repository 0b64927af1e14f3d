"""Word alignment against plain loops over words, in the terms of Och & Ney 2003."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy as scipy_entropy

from engine.data.pairs.gold import GoldPair
from engine.data.pairs.gold_file import MAX_NOTES, MAX_PAIRS, parse
from engine.data.pairs.pharaoh import pharaoh, to_pharaoh
from engine.errors import Refused
from engine.evaluation import heads
from engine.evaluation.alignment import (
    Gold,
    aer,
    aer_difference,
    balance,
    counts,
    diagonal,
    entropy,
    error_rates,
    intervals,
    join,
    joined,
    links,
)
from engine.evaluation.verdict import beside_chance, of_interval

MATRIX = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 6)), elements=st.floats(-1, 2, width=16))
LINKS = st.frozensets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8)
GOLD = st.builds(Gold, LINKS, LINKS)
CORPUS = st.lists(st.tuples(LINKS, GOLD), min_size=1, max_size=5)


def plain_links(matrix: np.ndarray, threshold: float | None, end: bool) -> set[tuple[int, int]]:
    """Each target word with its best source word, word by word."""
    found = set()
    words = matrix.shape[1] - (1 if end else 0)
    for j, row in enumerate(matrix.tolist()):
        best = row.index(max(row))
        if best < words and max(row) > 0:
            found.add((best, j))
        for i in range(words):
            if threshold is not None and row[i] > threshold:
                found.add((i, j))
    return found


@given(MATRIX, st.none() | st.floats(0.1, 1), st.booleans())
def test_links_are_those_that_a_reader_would_draw_row_by_row(matrix: np.ndarray, threshold: float | None, end: bool):
    assert links(matrix, threshold, ends=int(end)) == plain_links(matrix, threshold, end)


@given(MATRIX, st.booleans())
def test_balanced_links_are_the_highest_of_both_shares_and_keep_rows_where_nothing_is_positive_empty(
    matrix: np.ndarray, end: bool
):
    weighed = balance(matrix)
    for i, j in links(matrix, ends=int(end), balanced=True):
        assert matrix[j].max() > 0 and weighed[j, i] == weighed[j].max()
    assert len({j for _, j in links(matrix, ends=int(end), balanced=True)}) <= len(matrix)


@given(MATRIX, st.floats(0.1, 50), st.booleans())
def test_links_do_not_depend_on_the_unit_of_the_numbers(matrix: np.ndarray, unit: float, end: bool):
    assert links(matrix * 4, ends=int(end)) == links(matrix, ends=int(end))
    np.testing.assert_allclose(balance(matrix * unit), balance(matrix), atol=1e-12)
    np.testing.assert_allclose(entropy(matrix * unit), entropy(matrix), atol=1e-9)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_matrix_with_what_is_no_number_has_no_links(wrong: float):
    with pytest.raises(ValueError, match="must be finite"):
        links(np.array([[wrong, 1.0]]))


@given(MATRIX)
def test_entropy_is_that_of_scipy_in_bits(matrix: np.ndarray):
    for row, found in zip(np.clip(matrix, 0, None), entropy(matrix), strict=True):
        assert found == pytest.approx(scipy_entropy(row, base=2) if row.sum() > 0 else 0, abs=1e-9)


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)), arrays(np.float64, (3, 4), elements=st.floats(0, 1)))
def test_two_directions_are_joined_by_the_geometric_mean_of_their_shares(forward: np.ndarray, backward: np.ndarray):
    matrix = joined(forward, backward)  # three words on both sides, and an end on each
    assert matrix.shape == (3, 3)
    for j in range(3):
        for i in range(3):
            there = forward[j, i] / forward[j].sum() if forward[j].sum() else 0
            back = backward[i, j] / backward[i].sum() if backward[i].sum() else 0
            assert matrix[j, i] == pytest.approx(math.sqrt(there * back))
    np.testing.assert_allclose(joined(backward, forward), matrix.T)
    assert {(j, i) for i, j in join(forward, backward)} == join(backward, forward) or len(set(matrix.ravel())) < 9


@given(arrays(np.float64, (3, 3), elements=st.floats(0, 1)), arrays(np.float64, (3, 3), elements=st.floats(0, 1)))
def test_joined_links_are_best_in_their_row_and_in_their_column(forward: np.ndarray, backward: np.ndarray):
    matrix = joined(forward, backward)
    drawn = join(forward, backward)
    for i, j in drawn:
        assert matrix[j, i] == matrix[j].max() == matrix[:, i].max() > 0
    # The largest of all is the best of its row and of its column, unless nothing is there.
    assert bool(drawn) == (matrix.max() > 0)


@pytest.mark.parametrize(("forward", "backward"), [((2, 3), (3, 3)), ((2, 4), (3, 2)), ((2, 2), (3, 4))])
def test_matrices_that_are_no_two_ways_of_one_pair_are_not_joined(forward: tuple[int, int], backward: tuple[int, int]):
    with pytest.raises(ValueError, match="not two ways of one pair"):
        joined(np.ones(forward), np.ones(backward))


@given(CORPUS)
def test_scores_of_a_corpus_are_those_of_the_papers_formula(corpus: list[Any]):
    drawn = sum(len(a) for a, _ in corpus)
    sure = sum(len(g.sure) for _, g in corpus)
    hit_sure = sum(len(a & g.sure) for a, g in corpus)
    hit_possible = sum(len(a & g.possible) for a, g in corpus)
    found = aer([a for a, _ in corpus], [g for _, g in corpus])
    assert found.precision == pytest.approx(hit_possible / drawn if drawn else 1)
    assert found.recall == pytest.approx(hit_sure / sure if sure else 1)
    assert found.aer == pytest.approx(1 - (hit_sure + hit_possible) / (drawn + sure) if drawn + sure else 0)


@given(CORPUS)
def test_where_every_link_is_sure_the_error_rate_is_what_f1_leaves(corpus: list[Any]):
    gold = [Gold(g.sure, frozenset()) for _, g in corpus]
    found = aer([a for a, _ in corpus], gold)
    if found.precision + found.recall > 0 and any(a for a, _ in corpus) and any(g.sure for g in gold):
        f1 = 2 * found.precision * found.recall / (found.precision + found.recall)
        assert found.aer == pytest.approx(1 - f1)


@given(CORPUS, LINKS)
def test_another_link_that_is_possible_never_lowers_precision_and_a_sure_one_never_recall(
    corpus: list[Any], more: frozenset[tuple[int, int]]
):
    gold = [g for _, g in corpus]
    before = aer([a for a, _ in corpus], gold)
    possible = aer([a | (more & g.possible) for a, g in corpus], gold)
    assert possible.precision >= before.precision - 1e-12 or not any(a for a, _ in corpus)
    assert possible.recall >= before.recall - 1e-12


@given(CORPUS)
@settings(max_examples=20)
def test_rates_with_their_intervals_hold_the_value_of_the_whole(corpus: list[Any]):
    statistics = counts([a for a, _ in corpus], [g for _, g in corpus])
    whole = aer([a for a, _ in corpus], [g for _, g in corpus])
    rates, within = error_rates(statistics), intervals(statistics)
    for name in ("aer", "precision", "recall"):
        assert rates[name]["value"] == pytest.approx(getattr(whole, name), abs=1e-6)
        assert rates[name]["low"] == pytest.approx(within[name].low, abs=1e-6)
        assert 0 <= within[name].low <= within[name].high <= 1


@given(CORPUS)
@settings(max_examples=20)
def test_a_difference_turned_round_is_the_same_with_the_other_sign(corpus: list[Any]):
    gold = [g for _, g in corpus]
    first, second = counts([a for a, _ in corpus], gold), counts([g.sure for g in gold], gold)
    there, (low, high) = aer_difference(first, second)
    back, (other_low, other_high) = aer_difference(second, first)
    assert (there, low, high) == pytest.approx((-back, -other_high, -other_low))
    assert there >= 0  # gold has no error by itself
    assert aer_difference(first, first) == (0, (0, 0))


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_diagonal_gives_each_target_word_one_source_word_and_never_goes_back(source: int, target: int):
    found = sorted(diagonal(source, target), key=lambda link: link[1])
    assert [j for _, j in found] == list(range(target))
    assert all(0 <= i < source for i, _ in found)
    assert all(a <= b for (a, _), (b, _) in itertools.pairwise(found))
    # Turned round, source and target, first words stay first and last ones last.
    assert found[0][0] <= source / 2 and found[-1][0] >= (source - 1) / 2
    assert all(abs((i + 0.5) / source - (j + 0.5) / target) <= 0.5 / source + 1e-9 for i, j in found)


@given(LINKS)
def test_links_as_text_are_in_order_and_read_back(drawn: frozenset[tuple[int, int]]):
    text = to_pharaoh(drawn)
    assert [tuple(map(int, word.split("-"))) for word in text.split()] == sorted(drawn)
    assert pharaoh(text) == drawn == pharaoh(f"  {text.replace(' ', '   ')} \n")


# --- the alignment finder


@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=25)
def test_the_finder_gives_the_error_rate_that_each_way_to_read_has_by_itself(seed: int, layers: int, count: int):
    chance = np.random.default_rng(seed)
    sizes = [(2, 3), (3, 2), (4, 4)]
    gold = [Gold(frozenset({(0, 0)}), frozenset({(1, 1)}))] * len(sizes)
    matrices = [chance.random((2, layers, count, target, source + 1)).astype(np.float32) for source, target in sizes]
    ranked = heads.measure(matrices, gold)
    assert len(ranked) == layers * (count + 1) * 4
    assert [one.aer for one in ranked] == sorted(one.aer for one in ranked)
    for measured in ranked:
        reading = measured.reading
        proposed = []
        for whole in matrices:
            own = whole[reading.shift, reading.layer]
            matrix = own.mean(0) if reading.head is None else own[reading.head]
            proposed.append(plain_links(matrix if reading.end else matrix[:, :-1], None, reading.end))
        assert measured.aer == pytest.approx(aer(proposed, gold).aer)


def test_a_finder_fed_in_parts_gives_what_it_gives_at_once():
    chance = np.random.default_rng(4)
    matrices = [chance.random((2, 2, 2, 3, 4)).astype(np.float32) for _ in range(5)]
    gold = [Gold(frozenset({(0, 0), (1, 1)}), frozenset())] * 5
    finder = heads.Finder()
    finder.add([], [])
    for k in range(5):
        finder.add(matrices[k : k + 1], gold[k : k + 1])
    parts = {one.reading: one.statistics.tolist() for one in finder.ranked()}
    assert parts == {one.reading: one.statistics.tolist() for one in heads.measure(matrices, gold)}


# --- files of linked pairs


def some_pairs(seed: int) -> list[GoldPair]:
    """Pairs of a few words each, linked by chance."""
    chance = np.random.default_rng(seed)
    pairs = []
    for number in range(1, chance.integers(1, 6) + 1):
        source, target = (
            tuple("".join(chance.choice(list("abcé猫'"), chance.integers(1, 5))) for _ in range(chance.integers(1, 5)))
            for _ in range(2)
        )
        drawn = chance.integers((len(source), len(target)), size=(chance.integers(0, 5), 2)).tolist()
        sure = frozenset({(0, 0), *map(tuple, drawn[::2])})
        pairs.append(GoldPair(number, source, target, sure, sure | {tuple(link) for link in drawn}))
    return pairs


def line_of(pair: GoldPair, first: int) -> str:
    marks = [f"{i + first}-{j + first}" for i, j in sorted(pair.sure)]
    marks += [f"{i + first}-{j + first}?" for i, j in sorted(pair.possible - pair.sure)]
    return "\t".join((" ".join(pair.source), " ".join(pair.target), " ".join(marks)))


@given(st.integers(0, 2**31))
@settings(max_examples=50)
def test_pairs_written_in_columns_are_read_back(seed: int):
    pairs = some_pairs(seed)
    found = parse("\n".join(line_of(pair, 0) for pair in pairs).encode(), "x")
    assert list(found.pairs) == pairs and (found.rows_in, found.rows_bad, found.first) == (len(pairs), 0, 0)


@given(st.integers(0, 2**31))
@settings(max_examples=50)
def test_a_file_that_counts_from_one_is_put_right_where_its_links_show_it(seed: int):
    pairs = some_pairs(seed)
    last = GoldPair(len(pairs) + 1, ("a",), ("b",), frozenset({(0, 0)}), frozenset({(0, 0)}))
    found = parse("\n".join(line_of(pair, 1) for pair in [*pairs, last]).encode(), "x")
    # With a pair of single words a link 1-1 is beyond both where words are counted from 0.
    assert (found.first, found.doubtful) == (1, False) and list(found.pairs) == [*pairs, last]


def test_a_file_whose_links_fit_both_ways_of_counting_is_read_from_nought_and_said_to_be_doubtful():
    found = parse(b"a b c\tx y z\t1-1 1-2", "x")
    assert (found.first, found.doubtful) == (0, True) and found.pairs[0].sure == {(1, 1), (1, 2)}
    assert not parse(b"a b\tx y\t", "x").doubtful
    assert not parse(b"a b\tx y\t0-1", "x").doubtful


@pytest.mark.parametrize("mark", ["0-1?", "0?1", "0p1"])
def test_a_possible_link_is_written_in_several_ways(mark: str):
    (pair,) = parse(f"a b\tx y\t0-0 {mark}".encode(), "x").pairs
    assert pair.sure == {(0, 0)} and pair.possible == {(0, 0), (0, 1)}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a\tb", "2 columns instead of 3"),
        ("a\tb\t0-0\t1", "4 columns instead of 3"),
        ("a\tb\t0:0", "“0:0” is no link"),
        (" \tb\t0-0", "One side is blank"),
        ("a\tb\t0-3", "links 0-3, but its words are 1 in the source and 1 in the target, counted from 0"),
        ("x" * 5001 + "\tb\t0-0", "more than 5,000 characters"),
    ],
)
def test_a_line_that_does_not_fit_is_told_and_the_others_are_read(line: str, reason: str):
    found = parse(f"a b\tx\t0-0\n\n{line}\na\tx\t0-0".encode(), "x")
    assert len(found.pairs) == 2 and (found.rows_in, found.rows_bad) == (3, 1)
    (note,) = found.notes
    assert note.line == 3 and reason in str(note.reason)


@pytest.mark.parametrize(
    "line",
    [
        '{"src": ["a"], "tgt": ["x"], "sure": [[0, 0]]}',
        '{"src": "a", "tgt": ["x"], "sure": [], "possible": []}',
        '{"src": ["a"], "tgt": ["x"], "sure": [[0]], "possible": []}',
        '{"src": ["a"], "tgt": ["x"], "sure": [[0, -1]], "possible": []}',
        '{"src": ["a"], "tgt": ["x"], "sure": [[0, true]], "possible": []}',
        '{"src": ["a"], "tgt": ["x"], "sure": [[0, 0.5]], "possible": []}',
        '{"src": ["a"], "tgt": [1], "sure": [], "possible": []}',
        "{" * 50_000,
        "[]",
    ],
)
def test_a_line_that_is_no_such_object_is_told(line: str):
    good = '{"src": ["a", "b"], "tgt": ["x"], "sure": [[1, 0]], "possible": [[0, 0]]}'
    found = parse(f"{good}\n{line}\n".encode(), "x")
    assert [(pair.sure, pair.possible) for pair in found.pairs] == [({(1, 0)}, {(0, 0), (1, 0)})]
    assert [str(note.reason) for note in found.notes] == ["No JSON object with the lists src, tgt, sure and possible."]


def test_a_word_with_a_space_is_none():
    line = '{"src": ["a b"], "tgt": ["x"], "sure": [], "possible": []}'
    assert "A word has a space in it." in str(parse(line.encode(), "x").notes[0].reason)


def test_of_a_long_file_the_first_pairs_are_read_and_the_others_counted():
    found = parse(b"a\tx\t0-0\n" * (MAX_PAIRS + 7), "x")
    assert (len(found.pairs), found.beyond, found.rows_in) == (MAX_PAIRS, 7, MAX_PAIRS + 7)
    bad = parse(b"a\n" * (MAX_NOTES + 5), "x")
    assert (len(bad.notes), bad.rows_bad) == (MAX_NOTES, MAX_NOTES + 5)


def test_a_file_too_large_to_be_links_is_refused_with_its_size():
    with pytest.raises(Refused, match=r"gold\.tsv has 4,000,001 bytes and 4,000,000 are read at most"):
        parse(b"a" * 4_000_001, "gold.tsv")


# --- what may be called better


@given(st.floats(-1, 1), st.floats(0, 1), st.booleans())
def test_a_difference_is_called_by_the_side_of_nought_on_which_its_whole_interval_lies(
    low: float, width: float, lower: bool
):
    verdict = of_interval({"low": low, "high": low + width}, lower_is_better=lower)
    if low <= 0 <= low + width:
        assert verdict == "undecided"
    else:
        assert verdict == ("better" if (low > 0) != lower else "worse")


@given(st.floats(0, 1), arrays(np.float64, 19, elements=st.floats(0, 1)), st.booleans())
def test_beside_chance_only_what_lies_beyond_all_draws_is_decided(value: float, draws: np.ndarray, lower: bool):
    verdict = beside_chance(value, draws, lower_is_better=lower)
    beyond = (value > draws).all(), (value < draws).all()
    assert (verdict == "undecided") == (beyond == (False, False))
    assert (verdict == "better") == beyond[1 if lower else 0]
