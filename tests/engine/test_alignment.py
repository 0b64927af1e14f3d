"""Links, Pharaoh text and AER, against cases worked by hand and a table of published aligners."""

import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.data.pairs import gold
from engine.data.pairs.pharaoh import pharaoh, read, to_pharaoh
from engine.errors import Refused
from engine.evaluation.alignment import (
    Gold,
    aer,
    aer_difference,
    balance,
    counts,
    diagonal,
    entropy,
    intervals,
    join,
    joined,
    links,
    score,
)

# Two sentences counted on paper. First: S = {00, 11}, P adds 12, A = {00, 12, 21} has 1 sure and 2 possible.
# Second: S = {00}, P the same, A = {00}. Sums: |A| = 4, |S| = 3, |A∩S| = 2, |A∩P| = 3.
PROPOSED = [{(0, 0), (1, 2), (2, 1)}, {(0, 0)}]
ANNOTATED = [Gold(frozenset({(0, 0), (1, 1)}), frozenset({(1, 2)})), Gold(frozenset({(0, 0)}), frozenset())]

pairs = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8)
golds = st.builds(lambda sure, more: Gold(frozenset(sure), frozenset(more)), pairs, pairs)


def test_scores_equal_those_counted_on_paper():
    found = aer(PROPOSED, ANNOTATED)
    assert found.aer == pytest.approx(1 - (2 + 3) / (4 + 3))
    assert found.precision == pytest.approx(3 / 4)
    assert found.recall == pytest.approx(2 / 3)


def test_the_corpus_score_is_no_mean_over_sentences():
    alone = [aer([a], [g]).aer for a, g in zip(PROPOSED, ANNOTATED, strict=True)]
    assert aer(PROPOSED, ANNOTATED).aer != pytest.approx(np.mean(alone))


def test_sure_links_are_possible_even_when_the_list_of_possible_ones_leaves_them_out():
    assert Gold(frozenset({(0, 0)}), frozenset()).possible == {(0, 0)}


def test_where_nothing_is_asked_for_and_nothing_drawn_there_is_no_error():
    found = aer([set()], [Gold(frozenset(), frozenset())])
    assert (found.aer, found.precision, found.recall) == (0, 1, 1)


@given(st.lists(golds, min_size=1, max_size=6))
def test_gold_agrees_with_itself(annotated):
    assert aer([g.sure for g in annotated], annotated).aer == 0


@given(st.lists(st.tuples(pairs, golds), min_size=1, max_size=6), st.randoms())
def test_scores_lie_between_0_and_1_and_the_order_of_sentences_does_not_matter(corpus, random):
    first = aer([a for a, _ in corpus], [g for _, g in corpus])
    random.shuffle(corpus)
    assert first == aer([a for a, _ in corpus], [g for _, g in corpus])
    assert all(0 <= value <= 1 for value in (first.aer, first.precision, first.recall))


@given(st.lists(st.tuples(pairs, golds), min_size=1, max_size=6))
def test_turning_source_and_target_round_on_both_sides_changes_nothing(corpus):
    def turned(found):
        return {(j, i) for i, j in found}

    there = aer([a for a, _ in corpus], [g for _, g in corpus])
    back = aer(
        [turned(a) for a, _ in corpus],
        [Gold(frozenset(turned(g.sure)), frozenset(turned(g.possible))) for _, g in corpus],
    )
    assert there == back


def test_another_number_of_sentences_than_references_is_refused():
    with pytest.raises(ValueError, match="1 sentences were aligned, but 2"):
        aer(PROPOSED[:1], ANNOTATED)


def test_the_interval_holds_the_value_and_comes_out_the_same_every_time():
    statistics = counts(PROPOSED * 20, ANNOTATED * 20)
    found = intervals(statistics)
    for name, value in zip(("aer", "precision", "recall"), score(statistics.sum(0, keepdims=True))[0], strict=True):
        assert 0 <= found[name].low <= value <= found[name].high <= 1
        assert found[name].low < found[name].high
    assert found == intervals(statistics)


def test_the_interval_is_as_wide_as_the_spread_over_sentences_says():
    # each sentence has one link and one sure link, right with probability .7: AER is the share of the wrong ones
    right = np.random.default_rng(0).random(400) < 0.7
    statistics = counts([{(0, 0 if r else 1)} for r in right], [Gold(frozenset({(0, 0)}), frozenset())] * 400)
    low, high = intervals(statistics)["aer"]
    spread = math.sqrt(right.mean() * (1 - right.mean()) / 400)
    assert (high - low) == pytest.approx(2 * 1.96 * spread, rel=0.1)


def test_a_paired_difference_is_surer_than_two_intervals_side_by_side():
    right = np.random.default_rng(0).random(300) < 0.6
    annotated = [Gold(frozenset({(0, 0)}), frozenset())] * 300
    first = counts([{(0, 0 if r else 1)} for r in right], annotated)
    better = right.copy()
    better[:10] = True
    second = counts([{(0, 0 if r else 1)} for r in better], annotated)
    value, (low, high) = aer_difference(first, second)
    assert value == pytest.approx((better.sum() - right.sum()) / 300)
    assert 0 <= low <= value <= high
    assert high - low < intervals(first)["aer"].high - intervals(first)["aer"].low


def test_each_target_word_links_to_the_highest_source_word_and_to_none_where_the_end_wins():
    matrix = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3]])
    assert links(matrix) == {(0, 0), (1, 2)}
    assert links(matrix, threshold=0.25) == {(0, 0), (1, 0), (1, 2)}
    assert links(matrix, threshold=0.15) == {(0, 0), (1, 0), (1, 1), (0, 2), (1, 2)}
    assert links(matrix, ends=0) == {(0, 0), (2, 1), (1, 2)}


def test_a_row_in_which_nothing_mattered_links_to_nothing():
    assert links(np.array([[0.0, 0.0, 0.0], [-0.5, -0.2, 0.0]])) == set()


def test_balanced_a_word_that_all_need_leaves_the_others_theirs():
    # Every target word needs the first source word; the second source word does nothing but help the second.
    matrix = np.array([[4.0, 0.0, 0.0], [3.0, 2.0, 0.0]])
    assert links(matrix) == {(0, 0), (0, 1)}
    assert links(matrix, balanced=True) == {(0, 0), (1, 1)}
    assert links(matrix, balanced=True, threshold=2.5) == {(0, 0), (1, 1), (0, 1)}


@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-2, 2)))
def test_balanced_values_are_the_mean_of_both_shares_whichever_side_is_read_first(matrix):
    found, kept = balance(matrix), np.clip(matrix, 0, None)
    np.testing.assert_allclose(found.T, balance(matrix.T), atol=1e-12)
    for j, i in np.ndindex(*matrix.shape):
        value = kept[j, i]
        shares = (value / kept[j].sum()) * (value / kept[:, i].sum()) if value else 0.0
        assert found[j, i] == pytest.approx(shares**0.5)


def test_a_matrix_without_words_has_no_links():
    assert links(np.zeros((0, 3))) == set()
    assert links(np.ones((2, 1))) == set()


def test_joined_directions_keep_only_pairs_that_are_each_others_best():
    forward = np.array([[0.9, 0.1], [0.8, 0.2]])
    backward = np.array([[0.7, 0.3], [0.4, 0.6]])
    # sqrt of products: target 0 with sources 0, 1: .794, .2; target 1: .490, .346
    assert np.allclose(joined(forward, backward), np.sqrt([[0.63, 0.04], [0.24, 0.12]]))
    # target 1 likes source 0 best, but source 0 likes target 0 better
    assert join(forward, backward) == {(0, 0)}


def test_joining_makes_rows_sum_to_1_first_and_leaves_the_end_column_out():
    forward = np.array([[3.0, 1.0, 0.0], [1.0, 1.0, 2.0]])
    backward = np.array([[5.0, 0.0, 5.0], [-1.0, 2.0, 0.0]])
    assert np.allclose(joined(forward, backward), np.sqrt([[0.75 * 0.5, 0], [0, 0.25 * 1.0]]))
    assert join(forward, backward) == {(0, 0), (1, 1)}


def test_matrices_of_different_sentences_are_not_joined():
    with pytest.raises(ValueError, match="not two ways of one pair"):
        join(np.ones((2, 3)), np.ones((4, 2)))


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_joined_links_are_one_to_one(targets, sources, seed, end):
    random = np.random.default_rng(seed)
    found = join(random.random((targets, sources + end)), random.random((sources, targets + end)))
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)


def test_the_diagonal_goes_from_the_first_word_to_the_last():
    assert diagonal(2, 4) == {(0, 0), (0, 1), (1, 2), (1, 3)}
    assert diagonal(4, 2) == {(1, 0), (3, 1)}
    assert diagonal(0, 2) == diagonal(2, 0) == set()


def test_entropy_is_0_for_one_word_and_log2_n_for_n_words_alike():
    found = entropy(np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [2, 2, 0, 0], [0, 0, 0, 0]]))
    assert np.allclose(found, [0, 2, 1, 0])


@given(pairs)
def test_links_written_and_read_again_are_the_same(found):
    assert pharaoh(to_pharaoh(found)) == found


def test_pharaoh_text_is_sorted_and_empty_for_no_links():
    assert to_pharaoh({(10, 0), (2, 1), (2, 0)}) == "2-0 2-1 10-0"
    assert pharaoh("") == set() == pharaoh(" \n")


@pytest.mark.parametrize("word", ["0-", "a-b", "0-0-0", "-1-0", "1:2", "0-0,1-1", "²-1"])
def test_what_is_no_link_is_refused_by_name(word):
    with pytest.raises(Refused, match="is no link; links look like 0-0 1-2") as caught:
        pharaoh(f"0-0 {word}")
    assert caught.value.facts == {"word": word}


def test_a_file_that_counts_words_from_1_is_refused_and_told_what_to_do():
    with pytest.raises(Refused, match=r"count words from 1 .* line 2 .*; take 1 from every number"):
        read(["1-1", "1-1 2-2"], [(2, 2), (2, 2)])


def test_a_link_to_a_word_that_is_not_there_is_refused():
    with pytest.raises(Refused, match=r"Line 2 links 1-5, .* 2 in the source and 3 in the target"):
        read(["0-0", "0-0 1-5"], [(2, 2), (2, 3)])


def test_another_number_of_lines_than_sentences_is_refused():
    with pytest.raises(Refused, match="lines of the file of links are 1 and the sentences 2"):
        read(["0-0"], [(2, 2), (2, 2)])


def test_links_within_the_sentences_are_read():
    assert read(["0-0 1-1", ""], [(2, 2), (1, 1)]) == [{(0, 0), (1, 1)}, set()]


# --- against other people's aligners, where their outputs are at hand -------------------------------------------

ROW = re.compile(
    r"^\| (?P<pair>\w{4}) \| (?P<system>[\w.-]+) \| [^|]+ "
    r"\| (?P<aer>[\d.]+) \((?P<precision>[\d.]+)/(?P<recall>[\d.]+)\) \|$",
    re.MULTILINE,
)


@pytest.mark.skipif(
    "ALIGNSCOPE_DATA" not in os.environ, reason="ALIGNSCOPE_DATA names no folder with word_alignment/ in it"
)
def test_every_row_of_the_table_of_real_aligners_comes_out():
    folder = Path(os.environ["ALIGNSCOPE_DATA"]) / "word_alignment"
    rows = [match.groupdict() for match in ROW.finditer((folder / "README.md").read_text(encoding="utf-8"))]
    assert len(rows) == len(list((folder / "baselines").glob("*.pharaoh")))
    for row in rows:
        annotated = gold.load(folder / f"{row['pair']}.jsonl")
        lines = (folder / "baselines" / f"{row['pair']}.{row['system']}.pharaoh").read_text(encoding="utf-8")
        found = aer(read(lines.splitlines(), [pair.size for pair in annotated]), annotated)
        wanted = tuple(float(row[name]) for name in ("aer", "precision", "recall"))
        # the table gives AER to two decimals and the others to one
        for value, want, within in zip(
            (found.aer, found.precision, found.recall), wanted, (0.05, 0.051, 0.051), strict=True
        ):
            assert 100 * value == pytest.approx(want, abs=within), row


@pytest.mark.skipif(
    "ALIGNSCOPE_DATA" not in os.environ, reason="ALIGNSCOPE_DATA names no folder with word_alignment/ in it"
)
@pytest.mark.parametrize(
    ("pair", "wanted"),
    [("enfr", 53.2), ("roen", 69.5), ("jaen", 89.0), ("zhen", 83.2), ("deen_bicici", 67.6), ("enit_xlwa", 61.9)],
)
def test_the_diagonal_scores_what_the_table_says(pair, wanted):
    annotated = gold.load(Path(os.environ["ALIGNSCOPE_DATA"]) / "word_alignment" / f"{pair}.jsonl")
    found = aer([diagonal(*one.size) for one in annotated], annotated)
    assert 100 * found.aer == pytest.approx(wanted, abs=0.05)
