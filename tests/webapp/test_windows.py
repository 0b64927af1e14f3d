"""Windows on the map: where they lie, by piece and by word, and what is said of a row that they lessen."""

from __future__ import annotations

import json as json_text
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.inference.translation import Hypothesis, Translation
from engine.traces import Axis, Trace
from webapp.figures.drawing.svg import svg
from webapp.figures.files.export import json
from webapp.figures.scenes.scene import MatrixScene, Span
from webapp.figures.windows import spans
from webapp.views.shared import pair_reading

SOURCE = Axis(("a", "b", "c", "d", "</s>"), (0, 0, 0, 1, 2), (False,) * 4 + (True,))
TARGET = Axis(("x", "y", "z", "</s>"), (0, 0, 1, 2), (False,) * 3 + (True,))
CENTRES = [0.5, 1.5, 3.0, 4.6]


def windowed(keys: Axis = SOURCE, width: float = 1.0) -> Trace:
    away = np.abs(np.arange(len(keys)) - np.array(CENTRES)[:, None])
    weights = np.where(away <= width, np.exp(-2 * (away / width) ** 2), 0) / 3
    window = {"centre": np.array(CENTRES)[None, None], "width": np.full((1, 1, 4), width)}
    return Trace("cross", TARGET, keys, weights[None, None], rows="at_most_one", **window)


@pytest.fixture
def translation() -> Translation:
    said = Hypothesis("xy z", (), -1.0, -1.0)
    return Translation("abc d", (said,), 0, TARGET, SOURCE, windowed(), None, False, True, 0.0)


def test_over_pieces_a_window_lies_where_the_model_had_it_within_the_sentence():
    found = [(span.low, span.centre, span.high) for span in spans(windowed(), by_words=False)]
    np.testing.assert_allclose(found, [(-0.5, 0.5, 1.5), (0.5, 1.5, 2.5), (2, 3, 4), (3.6, 4.5, 4.5)], atol=1e-6)


def test_a_window_that_lessens_weights_has_a_gaussian_of_half_its_width_over_its_line():
    for by_words in (True, False):
        for row, span in enumerate(spans(windowed(), by_words=by_words)):
            assert all(span.low - 1e-6 <= place <= span.high + 1e-6 for place, _ in span.bell)
            if not by_words:
                wanted = [np.exp(-((place - CENTRES[row]) ** 2) / (2 * 0.5**2)) for place, _ in span.bell]
                np.testing.assert_allclose([height for _, height in span.bell], wanted, atol=1e-5)
    only_shuts_out = replace(windowed(), weights=windowed().weights * 0 + 0.2, rows="sum_to_one")
    assert all(span.bell == () for span in spans(only_shuts_out, by_words=True))
    assert all(span.bell for span in spans(windowed(), by_words=True)[:2])


def test_a_null_key_lies_outside_of_every_window():
    last = spans(windowed(SOURCE.with_nowhere()), by_words=False)[-1]
    assert (last.centre, last.high) == (4.5, 4.5)


def test_over_words_a_place_within_a_word_is_one_within_its_column():
    """Three pieces make the first column, so that 1 is its middle and 2.5 its end; x and y are one row."""
    found = [(span.low, span.centre, span.high) for span in spans(windowed(), by_words=True)]
    np.testing.assert_allclose(found, [(-0.5, 0, 0.5), (1 / 3, 1, 2), (1.6, 2.5, 2.5)], atol=1e-6)
    assert spans(Trace("cross", TARGET, SOURCE, np.full((1, 1, 4, 5), 0.2)), by_words=True) == ()


def test_no_word_with_a_weight_lies_outside_of_its_window():
    trace = windowed(width=2.0)
    for by_words in (True, False):
        values = (trace.by_words() if by_words else trace).matrix()
        for row, span in zip(values, spans(trace, by_words=by_words), strict=True):
            for column in np.flatnonzero(row):
                assert span.low - 0.5 - 1e-6 <= column <= span.high + 0.5 + 1e-6


@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("by_words", [True, False])
def test_a_lessened_row_says_what_it_adds_up_to_when_it_is_pointed_at(translation: Translation, by_words, end):
    scene = pair_reading.matrix(pair_reading.read(translation, "attention", by_words=by_words, end=end))
    sums = (translation.trace.by_words() if by_words else translation.trace).matrix().sum(1)
    assert len(scene.windows) == len(scene.details[0]) == len(scene.rows)
    for total, sentence in zip(sums, scene.details[0], strict=False):
        assert sentence == f"row sums to {total:.2f}: the Gaussian of the window takes the rest"
    assert all(f'data-detail="{sentence}"' in svg(scene) for sentence in scene.details[0])


def test_a_row_of_a_window_that_only_shuts_out_says_nothing_of_a_sum(translation: Translation):
    weights = translation.trace.weights / translation.trace.weights.sum(-1, keepdims=True)
    whole = replace(translation, trace=replace(translation.trace, weights=weights, rows="sum_to_one"))
    scene = pair_reading.matrix(pair_reading.read(whole, "attention", by_words=True, end=True))
    assert len(scene.windows) == 3 and scene.details == ((), ())


def drawn(scene: MatrixScene) -> tuple[list[list[float]], list[float]]:
    """From where to where each line goes, and where the centres stand, in columns."""
    root = ElementTree.fromstring(svg(scene))
    left, cell = float(root.get("data-x", "")), float(root.get("data-cell", ""))
    (group,) = root.findall(".//{*}g[@data-mark='window']")
    lines = [
        re.findall(r"[\d.]+", path.get("d", ""))
        for path in group.findall("{*}path")
        if path.get("stroke-width") == "1.5"
    ]
    ends = [[(float(x) - left) / cell - 0.5 for x in (low, high)] for low, _, high in lines]
    return ends, [(float(mark.get("cx", "")) - left) / cell - 0.5 for mark in group.findall("{*}circle")]


def test_the_picture_draws_each_window_where_it_lies_and_marks_its_centre(translation: Translation):
    scene = pair_reading.matrix(pair_reading.read(translation, "attention", by_words=False, end=True))
    ends, centres = drawn(scene)
    np.testing.assert_allclose(ends, [(s.low, s.high) for s in scene.windows], atol=1e-2)
    np.testing.assert_allclose(centres, [s.centre for s in scene.windows], atol=1e-2)
    assert "window and its centre" in svg(scene) and 'data-mark="window"' not in svg(replace(scene, windows=()))


def test_what_lies_beyond_the_words_that_are_shown_is_not_drawn(translation: Translation):
    scene = pair_reading.matrix(pair_reading.read(translation, "attention", by_words=False, end=False))
    ends, _ = drawn(replace(scene, windows=(*scene.windows[:-1], Span(4.4, 3.6, 4.5))))
    assert np.max(ends) <= 3.5
    with pytest.raises(ValueError, match="1 windows do not fit 3 rows"):
        replace(scene, windows=scene.windows[:1])


def test_a_file_of_numbers_holds_the_windows_too(translation: Translation):
    scene = pair_reading.matrix(pair_reading.read(translation, "attention", by_words=False, end=True))
    record = json_text.loads(json(scene))
    assert record["windows"][2] == pytest.approx({"centre": 3, "low": 2, "high": 4})
    assert "windows" not in json_text.loads(json(replace(scene, windows=())))
