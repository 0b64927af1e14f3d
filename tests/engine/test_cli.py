"""The command line as scripts rely on it: one line out for each line in, schemas, and one sentence on bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.cli.lines import MAX_LINE
from engine.evaluation.alignment import links
from engine.inference import trial
from engine.store.own_format import save_model
from tests.engine.terminal import refused, valid

ROOT = Path(__file__).parent.parent.parent


def test_models_lists_names_or_objects(run, stored):
    assert "run:tiny" in run("models").lines
    (found,) = [json.loads(line) for line in run("models", "--json").lines if "run:tiny" in line]
    assert (found["source_language"], found["target_language"], found["task"]) == ("en", "fr", "translation")


@pytest.mark.parametrize("beam", ["1", "3"])
def test_translate_gives_one_line_for_each_and_blank_for_blank(run, stored, beam):
    told = run("translate", "run:tiny", "--beam", beam, given="A man rides.\n\n   \nTwo women.\nlast without end")
    assert told.code == 0 and told.err == ""
    assert len(told.lines) == 5
    assert [bool(line) for line in told.lines] == [True, False, False, True, True]
    alone = run("translate", "run:tiny", "--beam", beam, given="Two women.\n")
    assert alone.lines == [told.lines[3]]


def test_translate_as_json_gives_the_outputs_best_first(run, stored):
    (line,) = run("translate", "run:tiny", "--beam", "3", "--json", given="A man rides.\n").lines
    found = json.loads(line)
    assert found["text"] == "A man rides." and found["output"] == found["hypotheses"][0]["text"]
    scores = [one["score"] for one in found["hypotheses"]]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x0bb", "a\x0cb"])
def test_only_a_line_feed_ends_a_line(run, stored, text):
    assert len(run("translate", "run:tiny", given=f"{text}\r\nx\n").lines) == 2


@pytest.mark.parametrize("read", ["attention", "effect"])
def test_align_prints_links_source_first_from_zero(run, stored, read):
    told = run("align", "run:tiny", "--tokenized", "--read", read, given="a man 's\tun homme de le\n\nx\ty\n")
    assert told.code == 0 and len(told.lines) == 3 and told.lines[1] == ""
    for line, (source, target) in zip((told.lines[0], told.lines[2]), ((3, 4), (1, 1)), strict=True):
        for i, j in (map(int, link.split("-")) for link in line.split()):
            assert i < source and j < target


def test_align_as_json_fits_its_schema_and_its_links_are_those_of_its_matrix(run, stored):
    given = "A man rides.\tUn homme monte.\n"
    found = valid("align", run("align", "run:tiny", "--json", "--threshold", "0.2", given=given).lines[0])
    assert found["source"] == ["A", "man", "rides", "."] and found["target"] == ["Un", "homme", "monte", "."]
    above = {(i, j) for j, row in enumerate(found["matrix"]) for i, value in enumerate(row[:-1]) if value > 0.2}
    assert above <= {tuple(link) for link in found["links"]}
    assert all(abs(sum(row) - 1) < 1e-4 for row in found["matrix"])


@pytest.mark.parametrize("read", ["attention", "effect"])
@pytest.mark.parametrize("asked", [None, "highest", "balanced"])
def test_align_links_as_it_is_asked_and_says_how(run, stored, read, asked):
    more = [] if asked is None else ["--links", asked]
    given = "A man rides a red bike.\tUn homme monte un.\n"
    found = valid("align", run("align", "run:tiny", "--json", "--read", read, *more, given=given).lines[0])
    assert found["linked"] == (asked or {"attention": "highest", "effect": "balanced"}[read])
    wanted = links(np.array(found["matrix"]), balanced=found["linked"] == "balanced")
    assert wanted == {tuple(link) for link in found["links"]}


def test_align_with_both_models_joins_them(run, stored, runs, make_model, tokenizer):
    save_model(runs / "back", make_model(len(tokenizer), seed=5), tokenizer, {"task": "translation"})
    given = "A man rides.\tUn homme.\n"
    found = valid("align", run("align", "run:tiny", "--both", "run:back", "--json", given=given).lines[0])
    assert found["both"] == "run:back" and [len(row) for row in found["matrix"]] == [4, 4, 4]
    for i, j in found["links"]:
        assert found["matrix"][j][i] == max(found["matrix"][j])
    assert run("align", "run:tiny", "--both", "run:back", given=given).lines == [
        " ".join(f"{i}-{j}" for i, j in sorted(map(tuple, found["links"])))
    ]
    refused(run("align", "run:tiny", "--both", "run:back", "--threshold", "1", given=given), "--threshold is for one")
    refused(run("align", "run:tiny", "--both", "run:back", "--links", "highest", given=given), "--links is for one")


def test_trace_fits_its_schema(run, stored):
    told = run("trace", "run:tiny", given="A man rides.\n\nTwo women.\n")
    first = valid("trace", told.lines[0])
    valid("trace", told.lines[2])
    assert told.lines[1] == ""
    assert first["model"] == "run:tiny" and first["weights_sha256"] == stored.weights_sha256
    (trace,) = first["traces"]
    assert len(trace["weights"][0][0]) == len(trace["queries"]["labels"]) == len(first["output"]["tokens"])


def test_trace_can_make_the_model_say_something(run, stored):
    told = run("trace", "run:tiny", "--target", "Un homme", given="A man rides.\n")
    assert valid("trace", told.lines[0])["output"]["text"] == "Un homme"


def test_lines_before_a_refused_one_are_still_answered(run, stored):
    told = run("translate", "run:tiny", given="A man.\n\nTwo.\n\u200b\nnever\n")
    refused(told, "Line 4: Type a sentence first.")
    assert len(told.lines) == 3


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (b"good\n\xff\xfe\n", "Line 2: It is not UTF-8."),
        (b"x" * (MAX_LINE + 10), "Line 1: It is longer than"),
        (b"horse " * 600, "Line 1: This text is too long: it has"),
    ],
    ids=["not UTF-8", "endless", "long"],
)
def test_a_line_that_cannot_be_read_is_named(run, stored, given, sentence):
    refused(run("translate", "run:tiny", given=given), sentence)


@pytest.mark.parametrize("given", ["no tab\n", "a\tb\tc\n", "a\t\n", "\tb\n"])
def test_align_wants_one_source_one_tab_and_one_target(run, stored, given):
    refused(run("align", "run:tiny", given=given), "Line 1: ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["translate", "run:nothing"], "There is no model run:nothing"),
        (["translate", "../nothing"], "There is no model ../nothing"),
        (["translate", "hf:org/name"], "hf:org/name is a model that others made"),
        (["translate"], "Missing argument"),
        (["translate", "run:tiny", "--beam", "x"], "--beam"),
        (["translate", "run:tiny", "--beam", "99"], "A beam of 99 is out of range"),
        (["translate", "run:tiny", "--device", "tpu"], "tpu"),
        (["align", "run:tiny", "--read", "nonsense"], "nonsense"),
        (["train", "nothing.toml"], "nothing.toml"),
        (["evaluate", "run:tiny", "--on", "nonsense"], "nonsense is no corpus"),
        (["data", "fetch", "nonsense"], "nonsense"),
        (["pack", "run:nothing", "x.zip"], "There is no model run:nothing"),
        (["unpack", "nothing.zip"], "nothing.zip is no file"),
        (["unpack", "README.md"], "no whole zip archive"),
        (["nonsense"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_leaves_with_two_and_one_sentence(run, stored, arguments, sentence):
    refused(run(*arguments, given="x\n"), sentence)


def test_a_model_is_packed_and_unpacked_under_a_name_of_ones_own(run, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "tried", lambda folder: None)
    assert run("pack", "run:tiny", str(tmp_path / "x.zip")).lines == [str(tmp_path / "x.zip")]
    assert run("unpack", str(tmp_path / "x.zip")).lines == ["run:tiny-2"]
    assert run("unpack", str(tmp_path / "x.zip"), "--name", "Mein Modell").lines == ["run:Mein-Modell"]
    assert {"run:tiny-2", "run:Mein-Modell"} <= set(run("models").lines)


def test_a_broken_model_is_refused_in_one_sentence(run, stored):
    (stored.folder / "model.safetensors").write_bytes(b"")
    refused(run("translate", "run:tiny", given="x\n"), "The weights of tiny")


@pytest.mark.parametrize(
    "command",
    ["", "models", "translate", "align", "classify", "trace", "train", "evaluate", "card", "pack", "unpack", "data"],
)
def test_every_command_explains_itself(run, command):
    told = run(*command.split(), "--help")
    assert told.code == 0 and "Usage: python -m engine" in told.out


def process(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "engine", *arguments],
        cwd=ROOT,
        env=dict(os.environ, OMP_NUM_THREADS="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_line_is_answered_before_the_next_one_is_sent(stored):
    with process("translate", "run:tiny") as program:
        for text in (b"A man rides.\n", b"\n", b"Two women.\n"):
            program.stdin.write(text)
            program.stdin.flush()
            assert bool(program.stdout.readline().strip()) == bool(text.strip())
        program.stdin.close()
        assert program.wait(60) == 0


def test_a_reader_who_leaves_early_is_no_error(stored):
    with process("translate", "run:tiny") as program:
        program.stdin.write(b"A man rides.\n")
        program.stdin.flush()
        program.stdout.readline()
        program.stdout.close()
        program.stdin.write(b"Two women.\n" * 50)
        program.stdin.close()
        assert b"Traceback" not in program.stderr.read()


def test_help_and_the_list_of_models_need_no_torch(stored):
    code = (
        "import sys\nfrom engine.cli.app import main\n"
        "try:\n    main([sys.argv[1]])\nfinally:\n    assert 'torch' not in sys.modules"
    )
    for argument in ("--help", "models"):
        subprocess.run([sys.executable, "-c", code, argument], cwd=ROOT, check=True, capture_output=True)
