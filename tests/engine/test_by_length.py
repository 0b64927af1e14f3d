"""Figures by the length of the source, on sources and outputs counted by hand."""

from __future__ import annotations

import math

import pytest

from engine.evaluation.by_length import LONGEST, by_length, counted, joined

SOURCES = {
    "One, two!": ["un , deux de plus", "un deux de plus ici"],
    "I see five words here.": ["je vois cinq mots ici même"],
    "We two.": ["nous deux ensemble ici"],
    "a b c d e f g h i j k l": ["a b c d e f g h i j k l m"],
    "The last one stays.": ["le dernier reste ici seul"],
}


def first(texts):
    known = {" ".join(texts): " ".join(targets[0] for targets in map(SOURCES.get, texts)) for texts in parts()}
    return [known[text] for text in texts]


def parts():
    names = list(SOURCES)
    return [names[i : i + n] for n in (1, 2, 3, 4) for i in range(0, len(names) - n + 1)]


def by_characters(pairs):
    return [(-2.0 * len(target), len(target)) for _, target in pairs]


@pytest.fixture
def rows():
    outputs = [targets[0] for targets in SOURCES.values()]
    return by_length(SOURCES, outputs, first, by_characters)


def test_marks_of_punctuation_are_no_words():
    assert [counted(text) for text in SOURCES] == [2, 5, 2, 12, 4]


def test_each_source_stands_in_the_range_of_its_words_with_all_its_references(rows):
    alone = [row for row in rows if row["joined"] == 1]
    assert [(row["words"], row["sources"], row["pairs"]) for row in alone] == [
        ({"from": 1, "to": 4}, 3, 4),
        ({"from": 5, "to": 7}, 1, 1),
        ({"from": 11}, 1, 1),
    ]
    assert [row["mean_words"] for row in alone] == [pytest.approx(8 / 3, abs=1e-5), 5, 12]


def test_a_range_has_the_bleu_and_the_mean_log_probability_of_its_own_sentences():
    outputs = ["un , deux de plus", "rien", "nous deux ensemble ici", "rien", "le dernier reste ici seul"]
    short, longer, *_ = by_length(SOURCES, outputs, first, lambda pairs: [(-3.0, 2), (-9.0, 4)] * (len(pairs) // 2 + 1))
    assert short["bleu"]["value"] == pytest.approx(100) and longer["bleu"]["value"] < 1
    with pytest.raises(ValueError):
        by_length(SOURCES, outputs[1:], first, by_characters)


def test_the_log_probability_is_of_a_piece_and_has_its_interval(rows):
    assert all(row["logprob_per_piece"] == {"value": -2, "low": -2, "high": -2} for row in rows)


def test_sentences_that_follow_one_another_are_joined_and_none_twice(rows):
    assert [(row["joined"], row["sources"]) for row in rows if row["joined"] > 1] == [(2, 2), (3, 1), (4, 1)]
    pairs = joined(SOURCES, 2)
    assert list(pairs) == ["One, two! I see five words here.", "We two. a b c d e f g h i j k l"]
    both = pairs["One, two! I see five words here."]
    assert both == ["un , deux de plus je vois cinq mots ici même", "un deux de plus ici je vois cinq mots ici même"]


def test_joined_sources_that_are_too_long_are_left_out():
    long = {f"{k} " + "w " * (LONGEST // 2): ["w"] for k in range(4)}
    assert joined(long, 2) == {} and len(joined(long, 1)) == 4


def test_figures_are_finite_and_have_a_low_and_a_high_end(rows):
    for row in rows:
        for name in ("bleu", "logprob_per_piece"):
            low, value, high = (row[name][end] for end in ("low", "value", "high"))
            assert math.isfinite(value) and low <= value <= high
