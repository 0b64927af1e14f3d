"""From what the engine says of heads, pictures and documents to the numbers that are drawn."""

from __future__ import annotations

import functools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from engine.inference.document_reading import Reading as DocumentReading
from engine.text.document import document as cut
from engine.traces import Axis, Effect, Trace
from webapp.figures import alignment, heads, picture, scale
from webapp.figures import document as documents
from webapp.figures.charts.erasure import erasure
from webapp.figures.charts.erasure import spoken as said_of_erasure
from webapp.figures.charts.ranking import trade_off

SHARES = arrays(np.float64, array_shapes(min_dims=1, max_dims=1, min_side=1, max_side=40), elements=st.floats(0, 1))


@given(SHARES)
def test_what_is_darkest_is_the_largest_unless_all_are_much_alike(numbers: np.ndarray):
    top = float(scale.darkest(numbers))
    assert top >= numbers.max() and top > 0
    if numbers.max() >= scale.STANDS_OUT * numbers.mean() and numbers.max() > 0:
        assert top == numbers.max()
    elif numbers.max() > 0:
        assert top == pytest.approx(max(numbers.max(), min(scale.STANDS_OUT * numbers.mean(), 1)))


def test_where_nothing_is_there_one_is_darkest():
    assert scale.darkest(np.zeros(5)) == 1 and scale.darkest(np.zeros(0)) == 1
    np.testing.assert_array_equal(scale.darkest(np.array([[0.0, 0.0], [1.0, 0.0]]), -1), [1, 1])


@given(st.integers(2, 300))
def test_an_even_row_is_drawn_a_quarter_dark_and_a_share_of_one_fully(count: int):
    even = np.full(count, 1 / count)
    expected = max(1 / scale.STANDS_OUT, 1 / count) if count > scale.STANDS_OUT else 1 / count
    assert scale.shades(even, "linear", scale.darkest(even)).max() == pytest.approx(expected)
    sharp = np.zeros(count)
    sharp[0] = 1
    assert scale.shades(sharp, "linear", scale.darkest(sharp)).tolist() == sharp.tolist()


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)), st.sampled_from(["linear", "log", "rows"]))
def test_shades_lie_between_nought_and_one_and_keep_the_order_of_a_row(numbers: np.ndarray, how: Any):
    top = scale.darkest(numbers, -1) if how == "rows" else scale.darkest(numbers)
    shades = scale.shades(numbers, how, top)
    assert shades.min() >= 0 and shades.max() <= 1
    for row, shade in zip(numbers, shades, strict=True):
        assert (np.diff(shade[np.argsort(row)]) >= -1e-12).all()


@pytest.mark.parametrize(("part", "shade"), [(1, 1), (0.1, 2 / 3), (0.01, 1 / 3), (0.001, 0), (0.0001, 0), (0, 0)])
def test_by_logarithm_each_power_of_ten_is_a_third_of_the_way(part: float, shade: float):
    assert scale.shades(np.array([part * 0.4]), "log", 0.4)[0] == pytest.approx(shade)


# --- heads


def overview(layers: int = 3, count: int = 4, **more: Any) -> Any:
    chance = np.random.default_rng(1)
    numbers = {
        "entropy": chance.random((layers, count)) * 3,
        "distance": chance.random((layers, count)) * 9,
        "toward": {"previous": chance.random((layers, count)), "next": chance.random((layers, count))},
        "left_out": None,
    }
    return SimpleNamespace(**{**numbers, **more})


@pytest.mark.parametrize(
    ("by", "values", "ascending"),
    [
        ("sharp", "entropy", True),
        ("even", "entropy", False),
        ("near", "distance", True),
        ("far", "distance", False),
        ("previous", "previous", False),
        ("next", "next", False),
    ],
)
def test_heads_are_ranked_by_what_they_are_asked_for(by: str, values: str, ascending: bool):
    found = overview()
    numbers = found.toward[values] if values in found.toward else getattr(found, values)
    ranked = heads.ranked(found, by)
    assert ranked is not None and sorted(ranked) == [(k, h) for k in range(3) for h in range(4)]
    in_order = [numbers[pair] for pair in ranked]
    assert in_order == sorted(in_order, reverse=not ascending)
    assert heads.ranked(found, by, 5) == ranked[:5]


def test_heads_that_are_equal_stand_as_in_the_model_and_the_grid_has_no_ranks():
    alike = overview(entropy=np.ones((2, 3)))
    assert (
        heads.ranked(alike, "sharp") == heads.ranked(alike, "even") == tuple((k, h) for k in range(2) for h in range(3))
    )
    assert heads.ranked(alike, heads.PLACE) is None


def test_the_most_telling_head_looks_at_a_neighbour_or_is_the_sharpest():
    previous, following = np.zeros((3, 4)), np.zeros((3, 4))
    previous[0, 1], following[2, 3] = 0.6, 0.9
    assert heads.most_telling(overview(toward={"previous": previous, "next": following})) == (2, 3)
    assert heads.most_telling(overview(toward={"previous": previous})) == (0, 1)
    entropy = np.full((3, 4), 2.0)
    entropy[1, 2] = 0.5
    assert heads.most_telling(overview(toward={"first": previous}, entropy=entropy)) == (1, 2)


@pytest.mark.parametrize(
    ("along", "name"),
    [("pieces", "distance (tokens)"), ("words", "distance (words)"), ("squares", "distance (squares)")],
)
def test_the_table_of_heads_says_in_what_distance_is_counted_and_what_was_left_out(along: Any, name: str):
    numbers = heads.measures(overview(), along)
    assert list(numbers) == ["entropy (nats)", name, "toward previous", "toward next"]
    gone = np.full((3, 4), 0.25)
    assert heads.measures(overview(left_out=gone), along)["left out"] is gone


def test_a_product_shows_query_key_and_one_times_the_other_on_one_scale():
    query, key = np.array([1.0, -2.0, 0.5]), np.array([3.0, 2.0, -1.0])
    scene = heads.product(SimpleNamespace(query=query, key=key, products=query * key), ("q", "k", "q × k"))
    np.testing.assert_array_equal(scene.values, [query, key, [3, -4, -0.5]])
    assert scene.maximum == 4 and scene.diverging and scene.columns == ("1", "2", "3")
    np.testing.assert_allclose(scene.shades, scene.values / 4)
    nothing = np.zeros(2)
    assert heads.product(SimpleNamespace(query=nothing, key=nothing, products=nothing), ("a", "b", "c")).maximum == 1


# --- records of words


def trace(weights: np.ndarray) -> Trace:
    queries, keys = (Axis.of([f"{name}{k}" for k in range(n)]) for name, n in zip("tk", weights.shape, strict=True))
    return Trace("cross", queries, keys, weights[None, None])


def effect(drops: np.ndarray) -> Effect:
    return Effect(Axis.of(["t"] * len(drops)), Axis.of([f"k{k}" for k in range(drops.shape[1])]), drops)


@given(
    arrays(np.float64, (2, 3), elements=st.floats(-3, 3, width=32)),
    arrays(np.float64, (2, 3), elements=st.floats(-3, 3, width=32)),
)
def test_a_difference_is_after_less_before_and_turned_round_it_changes_its_sign(one: np.ndarray, other: np.ndarray):
    there, back = (alignment.difference(effect(a), effect(b)) for a, b in ((one, other), (other, one)))
    np.testing.assert_allclose(there.values, one - other, atol=1e-5)
    np.testing.assert_allclose(there.values, -back.values)
    np.testing.assert_allclose(there.shades, -back.shades)
    assert np.abs(there.shades).max() == (1 if (one != other).any() else 0)
    assert there.diverging and there.unit == "nats"


def test_a_difference_on_the_scale_of_another_stays_within_it():
    before, after = effect(np.array([[0.0, 0.0]])), effect(np.array([[3.0, -1.0]]))
    scene = alignment.difference(after, before, maximum=2)
    assert scene.maximum == 2 and scene.shades.tolist() == [[1, -0.5]]


def test_the_largest_of_effects_is_their_highest_number_and_of_attention_one():
    small, large = effect(np.array([[0.5, -7.0]])), effect(np.array([[1.5, 0.0]]))
    assert alignment.largest(small) == 0.5 and alignment.largest(small, large) == 1.5
    assert alignment.largest(effect(np.array([[-1.0]]))) == 1 and alignment.largest() == 1
    assert alignment.largest(trace(np.array([[0.25, 0.75]]))) == 1


def test_a_text_shaded_by_a_row_is_darkest_at_its_own_largest_number_unless_a_scale_is_given():
    record = trace(np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0]]))
    own, other = alignment.text(record, row=0), alignment.text(record, row=0, maximum=1)
    assert own.shades.tolist() == [1, 0.5, 0.5] and own.maximum == 0.5
    assert other.shades.tolist() == [0.5, 0.25, 0.25] and other.maximum == 1
    assert own.side == "source" and own.words == ("k0", "k1", "k2")
    assert alignment.text(record).values.tolist() == [0.25, 0.125, 0.625]
    nothing = alignment.text(effect(np.array([[-1.0, -2.0]])), row=0)
    assert nothing.maximum == 1 and not nothing.shades.any()


def test_lines_keep_the_value_and_shade_of_the_cell_that_they_stand_for():
    weights = np.array([[0.7, 0.2, 0.1], [0.05, 0.05, 0.9]])
    scene = alignment.lines(trace(weights), mass=0.85)
    assert [(link.row, link.column) for link in scene.links] == [(0, 0), (0, 1), (1, 2)]
    assert [link.value for link in scene.links] == pytest.approx([0.7, 0.2, 0.9])
    assert [link.shade for link in scene.links] == pytest.approx([0.7, 0.2, 0.9])
    assert scene.shown == pytest.approx(1.8 / 2)
    assert (scene.top, scene.bottom) == (("k0", "k1", "k2"), ("t0", "t1"))


def test_a_grid_of_numbers_turns_its_pairs_as_a_matrix_does():
    numbers = np.array([[0.5, 0.25, 0.0], [0.0, 1.0, 2.0]])
    scene = alignment.grid(
        numbers, ["r", "s"], ["a", "b", "c"], maximum=2, links=[(2, 1)], sure=[(0, 1)], possible=[(1, 0)]
    )
    assert (scene.links, scene.sure, scene.possible) == ({(1, 2)}, {(1, 0)}, {(0, 1)})
    assert scene.shades.tolist() == [[0.25, 0.125, 0], [0, 0.5, 1]]


# --- squares of a picture

SEEN: Any = SimpleNamespace(
    shown=np.zeros((4, 6, 3), np.uint8),
    grid=(2, 3),
    marks=1,
    axis=Axis.of(("[CLS]", *(f"{r}·{c}" for r in (1, 2) for c in (1, 2, 3)))),
)


@given(arrays(np.float64, 7, elements=st.floats(0, 1)), st.integers(0, 6), st.booleans())
def test_a_heat_map_holds_the_row_that_looks_and_is_darkest_as_the_scale_says(
    weights: np.ndarray, query: int, marks: bool
):
    scene = picture.heat(SEEN, weights, query, unit="share", marks=marks)
    if marks:
        np.testing.assert_array_equal(scene.values, weights)
        assert scene.marks == ("[CLS]",) and scene.maximum == float(scale.darkest(weights[1:]))
    else:
        assert scene.marks == () and scene.values.sum() == pytest.approx(1)
    assert scene.looking == SEEN.axis.labels[query]
    assert scene.chosen == (None if query == 0 and not marks else picture.place(SEEN, query))
    np.testing.assert_allclose(scene.shades, np.clip(scene.values / scene.maximum, 0, 1))


def test_the_picture_in_its_own_colours_is_the_same_scene_with_nothing_laid_over():
    weights = np.full(7, 1 / 7)
    plain, heat = picture.plain(SEEN, weights, 2, unit="share"), picture.heat(SEEN, weights, 2, unit="share")
    assert plain.plain and not heat.plain and plain.chosen == heat.chosen == (0, 1)
    alone = picture.alone(SEEN, "house")
    assert alone.plain and alone.title == "house" and alone.marks == () and len(alone.values) == 6


def test_squares_are_called_by_row_and_column():
    scene = picture.heat(SEEN, np.full(7, 1 / 7), 0, unit="share")
    assert scene.labels == ("[CLS]", "1·1", "1·2", "1·3", "2·1", "2·2", "2·3")


# --- documents


def reading(text: str, words: list[float], sentences: list[float] | None, **more: Any) -> Any:
    parts = cut(text, "en")
    counts = [len(sentence.words) for sentence in parts.sentences]
    own = np.array(words)
    whole = np.array(sentences if sentences is not None else [1.0] * len(counts))
    combined = np.sqrt(np.repeat(whole, counts) * own)
    even = own * np.repeat(counts, counts)
    base: dict[str, Any] = {
        "document": parts,
        "word_weights": own,
        "sentence_weights": whole,
        "sentences": None if sentences is None else whole,
        "combined": combined,
        "relative": even,
        "without": frozenset(),
        "effect": None,
    }
    return standing_in(**{**base, **more})


def standing_in(**fields: Any) -> Any:
    """What is asked of a reading, over numbers that no model made."""
    numbers = SimpleNamespace(**fields)
    numbers.shades = functools.partial(DocumentReading.shades, numbers)
    return numbers


TWO = reading("It works. See the end.", [0.5, 0.3, 0.2, 0.1, 0.2, 0.3, 0.4], [0.25, 0.75])


def test_words_of_a_document_bear_the_weights_of_the_shade_that_was_asked_for():
    for shade, values in (("words", TWO.word_weights), ("combined", TWO.combined), ("relative", TWO.relative)):
        scene = documents.document(TWO, shade)
        np.testing.assert_array_equal(np.concatenate([s.values for s in scene.sentences]), values)
        assert [s.weight for s in scene.sentences] == [0.25, 0.75]
        assert [s.first for s in scene.sentences] == [0, 3] and [s.number for s in scene.sentences] == [1, 2]
        assert scene.sentences[1].bar == pytest.approx(0.75 / max(0.75, 2 / 2))


def test_the_parts_of_a_words_weight_are_told_and_the_table_holds_all_measures():
    scene = documents.document(TWO, "combined")
    assert scene.sentences[0].details == ("p_s 0.250 · p_w 0.500", "p_s 0.250 · p_w 0.300", "p_s 0.250 · p_w 0.200")
    assert list(scene.measures) == ["p_w", "sqrt(p_s p_w)", "times even"]
    flat = reading("It works.", [0.5, 0.3, 0.2], None)
    assert documents.document(flat, "words").sentences[0].details == ()


def test_even_weights_are_never_darker_than_a_third_nor_bars_longer_than_half():
    even = reading("One two three four five. Six seven eight nine ten.", [1 / 6] * 12, [0.5, 0.5], relative=np.ones(12))
    for shade in ("words", "combined", "relative"):
        scene = documents.document(even, shade)
        assert max(s.shades.max() for s in scene.sentences) == pytest.approx(1 / 3)
        assert [s.bar for s in scene.sentences] == [0.5, 0.5]


def test_an_effect_has_a_sign_and_one_too_faint_to_matter_stays_pale():
    words = np.array([0.4, -0.2, 0.0, 0.1, 0.0, 0.0, 0.0])
    effects = SimpleNamespace(words=words, sentences=np.array([0.3, -0.6]))
    scene = documents.document(standing_in(**{**vars(TWO), "effect": effects}), "effect")
    assert scene.diverging and scene.maximum == 0.4
    np.testing.assert_allclose(scene.sentences[0].shades, [1, -0.5, 0])
    assert [s.bar for s in scene.sentences] == [0.5, -1] and "effect (nats)" in scene.measures
    faint = SimpleNamespace(words=words / 100, sentences=np.array([0.001, -0.002]))
    pale = documents.document(standing_in(**{**vars(TWO), "effect": faint}), "effect")
    assert pale.maximum == documents.FAINT and pale.sentences[0].shades[0] == pytest.approx(0.2)
    with pytest.raises(ValueError, match="without its effect"):
        documents.document(TWO, "effect")


def test_a_sentence_that_is_off_has_no_details_and_no_part_in_what_is_even():
    off = reading("It works. See the end.", [0.5, 0.3, 0.2, 0, 0, 0, 0], [1.0, 0.0], without=frozenset({1}))
    scene = documents.document(off, "words")
    assert [s.read for s in scene.sentences] == [True, False] and scene.sentences[1].details == ()
    # One sentence of three words is read: even is a third of it, which times three is a whole.
    assert scene.maximum == 1


def test_white_space_is_known_from_the_text_itself():
    assert documents.spaced(cut("It's (good).", "en"), 0) == (False, False, True, False, False, False)


# --- charts

CURVES = {
    "most": np.array([0.9, 0.5, 0.2]),
    "least": np.array([0.9, 0.8, 0.7]),
    "random": np.array([[0.9, 0.7, 0.5], [0.9, 0.5, 0.3]]),
}
NAMES = {"most": "most <b>", "least": "least", "random": "by chance"}


def test_a_curve_of_erasure_holds_its_numbers_and_chance_is_a_mean_within_its_range():
    figure = erasure((0, 0.1, 0.5), CURVES, NAMES, x_title="gone", y_title="p")
    high, low, least, chance, most = figure.data
    assert list(high.y) == [0.9, 0.7, 0.5] and list(low.y) == [0.9, 0.5, 0.3]
    assert list(chance.y) == pytest.approx([0.9, 0.6, 0.4])
    assert list(least.y) == CURVES["least"].tolist() and list(most.y) == CURVES["most"].tolist()
    assert all(list(line.x) == [0, 10, 50] for line in figure.data)
    assert most.name == "most &lt;b&gt;" and low.fill == "tonexty" and not high.showlegend


def test_an_erasure_is_said_where_a_tenth_and_half_of_the_words_are_gone():
    said = said_of_erasure((0, 0.1, 0.5), CURVES, NAMES)
    assert said == "most <b>: 10 %: 0.5, 50 %: 0.2; by chance: 10 %: 0.6, 50 %: 0.4; least: 10 %: 0.8, 50 %: 0.7"


@pytest.mark.parametrize(("logarithmic", "kind"), [(True, "log"), (False, "linear")])
def test_points_stand_at_their_two_numbers_on_the_axis_that_was_asked_for(logarithmic: bool, kind: str):
    rows = [{"name": "a", "ms": 10.0, "bleu": 30.0}, {"name": "b", "ms": None, "bleu": 1.0}]
    figure = trade_off(rows, name="name", x="ms", y="bleu", x_title="ms", y_title="BLEU", logarithmic=logarithmic)
    assert list(figure.data[0].x) == [10] and list(figure.data[0].y) == [30]
    assert figure.layout.xaxis.type == kind
    assert (figure.layout.xaxis.rangemode == "tozero") != logarithmic
    assert figure.data[0].hovertext[0] == "a<br>10 ms<br>30 BLEU"
