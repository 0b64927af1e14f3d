"""BLEU is sacreBLEU's own number; what is ours is several references, and how sure the number is."""

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from engine.evaluation.bleu import bleu, grouped

OUTPUTS = ["Tom ate a red apple today.", "He is at home now.", "I do not know what you mean."]
REFERENCES = [
    ["Tom ate a red apple today.", "Today Tom ate an apple."],
    ["He is now at home."],
    ["I don't know what you mean.", "I do not know what you mean!", "What do you mean?"],
]
PADDED = [
    list(stream) for stream in zip(REFERENCES[0] + [None], REFERENCES[1] + [None] * 2, REFERENCES[2], strict=True)
]


def test_the_score_and_signature_are_those_of_sacrebleu_with_as_many_references_as_each_source_has():
    metric = BLEU()
    wanted = metric.corpus_score(OUTPUTS, PADDED)
    found = bleu(OUTPUTS, REFERENCES, "fr")
    assert found.score == pytest.approx(wanted.score)
    assert found.signature == str(metric.get_signature())
    assert found.signature.startswith("nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:")


def test_one_reference_scores_as_sacrebleu_does_on_the_command_line():
    first = [own[0] for own in REFERENCES]
    found = bleu(OUTPUTS, [[one] for one in first])
    assert found.score == pytest.approx(sacrebleu.corpus_bleu(OUTPUTS, [first]).score)
    assert "nrefs:1|" in found.signature


def test_a_translation_like_any_one_of_its_references_scores_100():
    assert bleu([own[-1] for own in REFERENCES], REFERENCES).score == pytest.approx(100)


def test_case_counts():
    assert bleu([text.lower() for text in OUTPUTS], REFERENCES).score < bleu(OUTPUTS, REFERENCES).score


def test_chinese_is_cut_into_characters():
    found = bleu(["我很喜欢红苹果"], [["我们很喜欢红苹果"]], "zh")
    assert "tok:zh" in found.signature
    assert 50 < found.score < 100
    assert bleu(["我很喜欢红苹果"], [["我们很喜欢红苹果"]]).score < 1


def test_the_interval_is_that_of_scoring_each_draw_with_sacrebleu():
    outputs, references = OUTPUTS * 2, REFERENCES * 2
    drawn = np.random.default_rng(12345).integers(len(outputs), size=(1000, len(outputs)))
    streams = [[*stream * 2] for stream in PADDED]
    scores = [
        BLEU().corpus_score([outputs[i] for i in draw], [[stream[i] for i in draw] for stream in streams]).score
        for draw in drawn
    ]
    found = bleu(outputs, references)
    assert found.interval == pytest.approx(tuple(np.quantile(scores, [0.025, 0.975])))
    assert found.interval.low < found.score < found.interval.high


@given(st.permutations(range(3)))
@settings(max_examples=6)
def test_the_order_of_sentences_does_not_matter(order):
    found = bleu([OUTPUTS[i] for i in order], [REFERENCES[i] for i in order])
    assert found.score == pytest.approx(bleu(OUTPUTS, REFERENCES).score)


def test_an_empty_translation_counts_as_wrong_and_breaks_nothing():
    assert 0 < bleu(["", *OUTPUTS[1:]], REFERENCES).score < bleu(OUTPUTS, REFERENCES).score
    assert bleu([""], [["a"]]).score == 0


def test_pairs_with_the_same_source_become_one_source_with_several_references():
    pairs = [("Go.", "Va !"), ("Hi.", "Salut."), ("Go.", "Allez !"), ("Go.", "Va !")]
    assert grouped(pairs) == {"Go.": ["Va !", "Allez !"], "Hi.": ["Salut."]}


@pytest.mark.parametrize(("outputs", "references"), [([], []), (["a"], []), (["a"], [[]])])
def test_without_a_reference_for_each_output_there_is_no_score(outputs, references):
    with pytest.raises(ValueError, match=r"references for|needs at least one"):
        bleu(outputs, references)
