"""A null key from the model to what is said of it: axes, links, command line and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.inference.sentence_maps import words_of
from engine.inference.translator import Translator
from engine.schemas import trace as writer
from engine.store.own_format import save_model
from engine.traces import NOWHERE, Axis
from tests.engine.conftest import META, MakeModel
from tests.engine.terminal import valid
from webapp.views.shared import pair_reading

TEXT, OUTPUT = "A man isn't reading the newspaper.", "Un homme ne lit pas le journal."
PAIR = f"{TEXT}\t{OUTPUT}\n"


@pytest.fixture
def nowhere(translator: Translator, make_model: MakeModel) -> Translator:
    model = make_model(len(translator.tokenizer), null_key=True, placement="after")
    model.attention.nowhere.mul_(5)
    return Translator(translator.info, model, translator.tokenizer)


def test_a_side_gains_a_special_word_of_its_own():
    side = Axis(("ab", "c", "</s>"), (0, 0, 1), (False, False, True), ("abc", "</s>"), ids=(4, 5, 3), tokens=("a",) * 3)
    longer = side.with_nowhere()
    assert longer.labels == ("ab", "c", "</s>", NOWHERE) and longer.special == (False, False, True, True)
    assert longer.words().labels == ("abc", "</s>", NOWHERE) and longer.ids == longer.tokens == ()
    parted = Axis(("a", "b"), (0, 1), (False, True), shares=((0.5, 0.5), (1.0,))).with_nowhere()
    assert parted.groups == (0, 1, 2) and parted.count == 3


@pytest.mark.parametrize("how", [{}, {"beam": 4, "nbest": 4, "choose": 2}, {"target": OUTPUT}], ids=str)
def test_the_last_key_of_a_trace_is_the_null_key_and_effects_know_none(nowhere: Translator, how: dict):
    found = nowhere.translate(TEXT, effect=True, **how)
    assert found.trace.keys.labels == (*found.effect.keys.labels, NOWHERE)
    np.testing.assert_allclose(found.trace.weights.sum(-1), 1, atol=1e-5)
    assert found.trace.matrix()[:, -1].max() > 0.01
    about = {"format": 1, "model": "x", "weights_sha256": "0" * 64, "text": TEXT}
    valid("trace", json.dumps(about | writer.translation(found)))


@pytest.mark.parametrize("by_words", [True, False])
def test_a_page_shows_it_with_the_end_and_says_what_each_took(nowhere: Translator, by_words: bool):
    found = nowhere.translate(TEXT, target=OUTPUT, effect=True)
    whole = pair_reading.read(found, "attention", by_words=by_words, end=True)
    scene = pair_reading.matrix(whole)
    assert scene.columns[-2:] == ("</s>", NOWHERE)
    np.testing.assert_allclose(whole.nowhere_shares, scene.values[:-1, -1], atol=1e-6)
    np.testing.assert_allclose(whole.end_shares, scene.values[:-1, -2], atol=1e-6)
    short = pair_reading.matrix(pair_reading.read(found, "attention", by_words=by_words, end=False))
    assert NOWHERE not in short.columns and "</s>" not in short.columns
    effect = pair_reading.read(found, "effect", by_words=by_words, end=True)
    assert effect.nowhere_shares is None and pair_reading.matrix(effect).columns[-1] == "</s>"
    assert words_of(found)[1] == whole.record.keys.words().labels[:-2]


@pytest.mark.parametrize("read", ["attention", "effect"])
def test_nothing_is_ever_linked_to_it(nowhere: Translator, read: str):
    words = nowhere.align(TEXT, OUTPUT, tokenized=False, read=read)
    assert words.ends == (2 if read == "attention" else 1)
    found = nowhere.translate(TEXT, target=OUTPUT, effect=True)
    linked = pair_reading.read(found, read, by_words=True, end=True).links
    sources = len(words.keys) - words.ends
    assert all(i < sources for i, _ in linked)
    if read == "attention":
        lost = {j for j, row in enumerate(words.matrix) if row.argmax() >= sources}
        assert lost.isdisjoint(j for _, j in linked) and len(linked) + len(lost) == len(words.queries)


def test_the_command_line_links_and_joins_words_alone(run, runs: Path, nowhere: Translator, make_model, tokenizer):
    save_model(runs / "tiny", nowhere.model, tokenizer, META, {"updates": 1})
    save_model(runs / "back", make_model(len(tokenizer), seed=5), tokenizer, {"task": "translation"})
    found = valid("align", run("align", "run:tiny", "--json", given=PAIR).lines[0])
    assert {len(row) for row in found["matrix"]} == {len(found["source"]) + 2}
    assert all(i < len(found["source"]) for i, _ in found["links"])
    both = valid("align", run("align", "run:tiny", "--both", "run:back", "--json", given=PAIR).lines[0])
    assert {len(row) for row in both["matrix"]} == {len(both["source"])}
    back = valid("align", run("align", "run:back", "--both", "run:tiny", "--json", given=PAIR).lines[0])
    assert {len(row) for row in back["matrix"]} == {len(back["source"])}


def test_every_head_has_one_last_column_the_higher_of_both(nowhere: Translator):
    pair = (["A", "man", "rides"], ["Un", "homme"])
    (heads,) = nowhere.heads_many([pair], tokenized=True)
    whole = nowhere.align(*pair, tokenized=True).matrix
    np.testing.assert_allclose(heads[0, 0, 0, :, :3], whole[:, :3], atol=1e-6)
    np.testing.assert_allclose(heads[0, 0, 0, :, 3], whole[:, 3:].max(1), atol=1e-6)
