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


def test_some_layers_and_heads_alone_are_those_of_the_whole(run, tmp_path):
    place = stored("bert", tmp_path / "one")
    whole = valid("trace", run("trace", place, given="the cat sat\n").lines[0])["traces"][0]
    asked = ("--layers", "2", "--only-heads", "1,3-4", "--digits", "2")
    part = valid("trace", run("trace", place, *asked, given="the cat sat\n").lines[0])["traces"][0]
    wanted = np.array(whole["weights"])[1:2, [0, 2, 3]]
    np.testing.assert_allclose(part["weights"], wanted, atol=0.006)
    assert not np.allclose(part["weights"], wanted, atol=1e-5)  # two digits, and not six


def test_a_file_of_heads_holds_each_weight_to_half_of_a_step(run, tmp_path):
    place, path = stored("bart", tmp_path / "one"), tmp_path / "heads.npz"
    told = run("trace", place, "--npz", str(path), given="the cat sat\n\na dog\n")
    whole = [valid("trace", line) for line in run("trace", place, given="the cat sat\n\na dog\n").lines if line]
    lines = [valid("trace", line) for line in told.lines if line]
    with np.load(path) as arrays:
        for line, known in zip(lines, whole, strict=True):
            assert line["traces"] == [] and list(line["npz"]["arrays"]) == [trace["kind"] for trace in known["traces"]]
            for trace in known["traces"]:
                names = line["npz"]["arrays"][trace["kind"]]
                stack, peak = (np.stack([arrays[name + end] for name in names]) for end in ("", ".peak"))
                assert stack.dtype == np.uint8
                weights = stack * peak[..., None] / line["npz"]["steps"]
                assert np.all(np.abs(weights - trace["weights"]) <= peak[..., None] * 0.5 / 255 + 1e-6)


def test_what_is_too_much_for_a_line_is_refused_with_its_size_and_what_to_do(run, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.cli.heads.MAX_NUMBERS", 100)
    place = stored("bert", tmp_path / "one")
    for word in ("--layers", "--only-heads", "--npz", "3 × 4 × 5 × 5"):
        refused(run("trace", place, given="the cat sat\n"), word)
    assert run("trace", place, "--layers", "1", "--only-heads", "2", given="the cat sat\n").code == 0


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("--layers", "4"), "no layer 4"),
        (("--only-heads", "5"), "no head 5"),
        (("--layers", "0"), "numbers from 1"),
        (("--layers", "one"), "numbers from 1"),
        (("--only-heads", "2-"), "numbers from 1"),
    ],
)
def test_a_part_that_is_not_there_is_refused(run, tmp_path, asked, reason):
    refused(run("trace", stored("bert", tmp_path / "one"), *asked, given="the cat sat\n"), reason)


def test_parts_are_for_heads_alone(run):
    refused(run("trace", "classification/imdb-han", "--layers", "1", given="x\n"), "add --heads")
