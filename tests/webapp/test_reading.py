"""From a translation to what is drawn of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import Refused
from engine.inference.sentence_maps import words_of
from engine.inference.translation import Candidate, Hypothesis, OutputToken, Translation
from engine.inference.word_matrices import WordMatrix
from engine.traces import Axis, Effect, Trace
from tests.hostile import ODD, PAYLOADS
from tests.seeds import parts
from webapp.gateway.current import gateway
from webapp.shell.typed import clean
from webapp.views.shared import output_tokens, pair_reading

SOURCE = Axis(("a", "b", "c", "</s>"), (0, 0, 1, 2), (False, False, False, True))
TARGET = Axis(("x", "y", "</s>"), (0, 0, 1), (False, False, True))
WEIGHTS = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.2, 0.2], [0, 0, 0, 1]])
DROPS = np.array([[1, 1, -0.5, 0], [0.5, 0.5, 2, 0], [0, 0, 1, 0]])


def token(text: str, p: float, *others: tuple[str, float]) -> OutputToken:
    return OutputToken(text, np.log(p), tuple(Candidate(other, float(np.log(q))) for other, q in ((text, p), *others)))


@pytest.fixture
def found() -> Translation:
    pieces = (token(" x", 0.5, (" z", 0.25)), token("y", 0.4), token("</s>", 0.9))
    output = Hypothesis("xy", pieces, sum(piece.logprob for piece in pieces), -1.0)
    trace = Trace("cross", TARGET, SOURCE, WEIGHTS[None, None])
    return Translation("ab c", (output,), 0, TARGET, SOURCE, trace, Effect(TARGET, SOURCE, DROPS), False, True, 0.0)


def test_words_without_the_end_are_made_to_sum_to_one_again_and_its_share_is_told(found: Translation):
    one = pair_reading.read(found, "attention", by_words=True, end=False)
    scene = pair_reading.matrix(one)
    assert (scene.rows, scene.columns) == (("xy",), ("ab", "c"))
    # mean of both rows: ab 0.45, c 0.25, </s> 0.3
    np.testing.assert_allclose(scene.values, [[0.45 / 0.7, 0.25 / 0.7]], atol=1e-6)
    np.testing.assert_allclose(one.end_shares, [0.3], atol=1e-6)
    assert one.links == {(0, 0)}


@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("by_words", [True, False])
def test_a_row_that_a_window_has_lessened_is_shown_as_it_is_in_every_view(
    found: Translation, by_words: bool, end: bool
):
    lessened = replace(found.trace, weights=WEIGHTS[None, None] / 2, rows="at_most_one")
    one = pair_reading.read(replace(found, trace=lessened), "attention", by_words=by_words, end=end)
    whole = pair_reading.read(found, "attention", by_words=by_words, end=True)
    columns = slice(None) if end else slice(-1)
    shown = pair_reading.matrix(one).values
    np.testing.assert_allclose(shown, pair_reading.matrix(whole).values[: len(shown), columns] / 2, atol=1e-6)
    assert "less than 100 %" in one.note and "100 %" in whole.note and one.links == whole.links
    if not end:
        np.testing.assert_allclose(one.end_shares, whole.end_shares / 2)


def test_directions_are_joined_without_making_lessened_rows_whole():
    weights = np.array([[[[0.2, 0.1, 0.1], [0.1, 0.3, 0.0], [0, 0, 0.5]]]])
    axes = Axis.of(["x", "y", "</s>"], end=True), Axis.of(["a", "b", "</s>"], end=True)
    forward = Trace("cross", *axes, weights, rows="at_most_one")
    numbers = np.array([[0.4, 0.1, 0.0], [0.1, 0.2, 0.1]])
    backward = WordMatrix(numbers, Axis.of(["a", "b"]), axes[0], "at_most_one")
    both = pair_reading.both_ways(pair_reading.Reading("attention", forward, set()), forward, backward)
    np.testing.assert_allclose(both.grid, np.sqrt([[0.08, 0.01], [0.01, 0.06]]), atol=1e-6)


def test_with_the_end_it_stands_on_both_sides(found: Translation):
    scene = pair_reading.matrix(pair_reading.read(found, "attention", by_words=False, end=True))
    assert (scene.rows, scene.columns) == (TARGET.labels, SOURCE.labels)
    np.testing.assert_allclose(scene.values, WEIGHTS, atol=1e-6)


def test_effects_are_in_nats_on_one_scale_and_their_links_are_the_strongest(found: Translation):
    one = pair_reading.read(found, "effect", by_words=True, end=False)
    scene = pair_reading.matrix(one)
    np.testing.assert_allclose(scene.values, [[1.5, 1.5]])
    assert scene.maximum == pair_reading.FULL and scene.shades.max() == 0.5
    assert one.end_shares is None and len(one.links) == 1


def test_attention_links_by_the_highest_weight_and_effect_by_its_share_of_row_and_column():
    rows, keys = Axis.of(["x", "y", "</s>"], end=True), Axis.of(["a", "b", "</s>"], end=True)
    numbers = np.array([[0.9, 0.0, 0.1], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])
    whole = Trace("cross", rows, keys, numbers[None, None])
    effect = Effect(rows, keys, numbers * [1, 1, 0])  # the end cannot be taken away
    said = Hypothesis("x y", (token("x", 0.5), token("y", 0.5), token("</s>", 0.5)), -2.0, -1.0)
    made = Translation("a b", (said,), 0, rows, keys, whole, effect, False, True, 0.0)
    linked = {kind: pair_reading.read(made, kind, by_words=True, end=False).links for kind in pair_reading.KINDS}
    assert linked == {"attention": {(0, 0), (0, 1)}, "effect": {(0, 0), (1, 1)}}


def test_an_effect_nobody_asked_for_and_attention_that_no_model_has_are_faults(found: Translation):
    for kind, made in (("effect", replace(found, effect=None)), ("attention", replace(found, trace=None))):
        with pytest.raises(ValueError, match=f"without its {kind}"):
            pair_reading.read(made, kind, by_words=True, end=False)


def test_joined_directions_show_the_geometric_mean_and_its_links():
    forward = Trace("cross", Axis.of(["x", "y", "</s>"], end=True), Axis.of(["a", "b", "</s>"], end=True),
                    np.array([[[[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0, 0, 1]]]]))  # fmt: skip
    numbers = np.array([[0.9, 0.1, 0.0], [0.3, 0.6, 0.1]])
    backward = WordMatrix(numbers, Axis.of(["a", "b"]), Axis.of(["x", "y", "</s>"], end=True))
    one = pair_reading.Reading("attention", forward, set())
    both = pair_reading.both_ways(one, forward, backward)
    scene = pair_reading.matrix(both)
    np.testing.assert_allclose(scene.values, np.sqrt([[0.72, 0.03], [0.02, 0.42]]), atol=1e-6)
    assert scene.links == {(0, 0), (1, 1)} and both.links == {(0, 0), (1, 1)}
    assert len(pair_reading.lines(both, 1.0).links) == 4


def test_a_word_is_the_darker_the_less_sure_and_says_what_else_came_to_mind(found: Translation):
    scene = output_tokens.surprise(found, by_words=True, end=False)
    assert scene.words == ("xy",)
    np.testing.assert_allclose(scene.values, [0.2])
    np.testing.assert_allclose(scene.shades, [0.8])
    assert scene.details[0].startswith("z 0.250")
    assert output_tokens.surprise(found, by_words=False, end=True).words == ("x", "y", "</s>")


def test_every_piece_has_its_row_of_candidates(found: Translation):
    table = output_tokens.candidates(found)
    assert list(table.iloc[:, 1]) == ["x", "y", "</s>"]
    np.testing.assert_allclose(table.iloc[:, 2], [0.5, 0.4, 0.9])
    assert table.iloc[0, 3] == "z  0.250"


SHORT = [*PAYLOADS[::6], *(odd for odd in ODD if len(odd) < 100)]


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("texts", parts(SHORT, 3), ids=["every third", "second", "last"])
@pytest.mark.parametrize("kind", pair_reading.KINDS)
def test_both_directions_can_be_joined_over_whatever_was_typed(kind: str, texts: list[str]):
    read = 0
    for text in texts:
        try:
            found = gateway.sentences.translate(
                "translation/en-fr-additive", clean(text), target=clean("a\u0301 b " + text), effect=True
            )
        except Refused:
            continue
        one = pair_reading.read(found, kind, by_words=True, end=False)
        whole = found.trace if kind == "attention" else found.effect
        rows, keys = words_of(whole.by_words())
        back = gateway.sentences.align("translation/fr-en-additive", rows, keys, kind)
        scene = pair_reading.matrix(pair_reading.both_ways(one, whole.by_words(), back))
        assert (scene.rows, scene.columns) == (rows, keys)
        read += 1
    assert read > len(texts) // 2
