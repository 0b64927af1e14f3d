"""Every head of a Transformer at the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine.terminal import refused, valid
from tests.engine.test_pictures import file, processor
from tests.engine.tiny_transformers import tiny, tokenizer


def stored(name: str, place: Path) -> str:
    tiny(name).save_pretrained(place)
    tokenizer().save_pretrained(place)
    return str(place)


@pytest.mark.parametrize(
    ("name", "kinds"), [("bert", ["encoder"]), ("gpt2", ["decoder"]), ("bart", ["encoder", "decoder", "cross"])]
)
def test_trace_of_a_folder_has_every_head_of_every_kind(run, tmp_path, name, kinds):
    told = run("trace", stored(name, tmp_path / "one"), given="the cat sat\n\na dog\n")
    assert told.code == 0 and told.lines[1] == ""
    found = valid("trace", told.lines[0])
    assert [trace["kind"] for trace in found["traces"]] == kinds
    for trace in found["traces"]:
        weights = np.array(trace["weights"])
        assert weights.shape[1:] == (4, len(trace["queries"]["labels"]), len(trace["keys"]["labels"]))
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-4)
        assert np.array(trace["scores"]).shape == weights.shape


def test_a_pair_says_what_was_given(run, tmp_path):
    told = run("trace", stored("marian", tmp_path / "one"), "--target", "a dog ran", given="the cat sat\n")
    found = valid("trace", told.lines[0])
    assert [token["token"] for token in found["output"]["tokens"]] == ["<s>", "a", "dog", "ran", "</s>"]


def test_heads_of_a_model_with_one_attention_are_refused(run):
    refused(run("trace", "classification/imdb-han", "--heads", given="x\n"), "on its own page")


def test_a_folder_that_holds_no_model_is_refused(run, tmp_path):
    refused(run("trace", str(tmp_path), given="x\n"), "no config.json")


def test_a_model_that_sees_takes_the_paths_of_pictures(run, tmp_path):
    place = tmp_path / "one"
    tiny("vit").save_pretrained(place)
    processor().save_pretrained(place)
    (tmp_path / "cat.png").write_bytes(file())
    found = valid("trace", run("trace", str(place), given=f"{tmp_path / 'cat.png'}\n").lines[0])
    assert found["grid"] == [4, 4]
    assert len(found["traces"][0]["keys"]["labels"]) == 17
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    refused(run("trace", str(place), given="no such file\n"), "no file that can be read")
