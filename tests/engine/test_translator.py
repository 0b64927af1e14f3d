"""Text in, text and traces out: that all parts agree, and that what cannot be read is refused in plain words."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.inference.hypotheses import CANDIDATES
from engine.inference.translator import MAX_PIECES, Translator
from tests.endless import TEXTS

TEXT = "A man isn't reading the newspaper."
OUTPUT = "Un homme ne lit pas le journal."
READS = ["attention", "effect"]


@pytest.mark.parametrize("how", [{}, {"beam": 4, "nbest": 4, "choose": 2}, {"target": OUTPUT}], ids=str)
def test_tokens_trace_and_effect_are_all_of_the_chosen_output(translator, how):
    found = translator.translate(TEXT, effect=True, **how)
    assert found.text == TEXT
    assert found.output is found.hypotheses[how.get("choose", 0)]
    assert found.trace.queries == found.effect.queries and found.trace.keys == found.effect.keys
    assert len(found.output.tokens) == len(found.trace.queries)
    assert found.output.tokens[-1].text == found.trace.queries.labels[-1] == found.trace.keys.labels[-1] == "</s>"
    assert found.trace.weights.shape == found.trace.scores.shape == (1, 1, *found.effect.drops.shape)
    assert found.forced == ("target" in how)
    assert found.seconds > 0


@pytest.mark.parametrize("which", [0, 2, 4])
def test_what_a_beam_search_read_on_its_way_is_what_the_model_reads_of_that_output(translator, which):
    free = translator.translate(TEXT, beam=5, nbest=5, choose=which)
    again = translator.translate(TEXT, target=free.output.text)
    if again.trace.queries != free.trace.queries:
        pytest.skip("the output is cut into other pieces once it is typed")
    np.testing.assert_allclose(free.trace.weights, again.trace.weights, atol=1e-5)
    for mine, theirs in zip(free.output.tokens, again.output.tokens, strict=True):
        assert mine.logprob == pytest.approx(theirs.logprob, abs=1e-4)
        assert [c.text for c in mine.candidates] == [c.text for c in theirs.candidates]


@pytest.mark.parametrize("how", [{}, {"beam": 3}], ids=str)
def test_an_effect_that_is_asked_for_later_is_the_same(translator, how):
    at_once = translator.translate(TEXT, effect=True, **how)
    later = translator.with_effect(translator.translate(TEXT, **how))
    assert later.output == at_once.output
    np.testing.assert_array_equal(later.effect.drops, at_once.effect.drops)


def test_weights_are_the_softmax_of_the_scores(translator):
    trace = translator.translate(TEXT).trace
    powers = np.exp(trace.scores - trace.scores.max(-1, keepdims=True))
    np.testing.assert_allclose(trace.weights, powers / powers.sum(-1, keepdims=True), atol=1e-5)


def test_the_sum_of_token_probabilities_is_that_of_the_output(translator):
    for output in translator.translate(TEXT, beam=5, nbest=5).hypotheses:
        total = sum(token.logprob for token in output.tokens)
        assert output.logprob == pytest.approx(total)
        assert output.score == pytest.approx(total / ((5 + len(output.tokens)) / 6))


def test_a_greedy_token_is_the_first_of_its_candidates(translator):
    found = translator.translate(TEXT)
    for token in found.output.tokens[: None if found.finished else -1]:
        assert (token.candidates[0].text, token.candidates[0].logprob) == (token.text, token.logprob)


def test_candidates_come_best_first_and_none_is_a_sign_of_ours_but_the_end(translator):
    for token in translator.translate(TEXT, target=OUTPUT).output.tokens:
        logprobs = [candidate.logprob for candidate in token.candidates]
        assert len(logprobs) == CANDIDATES and logprobs == sorted(logprobs, reverse=True)
        assert sum(map(math.exp, logprobs)) <= 1 + 1e-5
        assert {"<pad>", "<unk>", "<s>"}.isdisjoint(candidate.text for candidate in token.candidates)


def test_the_pieces_of_an_output_laid_end_to_end_are_its_text(translator):
    output = translator.translate(TEXT).output
    assert "".join(token.text for token in output.tokens[:-1]).strip() == output.text


def test_a_given_output_is_judged_word_for_word_as_it_was_typed(translator):
    found = translator.translate(TEXT, target="Zut 🙂 alors")
    assert found.trace.queries.words().labels == ("Zut", "🙂", "alors", "</s>")
    assert found.output.logprob == pytest.approx(translator.logprobs_many([(TEXT, "Zut 🙂 alors")])[0][0], abs=1e-3)


def test_telling_a_model_to_say_what_it_said_changes_nothing(translator):
    free = translator.translate(TEXT, beam=3, nbest=1)
    told = translator.translate(TEXT, target=free.output.text)
    if len(told.output.tokens) == len(free.output.tokens):  # the same text may be cut into other pieces
        np.testing.assert_allclose(told.trace.weights, free.trace.weights, atol=1e-5)
    again = translator.translate(TEXT, beam=3, nbest=1)
    np.testing.assert_array_equal(again.trace.weights, free.trace.weights)


def test_a_wider_beam_finds_no_worse_output(translator):
    greedy, beam = translator.translate(TEXT), translator.translate(TEXT, beam=8, nbest=8)
    assert len(beam.hypotheses) == 8
    assert beam.hypotheses[0].score >= greedy.output.score - 1e-4


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("tokenized", [False, True])
def test_an_alignment_has_a_row_for_each_target_word_and_a_column_more_than_source_words(translator, read, tokenized):
    source, target = ("We 're here .", "Nous sommes ici .") if tokenized else (TEXT, OUTPUT)
    matrix, queries, keys, _ = translator.align(source, target, tokenized=tokenized, read=read)
    assert matrix.shape == (len(queries), len(keys))
    assert keys.labels[-1] == "</s>" and "</s>" not in queries.labels
    if tokenized:
        assert queries.labels == tuple(target.split()) and keys.labels == (*source.split(), "</s>")
    if read == "attention":
        np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-5)
    else:
        assert (matrix[:, -1] == 0).all() and (matrix != 0).any()


def test_an_alignment_is_the_trace_and_the_effect_by_words(translator):
    found = translator.translate(TEXT, target=OUTPUT, effect=True)
    attention = translator.align(TEXT, OUTPUT, tokenized=False).matrix
    effect = translator.align(TEXT, OUTPUT, tokenized=False, read="effect").matrix
    np.testing.assert_allclose(attention, found.trace.by_words().matrix()[:-1], atol=1e-5)
    np.testing.assert_allclose(effect, found.effect.by_words().drops[:-1], atol=1e-4)


PAIRS = [(TEXT, OUTPUT), ("Hello!", "C'est l'été."), ("A man rides.", "Un homme"), ("x", "y z " * 30)]


@pytest.mark.parametrize("read", READS)
def test_many_pairs_align_as_each_alone_and_in_the_same_order(translator, read):
    together = translator.align_many(PAIRS, tokenized=False, read=read)
    for (source, target), aligned in zip(PAIRS, together, strict=True):
        alone = translator.align(source, target, tokenized=False, read=read)
        np.testing.assert_allclose(aligned.matrix, alone.matrix, atol=1e-4)


def test_lists_of_words_align_as_the_text_that_they_are_joined_to(translator):
    words = [(source.split(), target.split()) for source, target in PAIRS]
    lists = translator.align_many(words, tokenized=True, read="attention")
    texts = translator.align_many(PAIRS, tokenized=True, read="attention")
    for one, other in zip(lists, texts, strict=True):
        np.testing.assert_array_equal(one.matrix, other.matrix)


@pytest.mark.parametrize("beam", [1, 3])
def test_many_texts_are_translated_as_each_alone_blank_for_blank(translator, beam):
    texts = [TEXT, "", "  ", "Hello!", TEXT.upper(), "x"]
    wanted = [translator.translate(text, beam=beam).output.text if text.strip() else "" for text in texts]
    assert translator.translate_many(texts, beam) == wanted


def test_probabilities_of_many_pairs_count_the_end(translator):
    for (source, target), (total, pieces) in zip(PAIRS, translator.logprobs_many(PAIRS), strict=True):
        output = translator.translate(source, target=target).output
        assert pieces == len(output.tokens)
        assert total == pytest.approx(output.logprob, abs=1e-3)


def test_nothing_asked_gives_nothing(translator):
    assert translator.translate_many([]) == []
    assert translator.logprobs_many([]) == []
    assert translator.align_many([], tokenized=False, read="effect") == []


BLANK = ["", " ", "\n\t ", "\u200b", "\ufeff\u200d", "\u200f\u202e", "\u00a0\u3000"]


@pytest.mark.parametrize("text", BLANK)
def test_blank_text_is_refused(translator, text):
    with pytest.raises(Refused, match=r"^Type a sentence first\.$"):
        translator.translate(text)
    with pytest.raises(Refused, match=r"^Type a translation first\.$"):
        translator.translate(TEXT, target=text)


def test_what_is_no_character_is_refused_with_its_place(translator):
    with pytest.raises(Refused) as refusal:
        translator.translate("a\ud800")
    assert refusal.value.facts["code"] == "D800"
    assert str(refusal.value).encode("utf-8")


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\x7f"])
def test_control_characters_are_left_out(translator, control):
    assert translator.translate(f"A m{control}an").output == translator.translate("A man").output


LONG = ["horse, " * 300, "It's a man's newspaper! " * 90, "reading " + "horse " * 300 + "xyzzy" * 40]


@pytest.mark.parametrize("text", LONG, ids=len)
def test_so_many_words_as_a_refusal_names_are_read_and_one_more_is_not(translator, text):
    with pytest.raises(Refused, match=rf"and {MAX_PIECES} are read at most. Its first \d+ words fit") as refusal:
        translator.translate(text)
    words = refusal.value.facts["count"]
    assert translator.translate(TEXT, target=" ".join(text.split()[:words])).output.text
    with pytest.raises(Refused):
        translator.translate(" ".join(text.split()[: words + 1]))


def test_of_a_text_without_spaces_so_many_characters_as_a_refusal_names_are_read(translator):
    text = "我喜欢骑马。" * 90
    with pytest.raises(Refused, match=r"Its first \d+ characters fit") as refusal:
        translator.translate(text)
    kept = refusal.value.facts["count"]
    assert translator.translate(TEXT, target=text[:kept]).output.text
    with pytest.raises(Refused):
        translator.translate(text[: kept + 1])


def test_given_words_are_refused_with_how_many_of_them_fit(translator):
    words = ["horse", "reading,"] * 150
    with pytest.raises(Refused) as refusal:
        translator.align(words, ["a"], tokenized=True)
    assert translator.reads(words[: refusal.value.facts["count"]], ["a"])
    assert not translator.reads(words[: refusal.value.facts["count"] + 1], ["a"])


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_texts_made_to_take_long_are_refused(translator, text):
    with pytest.raises(Refused):
        translator.translate(text)


@pytest.mark.parametrize(
    "how",
    [
        {"beam": 0},
        {"beam": 21},
        {"nbest": 2},
        {"beam": 2, "nbest": 0},
        {"beam": 2, "nbest": 2, "choose": 2},
        {"choose": -1},
    ],
    ids=str,
)
def test_numbers_out_of_range_are_refused(translator, how):
    with pytest.raises(Refused):
        translator.translate(TEXT, **how)


def test_an_alignment_refuses_a_blank_word(translator):
    with pytest.raises(Refused, match="Word 2 is blank"):
        translator.align(["a", " "], ["b"], tokenized=True)


def test_a_text_is_not_a_list_of_words(translator):
    with pytest.raises(ValueError, match="say tokenized=True"):
        translator.align(["a"], ["b"], tokenized=False)


HOSTILE = [
    "<script>alert(1)</script>",
    "![x](http://127.0.0.1:9/x.png)",
    "$x$ *it* _x_ :smile: :red[y]",
    "<s> </s> <unk> <pad> [CLS] ##ing",
    "\u202eabc \u2066x\u2069 &amp; '\"`",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_attacks_a_page_is_only_text_here(translator, text):
    assert "".join(translator.translate(text).trace.keys.words().labels[:-1]) == "".join(text.split())


@settings(max_examples=25)
@given(st.text(max_size=80))
def test_any_text_is_translated_or_refused(translator, text):
    try:
        found = translator.translate(text, effect=True)
    except Refused as refusal:
        assert str(refusal)
    else:
        assert np.isfinite(found.effect.drops).all()
        found.trace.by_words().without_special_keys()


def test_many_visitors_at_once_get_what_one_gets(translator):
    texts = [TEXT, OUTPUT, "Hello!", "The children are playing."] * 2
    alone = [translator.translate(text, effect=True) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: translator.translate(text, effect=True), texts))
    for one, other in zip(alone, together, strict=True):
        assert one.output == other.output
        np.testing.assert_array_equal(one.trace.weights, other.trace.weights)
        np.testing.assert_array_equal(one.effect.drops, other.effect.drops)


def test_nothing_stays_on_the_translator(translator: Translator):
    before = dict(vars(translator)), dict(vars(translator.model))
    translator.translate(TEXT, beam=3, nbest=2, effect=True)
    assert (dict(vars(translator)), dict(vars(translator.model))) == before
