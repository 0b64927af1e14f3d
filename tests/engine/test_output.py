"""What a Transformer answers as numbers that can be read, and in which languages one translates."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

from engine.capture.inputs import Tokens
from engine.capture.languages import FAMILIES, Languages, languages
from engine.capture.output import CANDIDATES, Candidate, Output, SaidToken, answer, compared, labels, masks, problem_of
from engine.errors import Refused
from engine.traces import Axis

LOGITS = arrays(np.float64, st.integers(1, 6), elements=st.floats(-20, 20))


class Letters(PreTrainedTokenizerBase):
    """A tokenizer whose pieces are letters, the mask an underscore; it knows fewer than the model has places for."""

    mask_token_id: int | None = 26

    def __init__(self) -> None:
        """Nothing of a real one is needed."""

    def decode(self, ids: list[int]) -> str:
        return chr(ord("a") + ids[0]) if ids[0] < 26 else ""

    def convert_ids_to_tokens(self, number: int) -> str | None:
        return "_" if number == 26 else None


class Maskless(Letters):
    mask_token_id = None


@given(LOGITS)
def test_one_label_of_several_has_a_share_and_several_at_once_each_their_own(logits: np.ndarray):
    names = {k: f"label {k}" for k in range(len(logits))}
    row = torch.tensor(logits)
    single, multi, numbers = (labels(row, names, problem) for problem in ("single_label", "multi_label", "regression"))
    exponents = [math.exp(value - max(logits)) for value in logits]
    assert [value for _, value in single.labels] == pytest.approx([each / sum(exponents) for each in exponents])
    assert [value for _, value in multi.labels] == pytest.approx([1 / (1 + math.exp(-value)) for value in logits])
    assert [value for _, value in numbers.labels] == pytest.approx(logits.tolist())
    assert [name for name, _ in single.labels] == list(names.values())


def test_what_is_measured_of_labels_says_what_kind_of_answer_it_is():
    row = torch.tensor([0.0, math.log(3)])
    names = {0: "no", 1: "yes"}
    assert labels(row, names).measured(3) == {"probabilities": {"no": 0.25, "yes": 0.75}}
    assert labels(row, names, "multi_label").measured(2) == {
        "probabilities": {"no": 0.5, "yes": 0.75},
        "problem": "multi_label",
    }
    assert labels(row, names, "regression").measured(1) == {"scores": {"no": 0.0, "yes": 1.1}, "problem": "regression"}


@pytest.mark.parametrize(
    ("stated", "count", "problem"),
    [
        (None, 1, "regression"),
        (None, 3, "single_label"),
        ("regression", 3, "regression"),
        ("single_label_classification", 2, "single_label"),
        ("multi_label_classification", 3, "multi_label"),
        ("multi_label_classification", 1, "multi_label"),
    ],
)
def test_a_classifier_is_what_its_configuration_says_and_of_one_number_a_regression(
    stated: Any, count: int, problem: str
):
    assert problem_of(PreTrainedConfig(problem_type=stated, num_labels=count)) == problem


def test_each_mask_is_filled_with_what_is_likeliest_at_its_place():
    logits = torch.full((4, 30), -9.0)
    logits[1, 2], logits[1, 7] = 3.0, 1.0
    logits[3, 0] = 5.0
    output = masks(Letters(), torch.tensor([4, 26, 5, 26]), logits)
    assert [(token.text, token.position) for token in output.tokens] == [("c", 1), ("a", 3)]
    first = output.tokens[0]
    assert [candidate.text for candidate in first.candidates[:2]] == ["c", "h"] and len(first.candidates) == CANDIDATES
    assert first.logprob == pytest.approx(float(logits[1].double().log_softmax(-1)[2]), abs=1e-5)
    assert output.logprob == pytest.approx(sum(token.logprob for token in output.tokens))
    assert masks(Maskless(), torch.tensor([1]), logits[:1]).tokens == ()


def test_an_answer_tells_of_each_token_how_likely_it_was_and_what_else_came_to_mind():
    side = Axis.of(["x", "y", "z"])
    tokens = Tokens.__new__(Tokens)
    object.__setattr__(tokens, "axis", side)
    object.__setattr__(tokens, "ids", (4, 5, 29))
    logits = torch.zeros(2, 30)
    logits[0, 5] = math.log(2)
    logits[1, 27] = 2.0
    output = answer(Letters(), tokens, [1, 2], logits, "a text")
    assert [token.text for token in output.tokens] == ["y", "z"] and output.text == "a text"
    assert output.tokens[0].logprob == pytest.approx(math.log(2 / 31), abs=1e-5)
    # A place that no piece of the tokenizer has is called by its number.
    assert output.tokens[1].candidates[0].text == "<27>"
    assert all(
        a.logprob >= b.logprob
        for a, b in zip(output.tokens[0].candidates, output.tokens[0].candidates[1:], strict=False)
    )


def said(*logprobs: float, text: str = "abc") -> Output:
    return Output(tuple(SaidToken(text[k], k, value, (Candidate(text[k], value),)) for k, value in enumerate(logprobs)))


def test_two_answers_of_the_same_tokens_are_compared_token_by_token():
    assert compared(said(-1.0, -2.0), said(-0.5, -3.0)) == [("a", 0.5), ("b", -1)]
    with pytest.raises(ValueError, match="same tokens"):
        compared(said(-1.0, -2.0), said(-1.0, -2.0, text="axc"))
    with pytest.raises(ValueError, match=r"zip\(\) argument"):
        compared(said(-1.0, -2.0), said(-1.0))


# --- languages


@pytest.mark.parametrize(
    ("family", "token", "code"),
    [
        ("m2m_100", "__en__", "en"),
        ("m2m_100", "fra_Latn", "fra_Latn"),
        ("m2m_100", "__abcd__", None),
        ("m2m_100", "fra_latn", None),
        ("mbart", "en_XX", "en_XX"),
        ("mbart", "en", None),
        ("marian", ">>fra<<", "fra"),
        ("marian", ">>zh-Hans<<", "zh-Hans"),
        ("marian", ">><<", None),
    ],
)
def test_the_token_of_a_language_reads_as_its_family_writes_it(family: str, token: str, code: str | None):
    match = FAMILIES[family].fullmatch(token)
    assert (match[1] or match[2] if match else None) == code


def test_a_language_that_is_not_known_is_refused_with_those_that_are():
    known = Languages({"en": 1, "fr": 2}, "en", "fr")
    assert known.chosen(None, None) == (1, 2) and known.chosen("fr", "en") == (2, 1)
    assert Languages({"en": 1}, None, None).chosen(None, None) == (None, None)
    with pytest.raises(Refused, match="no language de; it has en, fr"):
        known.chosen("de", None)
    with pytest.raises(Refused, match=f"no language {'x' * 20};"):
        known.chosen(None, "x" * 500)


class Words:
    """A tokenizer with these entries, which puts some of them before each text."""

    def __init__(self, vocabulary: dict[str, int], before: list[int], **more: Any) -> None:
        self._vocabulary, self._before = vocabulary, before
        vars(self).update(more)

    def get_vocab(self) -> dict[str, int]:
        return self._vocabulary

    def __call__(self, text: str) -> dict[str, list[int]]:
        return {"input_ids": [*self._before, 9]}


class Translator(PreTrainedModel):
    """A model of which the settings alone are looked at."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        self.config = SimpleNamespace(model_type=kind)
        self.generation_config = SimpleNamespace(**settings)


def model(kind: str, **settings: Any) -> PreTrainedModel:
    return Translator(kind, settings)


MANY = {"a": 0, "__fr__": 1, "__de__": 2, "__en__": 3}


def test_the_source_is_the_mark_before_a_text_and_the_target_what_an_answer_begins_with():
    found = languages(model("m2m_100", forced_bos_token_id=2), Words(MANY, [3]))
    assert found == Languages({"de": 2, "en": 3, "fr": 1}, "en", "de") and list(found.ids) == ["de", "en", "fr"]


def test_where_no_file_names_a_target_it_is_english_or_else_french_but_never_the_source():
    assert languages(model("m2m_100"), Words(MANY, [1])).target == "en"
    assert languages(model("m2m_100"), Words(MANY, [3])).target == "fr"
    assert languages(model("m2m_100"), Words(MANY, [])).source is None
    named = Words(MANY, [3], tgt_lang="de")
    assert languages(model("m2m_100"), named).target == "de"
    assert languages(model("m2m_100"), Words(MANY, [3], tgt_lang="xx")).target == "fr"


def test_a_target_written_before_the_source_is_chosen_by_nobody_but_the_visitor():
    vocabulary = {">>fra<<": 1, ">>deu<<": 2, "a": 0}
    found = languages(model("marian"), Words(vocabulary, []))
    assert found is not None and found.prefix and found.target is None and found.source is None


@pytest.mark.parametrize(
    ("kind", "vocabulary"), [("marian", {"a": 0}), ("marian", {">>fra<<": 1}), ("bert", MANY), ("t5", MANY)]
)
def test_a_model_of_one_language_names_none(kind: str, vocabulary: dict[str, int]):
    assert languages(model(kind), Words(vocabulary, [])) is None
