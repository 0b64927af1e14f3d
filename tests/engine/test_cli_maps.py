"""The commands that print what pages draw: a sentence's map, one head, one step, the shades of a document."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.inference import load
from engine.inference.translation_faithfulness import erasure, shuffled
from engine.store.own_format import save_model
from tests import tiny
from tests.engine.terminal import refused, valid
from tests.engine.test_cli_heads import stored as transformer
from tests.engine.test_pictures import file, processor


def test_a_map_has_a_row_for_each_word_whose_shares_sum_to_one_and_blank_for_blank(run, stored):
    told = run("map", "run:tiny", "--beam=3", "--candidate=2", given="A man rides.\n\nTwo women.\n")
    assert told.code == 0 and told.err == "" and told.lines[1] == ""
    translator = load.translator("run:tiny")
    for line, text in ((told.lines[0], "A man rides."), (told.lines[2], "Two women.")):
        found = valid("map", line)
        expected = translator.translate(text, beam=3, nbest=2, choose=1).output
        assert (found["text"], found["output"]["text"]) == (text, expected.text)
        assert np.array(found["matrix"]).shape == (len(found["rows"]), len(found["columns"]))
        np.testing.assert_allclose(np.sum(found["matrix"], 1), 1, atol=1e-5)
        assert all(i < len(found["columns"]) and j < len(found["rows"]) for i, j in found["links"])


def test_a_map_of_pieces_with_its_end_is_the_trace_itself(run, stored):
    (line,) = run("map", "run:tiny", "--pieces", "--end", "--target=-Un homme.", given="A man rides.\n").lines
    (traced,) = run("trace", "run:tiny", "--target=-Un homme.", given="A man rides.\n").lines
    found, (trace,) = valid("map", line), json.loads(traced)["traces"]
    assert found["rows"] == trace["queries"]["labels"] and found["columns"] == trace["keys"]["labels"]
    np.testing.assert_allclose(found["matrix"], trace["weights"][0][0], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--read=effect", "--later=1"], "--later is for attention"),
        (["--read=effect", "--head=2"], "--head is for attention"),
        (["--read=consensus", "--both=run:tiny"], "a consensus is made of several"),
        (["--both=run:tiny", "--pieces"], "over words alone"),
        (["--both=run:tiny"], "name a model of the other direction"),
        (["--layer=2"], "There is no layer 2; this model has 1."),
        (["--head=3"], "There is no head 3; this layer has 1."),
        (["--read=consensus"], "names no models"),
        (["--candidate=2"], "2 translations were asked for"),
        (["--target=Un homme.", "--beam=3"], "--beam is for a search; with --target there is none"),
        (["--target=Un homme.", "--candidate=2"], "--candidate is for a search; with --target there is none"),
    ],
)
def test_options_of_a_map_that_do_not_go_together_are_refused_in_a_sentence(run, stored, options, sentence):
    refused(run("map", "run:tiny", *options, given="A man rides.\n"), sentence)


def test_a_map_of_a_model_without_attention_is_refused_unless_it_is_of_effect(run, runs, tokenizer, make_model):
    meta = {"task": "translation", "source_language": "en", "target_language": "fr"}
    save_model(runs / "bare", make_model(len(tokenizer), design="decoder2", direction="forward"), tokenizer, meta, {})
    refused(run("map", "run:bare", given="A man rides.\n"), "has no attention")
    found = valid("map", run("map", "run:bare", "--read=effect", given="A man rides.\n").lines[0])
    assert found["read"] == "effect" and found["matrix"]


def test_a_head_is_a_matrix_whose_rows_sum_to_one_whatever_is_left_out(run, tmp_path):
    name = transformer("bert", tmp_path / "one")
    for options in ([], ["--words"], ["--leave-out=special,first,diagonal"], ["--reading=rollout", "--layer=1"]):
        told = run("head", name, *options, given="the cat sat\n\na dog\n")
        assert told.code == 0 and told.lines[1] == "", told.err
        found = valid("head", told.lines[0])
        assert np.array(found["matrix"]).shape == (len(found["rows"]), len(found["columns"]))
        np.testing.assert_allclose(np.sum(found["matrix"], 1), 1, atol=1e-5)
    assert found["reading"] == "rollout" and found["head"] is None
    muted = run("head", name, "--layer=2", "--edit=uniform-encoder-1-0", given="the cat sat\n")
    plain = run("head", name, "--layer=2", given="the cat sat\n")
    assert valid("head", muted.lines[0])["matrix"] != valid("head", plain.lines[0])["matrix"]


def test_a_head_of_a_picture_is_asked_for_by_its_path(run, tmp_path):
    from tests.engine.tiny_transformers import tiny as made

    made("vit").save_pretrained(tmp_path / "one")
    processor().save_pretrained(tmp_path / "one")
    (tmp_path / "a picture.png").write_bytes(file(40, 30))
    told = run("head", str(tmp_path / "one"), "--query=2", "--leave-out=special", given=f"{tmp_path}/a picture.png\n")
    found = valid("head", told.lines[0])
    assert len(found["rows"]) == 1 and "[CLS]" not in found["columns"]
    assert sum(found["matrix"][0]) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kind=cross"], "This model has no cross attention; it has encoder."),
        (["--leave-out=rows"], "--leave-out wants special, first, diagonal and got rows."),
        (["--edit=mute-encoder"], "--edit wants changes such as mute-encoder-3-5"),
        (["--layer=99"], "There is no layer 99"),
        (["--reading=rollout", "--head=5"], "This reading has"),
        (["--reading=psychic"], "There is no reading psychic"),
        (["--query=99"], "There is no position 99"),
        (["--query=1", "--words"], "take --words back"),
        (["--query=1", "--leave-out=special,first,diagonal"], "take --leave-out=first,diagonal back"),
        (["--of=1"], "add --reading=gradient, or leave --of out"),
        (["--of=1", "--reading=rollout"], "add --reading=gradient, or leave --of out"),
    ],
)
def test_what_a_head_cannot_be_is_refused_in_a_sentence(run, tmp_path, options, sentence):
    refused(run("head", transformer("bert", tmp_path / "one"), *options, given="the cat sat\n"), sentence)


def test_beside_a_picture_no_text_can_be_named(run, tmp_path):
    from tests.engine.tiny_transformers import tiny as made

    made("vit").save_pretrained(tmp_path / "one")
    processor().save_pretrained(tmp_path / "one")
    for command in (["head"], ["trace", "--heads"]):
        for option in ("--target=a cat", "--source-language=en"):
            refused(
                run(*command, str(tmp_path / "one"), option, given="cat.png\n"), "leave --target and the languages out"
            )


def test_a_step_has_its_quantities_in_order_and_a_change_is_followed(run, stored):
    told = run("step", "run:tiny", "--step=2", "--change=scores:1:5", given="A man rides.\n\n")
    found = valid("step", told.lines[0])
    by_name = {quantity["name"]: quantity for quantity in found["quantities"]}
    assert (by_name["scores"]["values"][0], found["step"]) == (5, 2)
    assert by_name["scores"]["computed"][0] != 5
    powers = np.exp(by_name["scores"]["values"])
    np.testing.assert_allclose(by_name["weights"]["values"], powers / powers.sum(), atol=1e-5)
    before = valid("step", run("step", "run:tiny", "--step=2", given="A man rides.\n").lines[0])
    was = {quantity["name"]: quantity["values"] for quantity in before["quantities"]}
    assert by_name["scores"]["computed"] == was["scores"] and by_name["weights"]["values"][0] > was["weights"][0]
    assert told.lines[1:] == [""]


def test_the_small_case_reads_nothing(run):
    found = valid("step", run("step", "small", "--score=dot", "--placement=fed", "--mistake=axis").lines[0])
    assert (found["model"], found["text"]) == ("small", "我 爱 中国")
    weights = next(each for each in found["quantities"] if each["name"] == "weights")
    assert weights["values"] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--mistake=none"], "The mistake none cannot be made here; try one of axis"),
        (["--mistake=scaling"], "The mistake scaling cannot be made here"),
        (["--change=scores"], "--change wants a quantity, a place from 1 and a number"),
        (["--change=scores:99:1"], "There is no number 99 to change here"),
        (["--change=keys:9:1:1"], "There is no number 9:1 to change here"),
        (["--step=9"], "There is no step 9; this translation has 4."),
        (["--score=psychic"], "The small case has no psychic"),
        (["--layer=2"], "--layer says nothing of this model: leave it out."),
    ],
)
def test_what_the_small_case_cannot_do_is_refused_in_a_sentence(run, options, sentence):
    refused(run("step", "small", *options), sentence)


def test_a_layer_and_both_levels_are_taken_apart_by_the_same_command(run, tmp_path, classifiers):
    layer = run("step", transformer("gpt2", tmp_path / "one"), "--layer=2", "--head=2", given="the cat sat\n\na dog\n")
    found = valid("step", layer.lines[0])
    assert (found["layer"], found["head"], layer.lines[1]) == (2, 2, "")
    refused(run("step", str(tmp_path / "one"), "--layer=9", given="the cat\n"), "There is no layer 9")
    refused(run("step", str(tmp_path / "one"), "--head=9", given="the cat\n"), "There is no head 9")
    levels = run("step", "classification/imdb-han", "--sentence=2", given="Good film. Bad end.\n")
    assert valid("step", levels.lines[0])["open_sentence"] == 2
    refused(run("step", "classification/imdb-han", "--sentence=3", given="Good film.\n"), "There is no sentence 3")
    refused(run("step", "classification/imdb-han", "--causal", given="Good film.\n"), "--causal says nothing")
    for name, options, sentence in (
        ("small-layer", "--head=3", "There is no head 3; this layer has 2."),
        ("small-layer", "--layer=2", "There is no layer 2; this model has 1."),
        ("small-levels", "--sentence=4", "There is no sentence 4; this text has 3."),
    ):
        refused(run("step", name, options), sentence)
    for name in ("small-layer", "small-levels"):
        assert valid("step", run("step", name).lines[0])["model"] == name


@pytest.fixture
def classifiers(tmp_path, monkeypatch):
    tiny.classifiers(tmp_path)
    monkeypatch.setattr("engine.store.names.PRETRAINED", tmp_path)


def test_a_document_comes_with_its_shades_and_without_the_sentences_that_are_off(run, classifiers):
    told = run("trace", "classification/imdb-han", "--shade=relative", "--without=2", given="Good. Bad end. So so.\n")
    found = valid("trace", told.lines[0])
    assert found["without"] == [1] and found["shades"]["by"] == "relative"
    reading = load.classifier("classification/imdb-han").read("Good. Bad end. So so.", without={1})
    np.testing.assert_allclose(found["shades"]["words"], reading.relative, atol=1e-6)
    assert found["shades"]["sentences"][1] == 0
    refused(run("trace", "classification/imdb-han", "--shade=dark", given="Good.\n"), "shades words by one of relative")


@pytest.mark.parametrize("command", ["trace", "trust"])
def test_a_sentence_that_is_not_there_cannot_be_left_out(run, classifiers, command):
    told = run(command, "classification/imdb-han", "--without=2,9", given="Good film. Bad end. So so.\n")
    refused(told, "There is no sentence 9; the text has 3.")


def test_shades_are_for_classifiers_alone(run, stored):
    refused(run("trace", "run:tiny", "--shade=relative", given="A man.\n"), "for a classifier's words")


def test_a_column_of_a_table_can_be_named_and_must_be_there(run, classifiers, tmp_path):
    (tmp_path / "mine.csv").write_text("text,more\nGood,Dull and long\nDull,Good\n", encoding="utf-8")
    texts = [
        [json.loads(line)["text"] for line in run("classify", "classification/imdb-han", *options).lines if line]
        for options in (
            [f"--table={tmp_path}/mine.csv", "--json"],
            [f"--table={tmp_path}/mine.csv", "--json", "--column=2"],
            [f"--table={tmp_path}/mine.csv", "--json", "--no-names", "--encoding=utf-8", "--column=2"],
        )
    ]
    assert texts == [["Good", "Dull"], ["Dull and long", "Good"], ["more", "Dull and long", "Good"]]
    gone = run("classify", "classification/imdb-han", f"--table={tmp_path}/mine.csv", "--column=3")
    for option in ("--sheet=1", "--encoding=utf-8", "--no-names", "--column=2"):
        refused(run("classify", "classification/imdb-han", option, given="Good.\n"), "add --table, or leave them out")
    refused(gone, "There is no column 3; this table has 2.")


def test_trust_says_what_the_engine_finds_and_blank_for_blank(run, stored):
    told = run("trust", "run:tiny", "--target=Un homme.", given="A man rides.\n\n")
    assert told.code == 0 and told.lines[1:] == [""]
    found, translator = valid("trace", told.lines[0]), load.translator("run:tiny")
    translation = translator.translate("A man rides.", target="Un homme.")
    erased, other = erasure(translator, translation), shuffled(translator, translation)
    assert found["trust"]["erasure"]["falls"] == pytest.approx(erased.falls, abs=1e-5)
    assert found["trust"]["shuffled"]["logprobs"] == pytest.approx(other.logprobs.tolist(), abs=1e-5)
    assert found["output"]["text"] == translation.output.text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shade=relative"], "are for a classifier's words"),
        (["--head=3"], "There is no head 3; this layer has 1."),
        (["--candidate=2"], "2 translations were asked for"),
        (["--target=Un homme.", "--beam=3"], "--beam is for a search; with --target there is none"),
        (["--target=Un homme.", "--candidate=2"], "--candidate is for a search; with --target there is none"),
    ],
)
def test_a_translator_is_not_asked_for_what_it_has_not(run, stored, options, sentence):
    refused(run("trust", "run:tiny", *options, given="A man rides.\n"), sentence)


def test_a_picture_of_one_word_is_not_judged(run, stored):
    refused(run("trust", "run:tiny", given="man\n"), "A source of one word leaves no order to test.")


def test_a_document_is_traced_under_changed_weights_too(run, classifiers):
    changes = ["words-pin-1-2-80", "sentences-uniform-0"]
    told = run("trace", "classification/imdb-han", *(f"--reweigh={each}" for each in changes), given="A film. Go.\n")
    found = valid("trace", told.lines[0])["reweighed"]
    assert found["changes"] == changes
    sentence, first, _ = (trace["weights"][0][0][0] for trace in found["traces"])
    assert sentence == [0.5, 0.5] and first[1] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("model", "options", "sentence"),
    [
        ("imdb-han", ["--reweigh=words-mute-1"], "--reweigh wants a change such as its help names"),
        ("imdb-han", ["--reweigh=words-uniform-9"], "There is no sentence 9; the text has 2."),
        ("imdb-bilstm", ["--reweigh=sentences-uniform-0"], "no weights of sentences"),
    ],
)
def test_a_change_of_weights_that_cannot_be_made_is_refused(run, classifiers, model, options, sentence):
    refused(run("trace", f"classification/{model}", *options, given="A film. Go.\n"), sentence)


def test_no_translator_is_asked_for_other_weights_of_words(run, stored):
    refused(run("trace", "run:tiny", "--reweigh=words-uniform-0", given="man\n"), "are for a classifier's words")
