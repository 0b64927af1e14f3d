"""A window from the model to what is said of it: translation, links, command line and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.alignment import balance, entropy, joined, links
from engine.evaluation.cards.recurrent import mechanism
from engine.inference import load
from engine.inference.translator import Translator
from engine.inference.word_matrices import shifted
from engine.schemas import trace as writer
from engine.store.catalogue import ModelInfo, find, reverse
from engine.store.own_format import save_model
from tests.engine.conftest import META, MakeModel
from tests.engine.terminal import valid

TEXT, OUTPUT = "A man isn't reading the newspaper.", "Un homme ne lit pas le journal."
PAIR = f"{TEXT}\t{OUTPUT}\n"


@pytest.fixture(params=["local_m", "local_p"])
def windowed(request: pytest.FixtureRequest, translator: Translator, make_model: MakeModel) -> Translator:
    model = make_model(len(translator.tokenizer), window=request.param, placement="after", feeding=True)
    return Translator(translator.info, model, translator.tokenizer)


@pytest.mark.parametrize("how", [{}, {"beam": 4, "nbest": 4, "choose": 2}, {"target": OUTPUT}], ids=str)
def test_every_way_to_an_output_gives_the_window_of_each_row(windowed: Translator, how: dict):
    trace = windowed.translate(TEXT, **how).trace
    source, favours = len(trace.keys), windowed.model.attention.window.favours
    assert trace.rows == windowed.model.attention.rows == ("at_most_one" if favours else "sum_to_one")
    assert trace.centre.shape == trace.width.shape == (1, 1, len(trace.queries)) and (trace.width == 2).all()
    away = np.abs(np.arange(source) - trace.centre[0, 0][:, None])
    np.testing.assert_array_equal(trace.matrix()[away > 2 + 1e-5], 0)
    if not favours:
        np.testing.assert_array_equal(trace.centre[0, 0], np.minimum(np.arange(len(trace.queries)), source - 1))
        return
    inside = np.where(away <= 2, np.exp(trace.scores[0, 0] - trace.scores.max()), 0)
    wanted = inside / inside.sum(1, keepdims=True) * np.exp(-2 * (away / 2) ** 2)
    np.testing.assert_allclose(trace.matrix(), wanted, atol=1e-5)
    assert trace.matrix().sum(1).min() < 0.99


@pytest.mark.parametrize("which", [0, 2])
def test_the_window_of_an_output_that_a_beam_came_to_is_that_of_the_output_alone(windowed: Translator, which: int):
    free = windowed.translate(TEXT, beam=5, nbest=5, choose=which)
    again = windowed.translate(TEXT, target=free.output.text)
    if again.trace.queries == free.trace.queries:
        np.testing.assert_allclose(free.trace.centre, again.trace.centre, atol=1e-4)
        np.testing.assert_allclose(free.trace.weights, again.trace.weights, atol=1e-4)


def test_a_row_read_one_step_later_takes_its_window_along(windowed: Translator):
    trace = windowed.translate(TEXT).trace
    later = shifted(trace)
    assert later.rows == trace.rows
    np.testing.assert_array_equal(later.centre[0, 0, :-1], trace.centre[0, 0, 1:])
    np.testing.assert_array_equal(later.weights[0, 0, :-1], trace.weights[0, 0, 1:])


def test_a_trace_as_json_says_its_window_and_what_its_rows_add_up_to(windowed: Translator, translator: Translator):
    about = {"format": 1, "model": "x", "weights_sha256": "0" * 64, "text": TEXT}
    for which in (windowed, translator):
        whole = which.translate(TEXT)
        record = about | writer.translation(whole)
        (trace,) = valid("trace", json.dumps(record))["traces"]
        assert trace.get("rows", "sum_to_one") == whole.trace.rows
        assert ("centre" in trace) == ("width" in trace) == (which is windowed)
        assert ("rows" in trace) == (whole.trace.rows != "sum_to_one")
        sums = np.array(trace["weights"]).sum(-1)
        np.testing.assert_allclose(sums, whole.trace.weights.sum(-1), atol=1e-4)
    assert trace.keys() == {"kind", "queries", "keys", "weights", "scores"}  # an old reader finds what it knows


def test_links_come_from_lessened_rows_as_they_are():
    matrix = np.array([[0.5, 0.4, 0.0], [0.02, 0.08, 0.0], [0.3, 0.0, 0.1]])
    numbers = balance(matrix, "at_most_one")
    np.testing.assert_allclose(numbers, np.sqrt(matrix * matrix / [0.82, 0.48, 0.1]), atol=1e-9)
    assert (balance(matrix)[1] > numbers[1] + 0.1).any()  # made whole, a row of next to nothing would weigh as much
    np.testing.assert_allclose(joined(matrix[:2], matrix[1:, [0, 2, 1]], "at_most_one", "at_most_one"),
                               np.sqrt(matrix[:2, :2] * matrix[1:, [0, 2]].T), atol=1e-9)  # fmt: skip
    assert links(matrix, balanced=True, rows="at_most_one") == {(1, 0), (1, 1), (0, 2)}


def test_the_entropy_of_a_lessened_row_is_that_of_its_shares():
    rows = np.array([[0.25, 0.25, 0, 0], [0.1, 0.1, 0.1, 0.1], [0.6, 0, 0, 0]])
    np.testing.assert_allclose(entropy(rows), [1, 2, 0], atol=1e-9)


@pytest.fixture
def stored(runs: Path, windowed: Translator) -> ModelInfo:
    save_model(runs / "tiny", windowed.model, windowed.tokenizer, META, {"updates": 1})
    return find("run:tiny")


def test_the_command_line_says_the_same(run, stored: ModelInfo, windowed: Translator):
    record = valid("trace", run("trace", stored.name, given=TEXT).lines[0])
    assert record["traces"][0]["width"][0][0][0] == 2
    aligned = valid("align", run("align", stored.name, "--json", given=PAIR).lines[0])
    assert aligned.get("rows", "sum_to_one") == windowed.model.attention.rows
    sums = np.array(aligned["matrix"]).sum(1)
    assert (sums < 0.99).any() if windowed.model.attention.rows == "at_most_one" else np.allclose(sums, 1, atol=1e-4)


def test_the_width_of_a_window_is_kept_with_its_model_and_old_models_have_the_usual_one(stored: ModelInfo):
    config = json.loads((stored.folder / "config.json").read_text(encoding="utf-8"))
    assert config["model"]["window_width"] == 2
    del config["model"]["window_width"]
    (stored.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert load.translator("run:tiny", "cpu").model.attention.window.width == 2


def test_the_way_back_is_a_model_of_the_same_mechanism_where_there_is_one(stored: ModelInfo):
    def other(name: str, **choices: str) -> ModelInfo:
        model = {**stored.config["model"], "window": "global", **choices}
        config = {**stored.config, "model": model}
        return replace(stored, name=name, source_language="fr", target_language="en", config=config)

    own = other("own", window=stored.form[1])
    plain, dot, sparse = other("plain"), other("dot", score="dot"), other("sparse", selection="sparse")
    assert reverse(stored, [dot, sparse, plain, own]) is own
    assert reverse(stored, [dot, sparse, plain]) is plain
    assert reverse(stored, [dot]) is dot


def test_a_card_names_window_selection_and_null_key_and_keeps_quiet_of_what_is_usual(stored: ModelInfo):
    model = {**stored.config["model"], "window": "local_p", "selection": "exact", "null_key": True}
    lines = mechanism(replace(stored, config={**stored.config, "model": model}))
    assert "D = 2" in lines[0] and r"\sigma(v_p^\top" in lines[0] and "arXiv:1508.04025" in lines[0]
    assert "hard (exact)" in lines[1] and "arXiv:1807.03756" in lines[1] and "Null key" in lines[2]
    plain = {**model, "window": "global", "selection": "soft", "null_key": False}
    assert mechanism(replace(stored, config={**stored.config, "model": plain})) == []
