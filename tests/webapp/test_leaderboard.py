"""Charts of many models: every name as it is, every number where it belongs."""

from __future__ import annotations

import html
import math

import pytest

from webapp.figures.charts.ranking import ranking, spoken, trade_off

ROWS = [
    {"name": "dot", "bleu": 30.0, "low": 29.0, "high": 31.5, "aer": 0.4, "ms": 12.0},
    {"name": "additive", "bleu": 42.0, "low": 41.0, "high": 43.0, "aer": 0.28, "ms": 15.0},
    {"name": "none yet", "bleu": None, "low": None, "high": None, "aer": math.nan},
]


def names(figure):
    return [html.unescape(text) for text in figure.layout.yaxis.ticktext]


def test_the_best_model_stands_on_top_and_one_without_a_number_last():
    assert names(ranking(ROWS, name="name", value="bleu")) == ["additive", "dot", "none yet"]
    assert names(ranking(ROWS[::-1], name="name", value="aer", best="lowest")) == ["additive", "dot", "none yet"]
    figure = ranking(ROWS, name="name", value="bleu")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_whiskers_end_where_the_interval_ends():
    mark = ranking(ROWS, name="name", value="bleu", low="low", high="high").data[0]
    assert list(mark.x) == [42, 30, None]
    assert list(mark.error_x.array) == [1, 1.5, 0] and list(mark.error_x.arrayminus) == [1, 1, 0]


def test_bars_begin_at_zero_and_show_per_cent_where_asked():
    mark = ranking(ROWS, name="name", value="aer", best="lowest", factor=100).data[0]
    assert mark.type == "bar" and mark.base is None
    assert mark.x[0] == pytest.approx(28) and "28" in mark.hovertext[0]


@pytest.mark.parametrize("name", ["<s>", "a<b>c", "&amp;", "<img src=x onerror=alert(1)>", "中文"])
def test_names_are_text_and_equal_ones_do_not_fall_together(name):
    rows = [{"name": name, "bleu": 1.0, "ms": 2.0}, {"name": name, "bleu": 3.0, "ms": 4.0}]
    figure = ranking(rows, name="name", value="bleu")
    assert names(figure) == [name, name] and list(figure.data[0].y) == [0, 1]
    points = trade_off(rows, name="name", x="ms", y="bleu").data[0]
    assert [html.unescape(text) for text in points.text] == [name, name]
    assert "<img" not in "".join([*points.text, *points.hovertext, *figure.data[0].hovertext])


def test_only_models_with_both_numbers_are_points():
    points = trade_off(ROWS, name="name", x="ms", y="bleu").data[0]
    assert list(points.text) == ["dot", "additive"]


def test_no_models_make_an_empty_chart():
    assert not ranking([], name="name", value="bleu").data[0].x
    assert not trade_off([], name="name", x="ms", y="bleu").data[0].x


def test_a_chart_can_be_said_aloud():
    said = spoken(ranking([{"name": "<s>", "bleu": 1.0}, *ROWS], name="name", value="bleu", low="low", high="high"))
    assert said == "additive, 42 (41 … 43); dot, 30 (29 … 31.5); <s>, 1; none yet"
    assert spoken(ranking([], name="name", value="bleu")) == ""
