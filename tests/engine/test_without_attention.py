"""Models without attention among all others: stored, listed, asked, measured, described."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from engine.errors import Refused
from engine.evaluation.cards.card import card
from engine.evaluation.translation import evaluate
from engine.inference import load
from engine.store import catalogue
from engine.store.own_format import save_model
from engine.training.config import TrainConfig, read
from engine.training.prepare import model_section
from tests.engine.conftest import META

TEXT, OUTPUT = "A man rides a brown horse.", "Un homme monte un cheval brun."
PAIRS = [(TEXT, OUTPUT), ("Two women aren't reading.", "Deux femmes ne lisent pas."), ("The garden.", "Le jardin.")]
SCHEMAS = Path(__file__).parents[2] / "engine" / "schemas"
TRAINING = {
    "pairs": 3,
    "updates": 1,
    "seconds": 60.0,
    "parameters": 1000,
    "versions": {"torch": "2"},
    "threads": 1,
    "device": "cpu",
    "precision": "bf16",
    "seed": 1,
    "corpora_sha256": {"tatoeba/en-fr": {"train.tsv.xz": "a" * 64}},
}
DESIGNS = [
    {"design": "decoder1"},
    {"design": "decoder2"},
    {"design": "decoder3"},
    {"design": "decoder2", "source_order": "reversed"},
    {"design": "decoder2", "source_order": "doubled"},
]


@pytest.fixture(params=DESIGNS, ids=lambda choices: "-".join(choices.values()))
def stored(runs, tokenizer, make_model, request):
    model = make_model(len(tokenizer), direction="forward", **request.param)
    save_model(runs / "fixed", model, tokenizer, META, TRAINING)
    return catalogue.find("run:fixed")


def schema(name):
    return json.loads((SCHEMAS / name).read_text())


def test_it_says_that_it_has_no_attention_and_no_scoring_function(stored):
    assert not stored.attends and stored.score == "" and stored.direction == "forward"
    assert stored.design in ("decoder1", "decoder2", "decoder3")


@pytest.mark.parametrize("how", [{}, {"beam": 4, "nbest": 2, "choose": 1}, {"target": OUTPUT}], ids=str)
def test_it_is_asked_as_any_other_and_has_an_effect_but_no_trace(stored, how):
    model = load.translator(stored.name)
    found = model.translate(TEXT, effect=True, **how)
    assert found.trace is None
    assert (found.queries, found.keys) == (found.effect.queries, found.effect.keys)
    assert found.keys.words().labels == ("A", "man", "rides", "a", "brown", "horse", ".", "</s>")
    later = model.with_effect(model.translate(TEXT, **how))
    np.testing.assert_array_equal(later.effect.drops, found.effect.drops)


def test_trace_says_no_attention_and_holds_none(stored, run):
    told = run("trace", stored.name, given=f"{TEXT}\n")
    assert told.code == 0 and "has no attention" in told.err
    (line,) = told.out.splitlines()
    found = json.loads(line)
    jsonschema.validate(found, schema("trace.json"))
    assert found["attention"] == "none" and found["traces"] == [] and found["output"]["tokens"]


def test_links_are_read_by_effect_and_attention_is_refused_with_the_way_out(stored, run):
    refused = run("align", stored.name, given=f"{TEXT}\t{OUTPUT}\n")
    assert refused.code == 2 and "has no attention" in refused.err and "--read effect" in refused.err
    told = run("align", stored.name, "--read", "effect", given=f"{TEXT}\t{OUTPUT}\n")
    assert told.code == 0 and len(told.out.splitlines()) == 1
    with pytest.raises(Refused, match="has no attention"):
        load.translator(stored.name).align(TEXT, OUTPUT, tokenized=False, read="attention")


def test_it_is_measured_without_attention_and_its_card_says_what_it_is(stored):
    from dataclasses import replace

    from engine.data.pairs.gold import GoldPair

    model = load.translator(stored.name)
    sides = ("A", "man", "."), ("Un", "homme", ".")
    gold = [GoldPair(0, *sides, frozenset({(0, 0), (1, 1)}), frozenset({(0, 0), (1, 1)}))] * 2
    metrics = evaluate(model, PAIRS, corpus="tatoeba/en-fr", language="fr", gold=gold, reads=("effect",))
    jsonschema.validate(metrics, schema("metrics.json"))
    assert "effect" in metrics["alignment"]["gold"] and "attention" not in metrics["alignment"]["gold"]
    assert [row["joined"] for row in metrics["by_length"]] == [1, 1, 2, 3]
    written = card(replace(stored, metrics=metrics))
    assert "arXiv:1409.3215" in written or "arXiv:1406.1078" in written
    assert "There is no attention to draw" in written and "AER % by links drawn by people: attention" not in written
    assert "| 3 test sentences joined," in written
    if stored.source_order != "as_is":
        assert "- Source: $x" in written


def test_no_alignment_is_joined_with_a_model_that_has_no_attention(stored):
    back = stored.__class__(**{**stored.__dict__, "source_language": "fr", "target_language": "en"})
    assert catalogue.reverse(back, [stored]) is None


def config(tmp_path, **choices) -> TrainConfig:
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in choices.items())
    path = tmp_path / "train.toml"
    data = 'corpora = ["tatoeba/en-fr"]\nsource = "en"\ntarget = "fr"'
    path.write_text(f'name = "translation/x"\n[data]\n{data}\n[model]\n{lines}\n[loop]\nupdates = 1\n')
    return read(path)


@pytest.mark.parametrize("choices", DESIGNS, ids=lambda choices: "-".join(choices.values()))
def test_a_training_config_chooses_it(tmp_path, choices):
    model_section.check(config(tmp_path, direction="forward", encoder_layers=2, **choices))


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"design": "decoder5"}, "one of decoder1, decoder2, decoder3, decoder4"),
        ({"design": "decoder2"}, "go with direction = forward"),
        ({"direction": "backward"}, "one of both, forward"),
        ({"source_order": "doubled"}, "Attention reads the words as they stand"),
        ({"encoder_layers": 9}, "encoder_layers must be at most 8, got 9"),
    ],
)
def test_a_training_config_that_fits_no_network_is_refused_before_anything_is_read(tmp_path, choices, reason):
    with pytest.raises(Refused, match=reason):
        model_section.check(config(tmp_path, **choices))


def test_a_model_stored_before_there_was_a_choice_is_what_it_was(runs, tokenizer, make_model):
    save_model(runs / "old", make_model(len(tokenizer)), tokenizer, META, TRAINING)
    described = json.loads((runs / "old" / "config.json").read_text())
    whole = load.translator("run:old").translate(TEXT)
    for name in ("design", "direction", "encoder_layers", "source_order"):
        del described["model"][name]
    (runs / "old" / "config.json").write_text(json.dumps(described))
    info = catalogue.find("run:old")
    assert info.attends and info.design == "decoder4" and info.score == "additive" and info.direction == "both"
    again = load.translator("run:old").translate(TEXT)
    assert again.output == whole.output
    np.testing.assert_array_equal(again.trace.weights, whole.trace.weights)
