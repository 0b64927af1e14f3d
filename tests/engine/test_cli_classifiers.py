"""Classifiers at the command line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.data.documents.rationales import Rationale
from engine.errors import Refused
from tests import tiny
from tests.engine.terminal import refused, valid
from tests.workbooks import workbook


@pytest.fixture
def classifiers(tmp_path, monkeypatch):
    tiny.classifiers(tmp_path)
    monkeypatch.setattr("engine.store.names.PRETRAINED", tmp_path)


REVIEW = "A good film. I liked it!<br />See it twice, it's short."


def test_classify_gives_a_label_for_each_line_and_blank_for_blank(run, classifiers):
    told = run("classify", "classification/imdb-han", given=f"{REVIEW}\n\nDull.\n")
    assert told.code == 0 and told.err == "" and told.lines[1] == "" and len(told.lines) == 3
    assert {told.lines[0], told.lines[2]} <= {"negative", "positive"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", b"text,label\nA good film,1\n,0\nDull,0\n"),
        ("mine.jsonl", b'{"text": "A good film"}\n[]\n{"text": "Dull"}\n'),
        ("mine.xlsx", workbook({"Empty": [], "Mine": [["text"], ["A good film"], [None], ["Dull"]]})),
    ],
)
def test_classify_reads_a_table_and_leaves_a_row_without_text_blank(run, classifiers, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    told = run("classify", "classification/imdb-han", "--table", str(tmp_path / name))
    assert told.lines == run("classify", "classification/imdb-han", given="A good film\n\nDull\n").lines
    assert "skipped" in told.err
    refused(run("classify", "classification/imdb-han", "--table", str(tmp_path / "gone.csv")), "cannot be read")


@pytest.mark.parametrize("model", ["imdb-bilstm", "reviews-zh-han"])
def test_classify_as_json_fits_its_schema_and_names_the_likeliest_label(run, classifiers, model):
    (line,) = run("classify", f"classification/{model}", "--json", given=f"{REVIEW}\n").lines
    found = valid("classify", line)
    assert found["text"] == REVIEW
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert found["label"] == max(found["probabilities"], key=found["probabilities"].get)
    assert run("classify", f"classification/{model}", given=f"{REVIEW}\n").lines == [found["label"]]


def test_trace_of_a_document_has_the_sentences_and_then_the_words_of_each(run, classifiers):
    found = valid("trace", run("trace", "classification/imdb-han", given=f"{REVIEW}\n").lines[0])
    sentences, *words = found["traces"]
    assert sentences["kind"] == "sentence" and sentences["keys"]["labels"] == ["1", "2", "3"]
    assert [trace["kind"] for trace in words] == ["word"] * 3
    spans = [[REVIEW[a:b] for a, b in sentence["words"]] for sentence in found["sentences"]]
    assert [trace["keys"]["labels"] for trace in words] == spans
    assert spans[0] == ["A", "good", "film", "."]
    (token,) = found["output"]["tokens"]
    assert token["candidates"][0]["token"] == found["output"]["text"] == token["token"]
    assert found["probabilities"][token["token"]] == pytest.approx(math.exp(token["logprob"]), abs=1e-5)


def test_trace_of_a_flat_classifier_is_one_over_all_words(run, classifiers):
    found = valid("trace", run("trace", "classification/imdb-bilstm", given=f"{REVIEW}\n").lines[0])
    (words,) = found["traces"]
    assert words["kind"] == "word"
    assert len(words["keys"]["labels"]) == sum(len(one["words"]) for one in found["sentences"])


def test_evaluate_measures_a_classifier_beside_its_baseline(run, classifiers, tmp_path, monkeypatch):
    monkeypatch.delenv("ALIGNSCOPE_DATA", raising=False)
    monkeypatch.setattr(
        "engine.data.documents.rationales.read", lambda name: [MARKED] if "50" in name else no_copy(name)
    )
    rows = [f"{LABELS[i % 2]}\tNumber {i} is {'good' if i % 2 else 'dull'}.\n" for i in range(90)]
    own = tmp_path / "own.tsv"
    own.write_text("label\ttext\n" + "".join(rows), encoding="utf-8")
    told = run("evaluate", "classification/imdb-han", "--on", str(own))
    found = valid("metrics-classification", told.out)
    assert found["test"]["corpus"] == str(own) and sum(map(sum, found["confusion"])) == found["test"]["documents"]
    assert found["baseline"]["tfidf"]["accuracy"]["value"] == 1
    assert list(found["people"]) == ["yelp_hat/50words"] and "effect" in found["people"]["yelp_hat/50words"]
    assert "not compared with people on eraser_movies: no copy of eraser_movies" in told.err
    assert run("evaluate", "classification/imdb-han", "--on", str(own)).out == told.out


LABELS = ("negative", "positive")
MARKED = Rationale("50words-0", ("A", "good", "film."), 1, (frozenset({1}), frozenset({1, 2})))


def no_copy(name):
    raise Refused("no copy of {name}", name=name)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["translate", "classification/imdb-han"], "classification/imdb-han does not translate"),
        (["align", "classification/imdb-han"], "classification/imdb-han does not translate"),
        (["classify", "run:tiny"], "run:tiny does not classify"),
        (["trace", "classification/imdb-han", "--target", "x"], "--target is for models that translate"),
        (["evaluate", "classification/imdb-han", "--both", "run:tiny"], "--gold and --both are for models that"),
        (["evaluate", "classification/imdb-han", "--on", "nonsense"], "nonsense is no corpus"),
        (["evaluate", "classification/imdb-han", "--on", "./stars.tsv"], "has the labels five, one, but"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_for_another_task_is_refused(run, stored, classifiers, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{'five' if i % 2 else 'one'}\tText number {i}.\n" for i in range(60))
    Path("stars.tsv").write_text("label\ttext\n" + rows, encoding="utf-8")
    refused(run(*arguments, given="x\n"), sentence)
