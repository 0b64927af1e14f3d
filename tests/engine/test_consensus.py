"""The consensus of several models: against its formula by hand, in both directions, and on the command line."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.data.pairs.gold import GoldPair
from engine.data.pairs.pharaoh import pharaoh
from engine.errors import Refused
from engine.evaluation.alignment import balance
from engine.evaluation.consensus import combined, linked
from engine.evaluation.translation import evaluate
from engine.inference.consensus import consensus
from engine.inference.translator import Translator
from engine.store.own_format import save_model
from tests.engine.conftest import META
from tests.engine.terminal import refused, valid
from tests.engine.test_heads import many

__all__ = ["many"]

PAIR = ("A man rides a red bike.", "Un homme monte un vélo rouge.")
NAMES = ("run:tiny", "run:other", "run:back")
TOGETHER = [
    {"model": "run:tiny", "read": "effect"},
    {"model": "run:other", "read": "effect"},
    {"model": "run:back", "read": "effect"},
    {"model": "run:tiny", "read": "attention", "later": 1},
    {"model": "run:back", "read": "attention"},
]
shares = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(0, 1))


@given(shares)
def test_it_is_the_mean_of_all_readings_with_a_prior_for_the_diagonal(matrix):
    parts = [matrix, matrix**2, 1 - matrix]
    target, source = matrix.shape
    found = combined(parts)
    for j, i in np.ndindex(target, source):
        mean = sum(float(part[j, i]) for part in parts) / 3
        assert found[j, i] == pytest.approx(mean * math.exp(-1.5 * abs(i / source - j / target)))
    np.testing.assert_allclose(combined([part.T for part in parts]), found.T)


def test_what_no_reading_has_right_alone_all_have_right_together():
    right = {(0, 0), (2, 1), (1, 2)}
    planted = np.full((3, 3), 0.05)
    for i, j in right:
        planted[j, i] = 0.7
    parts = []
    for j in range(3):
        part = planted.copy()
        part[j] = np.roll(part[j], 1)  # each is wrong about another word
        parts.append(part)
    assert all(linked(combined([part])) != right for part in parts)
    assert linked(combined(parts)) == right


@pytest.fixture
def models(runs, make_model, tokenizer) -> dict[str, Translator]:
    """Two models from English to French and one back, each naming all three."""
    back = {**META, "source_language": "fr", "target_language": "en"}
    for seed, (name, meta) in enumerate(zip(NAMES, (META, META, back), strict=True)):
        folder = runs / name.removeprefix("run:")
        save_model(folder, make_model(len(tokenizer), seed=seed), tokenizer, {**meta, "consensus": TOGETHER}, {})
    from engine.inference import load

    return {name: load.translator(name, "cpu") for name in NAMES}


def test_a_pair_is_read_as_each_model_is_named_for(models):
    together = consensus(models["run:tiny"].info, models.__getitem__)
    agreed = together.align(*PAIR, tokenized=False)
    parts = []
    for named in TOGETHER:
        back, how = named["model"] == "run:back", {"read": named["read"], "later": named.get("later")}
        sides = PAIR[::-1] if back else PAIR
        part = balance(models[named["model"]].align(*sides, tokenized=False, **how).matrix)[:, :-1]
        parts.append(part.T if back else part)
    np.testing.assert_allclose(agreed.matrix, combined(parts), rtol=1e-3, atol=1e-6)
    assert agreed.matrix.shape == (len(agreed.target), len(agreed.source)) == (7, 7)
    assert together.names == NAMES and agreed.links == linked(agreed.matrix)


def test_one_head_of_several_can_be_named(many, translator):
    named = {"model": "m", "read": "attention", "layer": 1, "head": 1, "later": 2}
    info = replace(many.info, config={**many.info.config, "consensus": [named]})
    found = consensus(info, lambda _: many).align(["A", "man"], ["Un", "homme"], tokenized=True)
    (every,) = many.heads_many([(["A", "man"], ["Un", "homme"])], tokenized=True)
    np.testing.assert_allclose(found.matrix, combined([balance(every[2, 1, 1])[:, :-1]]), rtol=1e-4)
    for wrong in ({"layer": 2}, {"head": 2}):
        info = replace(many.info, config={**many.info.config, "consensus": [{**named, **wrong}]})
        with pytest.raises(Refused, match="no such head"):
            consensus(info, lambda _: many)


def test_whichever_direction_asks_the_links_are_the_same(models):
    there, back = (consensus(models[name].info, models.__getitem__) for name in ("run:tiny", "run:back"))
    turned = back.align(*PAIR[::-1], tokenized=False)
    agreed = there.align(*PAIR, tokenized=False)
    assert {(j, i) for i, j in turned.links} == agreed.links
    assert (turned.source, turned.target) == (agreed.target, agreed.source)


def test_many_pairs_together_are_what_each_is_alone(models):
    together = consensus(models["run:tiny"].info, models.__getitem__)
    pairs = [PAIR, ("Two women.", "Deux femmes."), ("A man.", "Un homme lit.")]
    for agreed, pair in zip(together.align_many(pairs, tokenized=False), pairs, strict=True):
        np.testing.assert_allclose(agreed.matrix, together.align(*pair, tokenized=False).matrix, rtol=1e-2)
    assert together.align_many([], tokenized=False) == []


def test_a_model_that_names_none_or_one_of_other_languages_is_refused(models, translator):
    with pytest.raises(Refused, match="names no models"):
        consensus(translator.info, models.__getitem__)
    foreign = replace(models["run:back"].info, target_language="zh")
    models["run:back"] = Translator(foreign, models["run:back"].model, models["run:back"].tokenizer)
    with pytest.raises(Refused, match="run:back to be asked together with it, which is of other languages"):
        consensus(models["run:tiny"].info, models.__getitem__)


@pytest.mark.parametrize(
    "named",
    [
        *(None, [], "run:x", [1], ["run:x"], {"model": "run:x", "read": "effect"}),
        [{"model": "run:x", "read": "effect"}] * 17,
        *(
            [{"model": "run:x", "read": "effect"} | wrong]
            for wrong in (
                {"read": "eyes"},
                {"read": ["effect"]},
                {"model": 1},
                {"layer": -1},
                {"layer": "0"},
                {"later": 3},
                {"by": 1},
            )
        ),
    ],
)
def test_what_names_no_models_is_taken_for_none(translator, named):
    assert replace(translator.info, config={"consensus": named}).consensus == ()


def test_the_command_line_links_by_consensus(models, run):
    given = f"{PAIR[0]}\t{PAIR[1]}\n\nTwo women.\tDeux femmes.\n"
    printed = run("align", "run:tiny", "--read", "consensus", given=given).lines
    agreed = consensus(models["run:tiny"].info, models.__getitem__).align(*PAIR, tokenized=False)
    assert len(printed) == 3 and pharaoh(printed[0]) == agreed.links and printed[1] == ""
    told = valid("align", run("align", "run:tiny", "--read", "consensus", "--json", given=given).lines[0])
    assert told["models"] == list(NAMES) and {tuple(link) for link in told["links"]} == agreed.links
    assert np.array(told["matrix"]).shape == agreed.matrix.shape and "later" not in told
    for option in (["--later", "1"], ["--threshold", "0.1"], ["--links", "highest"], ["--both", "run:back"]):
        refused(
            run("align", "run:tiny", "--read", "consensus", *option, given=given), f"{option[0]} is for one reading"
        )


def test_a_model_without_companions_says_so_on_the_command_line(stored, run):
    refused(run("align", "run:tiny", "--read", "consensus", given="a\tb\n"), "names no models")


def test_the_report_says_how_well_a_consensus_aligns_and_of_which_models(models):
    together = consensus(models["run:tiny"].info, models.__getitem__)
    links = together.align(["A", "man"], ["Un", "homme"], tokenized=True).links
    gold = [GoldPair(0, ("A", "man"), ("Un", "homme"), frozenset(links), frozenset(links))]
    report = evaluate(models["run:tiny"], [("A man.", "Un homme.")], gold=gold, together=together)
    jsonschema.validate(report, json.loads(Path("engine/schemas/metrics.json").read_text()))
    scores = report["alignment"]["gold"]
    assert scores["consensus"]["aer"] == {"value": 0, "low": 0, "high": 0}
    assert scores["consensus_of"] == list(NAMES)
    attention = {name: scores["attention"][name] for name in ("aer", "precision", "recall")}
    assert scores["attention_step_0"] == attention and "attention_step_2" in scores
