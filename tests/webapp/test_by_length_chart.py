"""The chart by length: a curve for each model, broken before the joined sentences, with its interval."""

from __future__ import annotations

import html

import pytest

from tests.colours import colour, contrast
from webapp.figures.charts.by_length import COLOURS, DASHES, MARKS, Curve, by_length, spoken
from webapp.figures.drawing.theme import DARK, LIGHT

PLACES = ["1–4", "5 <b> more", "2×"]
CURVES = [
    Curve("one <i>", [9.0, 8.0, 2.0], [8.0, 7.5, 1.5], [11.0, 9.0, 3.0], style=1),
    Curve("two", [5.0, None, 4.0], [4.0, None, 3.0], [6.0, None, 5.0], style=3),
]


def test_whiskers_end_where_the_interval_ends_and_no_line_leads_to_the_joined():
    one, two = by_length(CURVES, PLACES, together=2).data
    assert list(one.y) == [9, 8, None, 2] and not one.connectgaps
    assert list(one.error_y.array) == [2, 1, 0, 1] and list(one.error_y.arrayminus) == [1, 0.5, 0, 0.5]
    assert list(two.y) == [5, None, None, 4] and list(two.error_y.array) == [1, 0, 0, 1]


def test_marks_of_one_place_stand_beside_each_other_around_it():
    one, two = by_length(CURVES, PLACES, together=2).data
    for place, k in ((0, 0), (2, 3)):
        assert one.x[k] < two.x[k] and one.x[k] + two.x[k] == pytest.approx(2 * place)


def test_a_band_lies_under_the_joined_alone():
    (band,) = by_length(CURVES, PLACES, together=2).layout.shapes
    assert (band.x0, band.x1) == (1.5, 2.5)
    assert not by_length(CURVES, PLACES, together=3).layout.shapes
    assert list(by_length(CURVES, PLACES, together=0).data[0].y) == [9, 8, 2]


def test_names_are_shown_as_they_are_and_keep_their_colour_whoever_stands_beside():
    figure = by_length(CURVES, PLACES, together=2)
    assert html.unescape(figure.data[0].name) == "one <i>" and "<i>" not in figure.data[0].name
    assert html.unescape(figure.layout.xaxis.ticktext[1]) == "5 <b> more"
    (alone,) = by_length(CURVES[1:], PLACES, together=2).data
    assert alone.line.color == figure.data[1].line.color == COLOURS[3]
    assert "5" in figure.data[1].hovertext[0] and "(4 … 6)" in figure.data[1].hovertext[0]


def test_it_is_read_out_curve_by_curve():
    assert spoken(CURVES, PLACES) == "one <i>: 1–4: 9, 5 <b> more: 8, 2×: 2; two: 1–4: 5, 2×: 4"


def test_every_curve_differs_in_colour_mark_and_dash_and_can_be_seen_on_either_paper():
    for styles in (COLOURS, MARKS, DASHES):
        assert len(set(styles)) == len(styles) == 6
    for palette in (LIGHT, DARK):
        assert min(contrast(colour(code), colour(palette["paper"])) for code in COLOURS) >= 3
